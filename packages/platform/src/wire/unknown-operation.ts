import { AwsServiceError } from "../service-error.ts";

/** There is no such operation, or the platform doesn't serve it. Where the client is not told its name, the log is. */
export class UnknownOperationError extends AwsServiceError {
  readonly #operation: string;

  /** @param operation - as the request names it. */
  constructor(code: string, status: number, message: string, operation: string) {
    super(code, status, message);
    this.#operation = operation;
  }

  override get summary(): string {
    const { code, message } = this;
    if (message === "") return `${code}: there is no operation ${this.#operation || "without a name"}.`;
    return message.includes(this.#operation) ? super.summary : `${super.summary} (${this.#operation})`;
  }
}
