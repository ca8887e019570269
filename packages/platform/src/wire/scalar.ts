import type { NormalizedSchema } from "@smithy/core/schema";
import type { AwsServiceError } from "../service-error.ts";

/**
 * Reads a value from a text, as forms, queries, paths and headers have it. The SDK's own reader takes any text for any type.
 *
 * @param refuse - makes the error for a text that isn't of the schema's type, named as AWS does.
 */
export function readScalar(
  schema: NormalizedSchema,
  text: string,
  refuse: (type: string) => AwsServiceError,
): unknown {
  if (schema.isBooleanSchema()) {
    const flag = text.toLowerCase();
    if (flag !== "true" && flag !== "false") throw refuse("a Boolean");
    return flag === "true";
  }
  if (schema.isNumericSchema()) {
    const number = text.trim() === "" ? Number.NaN : Number(text);
    if (!Number.isFinite(number)) throw refuse("an Integer");
    return number;
  }
  if (schema.isTimestampSchema()) {
    const time = /^-?\d+(?:\.\d+)?$/.test(text) ? new Date(Number(text) * 1000) : new Date(text);
    if (Number.isNaN(time.getTime())) throw refuse("a Timestamp");
    return time;
  }
  if (schema.isBlobSchema()) {
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw refuse("a Blob");
    return new Uint8Array(Buffer.from(text, "base64"));
  }
  return text;
}

/** Formats of timestamps in the SDK's schemas. */
const dateTime = 5;
const httpDate = 6;
const epochSeconds = 7;

/** Writes a value as text. @param format - of timestamps whose schema has none. */
export function writeScalar(
  schema: NormalizedSchema,
  value: unknown,
  format: "date-time" | "http-date",
): string {
  if (schema.isTimestampSchema()) return writeTimestamp(schema, new Date(value as Date | number), format);
  if (schema.isBlobSchema() && typeof value !== "string")
    return Buffer.from(value as Uint8Array).toString("base64");
  return String(value);
}

function writeTimestamp(schema: NormalizedSchema, time: Date, format: "date-time" | "http-date"): string {
  switch (schema.getSchema()) {
    case dateTime:
      return time.toISOString();
    case httpDate:
      return time.toUTCString();
    case epochSeconds:
      return String(time.getTime() / 1000);
    default:
      return format === "date-time" ? time.toISOString() : time.toUTCString();
  }
}
