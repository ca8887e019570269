import { limits } from "@sluice/protocol";
import { AwsServiceError } from "../service-error.ts";

const { clientContextBytes } = limits;

/**
 * Reads a client context as callers send it, base64 of JSON.
 * @returns the JSON text.
 * @throws {AwsServiceError} `InvalidRequestContentException`
 */
export function readClientContext(base64: string | undefined): string | undefined {
  if (base64 === undefined) return undefined;
  const text = Buffer.from(base64, "base64").toString();
  try {
    if (base64.length > clientContextBytes) throw new RangeError("it is too long");
    JSON.parse(text);
    return text;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AwsServiceError(
      "InvalidRequestContentException",
      400,
      `Client context must be base64 of a JSON object of at most ${clientContextBytes} bytes: ${reason}`,
      { Type: "User" },
    );
  }
}
