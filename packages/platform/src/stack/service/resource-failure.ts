import { IntrinsicError } from "../../cloudformation/index.ts";
import { AwsServiceError } from "../../service-error.ts";
import { AlreadyExistsError, NotServedError, ResourceError } from "../resource-type.ts";
import { handlerMessage } from "./removal.ts";

/** Why a deployment can't go on. */
export class DeploymentFailure extends Error {
  /** The resource whose fault it is, if it is one's. */
  readonly logicalId: string | undefined;
  readonly verb: "create" | "update";

  constructor(message: string, verb: "create" | "update", logicalId?: string, cause?: unknown) {
    super(message, { cause });
    this.verb = verb;
    this.logicalId = logicalId;
  }
}

/** What is told of an error at a resource. @param report - takes those that are bugs. */
export function failureReason(error: unknown, report: (error: unknown) => void): string {
  if (error instanceof AlreadyExistsError) return handlerMessage(error.message, "AlreadyExists");
  if (error instanceof ResourceError) return handlerMessage(error.message, "InvalidRequest");
  if (error instanceof NotServedError || error instanceof IntrinsicError) return error.message;
  if (error instanceof DeploymentFailure) return error.message;
  if (error instanceof AwsServiceError) return handlerMessage(error.message, error.code);
  report(error);
  return "Internal Failure";
}
