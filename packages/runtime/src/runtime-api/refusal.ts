import { RuntimeApiError, RuntimeApiUnrecoverableError } from "../errors.ts";
import type { HttpResponse } from "./response-parser.ts";

/**
 * The error that an unwelcome answer of the Runtime API means. A 500 asks the runtime to exit at once.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export function refusal(
  call: string,
  { status, body }: HttpResponse,
): RuntimeApiError | RuntimeApiUnrecoverableError {
  const text = body.toString("utf8", 0, 1024).trim();
  return status === 500
    ? new RuntimeApiUnrecoverableError(call, text)
    : new RuntimeApiError(call, status, text);
}
