import * as limits from "./limits.ts";

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

/**
 * The trailers that end a streamed response with an error.
 *
 * Where they would be longer than the Runtime API takes, the error loses the ends of its texts and the last lines of its
 * trace: see {@link fitIntoTrailers}.
 */
export function errorTrailers(error: FunctionErrorDocument): Record<string, string> {
  const fitting = fitIntoTrailers(error);
  return {
    // The service forwards the type unchanged; a character that would end the trailer's line is left out.
    [errorTypeTrailer]: fitting.errorType.replace(/[^\x20-\x7e]/g, "") || "Error",
    [errorBodyTrailer]: Buffer.from(JSON.stringify(fitting)).toString("base64"),
  };
}

/** An error, shortened if {@link errorTrailers} would be longer than `limits.trailerBytes`. */
export function fitIntoTrailers(error: FunctionErrorDocument): FunctionErrorDocument {
  let fitting = error;
  for (let longest = limits.trailerBytes; ; longest >>= 1) {
    // Names, separators and the empty line take 78 bytes, and a type of which nothing is left becomes five.
    const base64 = Math.ceil(Buffer.byteLength(JSON.stringify(fitting)) / 3) * 4;
    const bytes = fitting.errorType.length + base64 + 83;
    if (bytes <= limits.trailerBytes) return fitting;
    const cut = (text: string) => (text.length > longest ? `${text.slice(0, longest)}…` : text);
    fitting = {
      errorType: cut(error.errorType),
      errorMessage: cut(error.errorMessage),
      trace: error.trace.slice(0, longest >> 4).map(cut),
    };
  }
}
