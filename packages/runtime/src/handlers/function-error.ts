import type { LambdaContext } from "../context.ts";
import { describeError, OutputNotSerializableError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";

/** Writes the line that the managed Node.js runtimes write when a handler fails. */
export function logInvokeError(context: LambdaContext, error: unknown): void {
  context.logger.error("Invoke Error", isError(error) ? error : describeError(error));
}

/** Not `instanceof` alone, which a proxy can refuse. */
function isError(thrown: unknown): boolean {
  try {
    return thrown instanceof Error;
  } catch {
    return false;
  }
}

/** Answers an invocation whose handler failed before it had answered. */
export async function reportInvokeError(
  invocation: Invocation,
  context: LambdaContext,
  error: unknown,
): Promise<void> {
  logInvokeError(context, error);
  await invocation.reportError(describeError(error));
}

/**
 * The body of a buffered response: JSON, `null` for nothing, and the bytes themselves for a `Uint8Array`.
 * @throws {OutputNotSerializableError} if JSON can't hold it.
 */
export function encodeOutput(output: unknown): { body: string | Uint8Array; contentType: string } {
  if (output instanceof Uint8Array) return { body: output, contentType: "application/octet-stream" };
  try {
    return { body: JSON.stringify(output) ?? "null", contentType: "application/json" };
  } catch (cause) {
    const message = `What the handler returned can't be written as JSON: ${(cause as Error).message}`;
    throw new OutputNotSerializableError(message, { cause });
  }
}
