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
}
