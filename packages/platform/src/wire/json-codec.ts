import { JsonCodec2 } from "@smithy/core/protocols";
import { NormalizedSchema } from "@smithy/core/schema";
import { fromBase64, fromUtf8, toBase64, toUtf8 } from "@smithy/core/serde";
import type { SchemaRef } from "@smithy/types";
import { AwsServiceError } from "../service-error.ts";

/** Timestamps without a format of their own are epoch seconds, as in all of AWS's JSON protocols. */
const epochSeconds = 7;

const codec = new JsonCodec2({ timestampFormat: { useTrait: true, default: epochSeconds }, jsonName: false });
// In the SDK's speech an encoder turns bytes into text.
codec.setSerdeContext({
  base64Encoder: toBase64,
  base64Decoder: fromBase64,
  utf8Encoder: toUtf8,
  utf8Decoder: fromUtf8,
} as unknown as Parameters<typeof codec.setSerdeContext>[0]);

/**
 * Reads a structure from JSON; an empty body is an empty structure.
 * @throws {AwsServiceError} `SerializationException` if it isn't JSON, or holds what the schema can't.
 */
export function readJson(schema: SchemaRef, body: Uint8Array): Record<string, unknown> {
  if (body.length === 0) return {};
  try {
    const value: unknown = codec
      .createDeserializer()
      .read(NormalizedSchema.of(schema), Buffer.from(body).toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch (cause) {
    throw new AwsServiceError("SerializationException", 400, cause instanceof Error ? cause.message : "");
  }
}

/** Writes a structure as JSON. */
export function writeJson(schema: SchemaRef, value: unknown): string {
  const serializer = codec.createSerializer();
  serializer.write(NormalizedSchema.of(schema), value);
  const bytes: string | Uint8Array = serializer.flush();
  return typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes);
}
