/** An error that only a handler under test throws. */
export class TeapotError extends Error {
  override readonly name = "TeapotError";
}

/** The document in the trailers of a stream that failed. */
export function errorOf(trailers: Readonly<Record<string, string>>): {
  readonly errorType: string;
  readonly errorMessage: string;
} {
  return JSON.parse(Buffer.from(trailers["lambda-runtime-function-error-body"] ?? "", "base64").toString());
}
