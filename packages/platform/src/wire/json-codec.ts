import { JsonCodec2, type JsonSettings, JsonShapeDeserializer2 } from "@smithy/core/protocols";
import { NormalizedSchema } from "@smithy/core/schema";
import { fromBase64, fromUtf8, toBase64, toUtf8 } from "@smithy/core/serde";
import type { DocumentType, SchemaRef, SerdeFunctions } from "@smithy/types";
import { AwsServiceError } from "../service-error.ts";
import { findTypeProblem } from "./json-type.ts";

/** Timestamps without a format of their own are epoch seconds, as in all of AWS's JSON protocols. */
const epochSeconds = 7;

// In the SDK's speech an encoder turns bytes into text.
const context = {
  base64Encoder: toBase64,
  base64Decoder: fromBase64,
  utf8Encoder: toUtf8,
  utf8Decoder: fromUtf8,
} as unknown as SerdeFunctions;

/** Whether members have the names of `jsonName` traits: those count in REST alone. */
export type MemberNames = "own" | "json";

const codecs = { own: createCodec(false), json: createCodec(true) };

function createCodec(jsonName: boolean) {
  const settings: JsonSettings = {
    timestampFormat: { useTrait: true, default: epochSeconds },
    jsonName,
  };
  const reader = new JsonShapeDeserializer2(settings);
  reader.setSerdeContext(context);
  const codec = new JsonCodec2(settings);
  codec.setSerdeContext(context);
  return { reader, codec };
}

/**
 * Reads a structure, or whatever a payload is, from JSON; an empty body is an empty structure.
 * @throws {AwsServiceError} `SerializationException` if it isn't JSON, or holds what the schema can't.
 */
export function readJson(
  schema: SchemaRef,
  body: Uint8Array,
  names: MemberNames = "own",
): Record<string, unknown> {
  if (body.length === 0) return {};
  const shape = NormalizedSchema.of(schema);
  let raw: unknown;
  try {
    raw = JSON.parse(Buffer.from(body).toString());
  } catch {
    // AWS gives no text for it.
    throw new AwsServiceError("SerializationException", 400, "");
  }
  const problem = findTypeProblem(shape, raw, names);
  if (problem !== undefined) throw new AwsServiceError("SerializationException", 400, problem);
  try {
    const value: unknown = codecs[names].reader.readObject(shape, raw as DocumentType);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch (cause) {
    throw new AwsServiceError("SerializationException", 400, cause instanceof Error ? cause.message : "");
  }
}

/** Writes a structure as JSON. */
export function writeJson(schema: SchemaRef, value: unknown, names: MemberNames = "own"): string {
  const serializer = codecs[names].codec.createSerializer();
  serializer.write(NormalizedSchema.of(schema), value);
  const bytes: string | Uint8Array = serializer.flush();
  return typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes);
}
