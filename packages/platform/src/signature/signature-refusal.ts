import { AwsServiceError } from "../service-error.ts";
import type { SignatureFault } from "./signature-fault.ts";

/**
 * A request that was refused for its signature. `code`, `status` and `message` are what the caller is told; `fault` says
 * the same to a program: a log line for the developer may name what a Function URL's answer does not.
 */
export class SignatureRefusal extends AwsServiceError {
  readonly fault: SignatureFault;

  constructor(
    code: string,
    status: number,
    message: string,
    fault: SignatureFault,
    members: Readonly<Record<string, unknown>> = {},
  ) {
    super(code, status, message, members);
    this.fault = fault;
  }

  /** Where the signature is a wrong one, also what should have been signed, on lines of its own. */
  override get summary(): string {
    const detail = this.fault.kind === "mismatch" ? mismatchDetail(this.fault) : "";
    return this.message.includes(detail) ? super.summary : super.summary + detail;
  }
}

/** As `execute-api` tells it to callers. */
export function mismatchDetail(fault: {
  readonly canonicalRequest: string;
  readonly stringToSign: string;
}): string {
  return `\n\nThe Canonical String for this request should have been\n'${fault.canonicalRequest}'\n\nThe String-to-Sign should have been\n'${fault.stringToSign}'\n`;
}
