/**
 * An error that an AWS service answers with. Anything else that is thrown is a bug, answered with a bare 500.
 */
export class AwsServiceError extends Error {
  /** Wire identity, sent as `x-amzn-ErrorType`. Callers match on it. */
  readonly code: string;
  /** HTTP status, from the service model. */
  readonly status: number;
  /** Members of the body besides the message, such as `Type` and `Reason`. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Headers of the answer besides those of every error. Only S3's errors have any. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: string,
    status: number,
    message: string,
    members: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.members = members;
    this.headers = headers;
  }

  /** Everything that a developer wants to know of it. */
  get summary(): string {
    const { Reason: reason } = this.members;
    return `${this.code}: ${this.message}${typeof reason === "string" ? ` (${reason})` : ""}`;
  }
}
