/**
 * Names on the wire of the Lambda Runtime API.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export const runtimeApiVersion = "2018-06-01";

/** Trailers that carry an error which comes after the first byte of a streamed response. */
export const errorTypeTrailer = "Lambda-Runtime-Function-Error-Type";
/** Base64 of a JSON error document; the service takes no raw line breaks here. */
export const errorBodyTrailer = "Lambda-Runtime-Function-Error-Body";

/** What a function reports about its failure, in the shape that the Node.js runtimes of Lambda give it. */
export interface FunctionErrorDocument {
  readonly errorType: string;
  readonly errorMessage: string;
  /** The lines of the stack. The managed Node.js runtimes call it `trace`, other runtimes `stackTrace`. */
  readonly trace: readonly string[];
}

/**
 * The value of the header `Lambda-Runtime-Function-Error-Type` on `/error`: `category.reason`. The service keeps only
 * what matches this pattern and turns everything else into `Function.Unknown` or `Runtime.Unknown`.
 */
export function categorizedErrorType(errorType: string): string {
  if (/^(Runtime|Function)\.[A-Z][a-zA-Z]+$/.test(errorType)) return errorType;
  const reason = errorType.replace(/[^a-zA-Z]/g, "");
  return reason.length > 1 ? `Function.${reason[0]?.toUpperCase()}${reason.slice(1)}` : "Function.Unknown";
}
