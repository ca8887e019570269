import { AwsServiceError } from "../../service-error.ts";

/** What CloudFormation answers to nearly everything that is wrong with a request. */
export function validationError(message: string): AwsServiceError {
  return new AwsServiceError("ValidationError", 400, message);
}

/** A stack that is there already, or a change set. */
export function alreadyExists(message: string): AwsServiceError {
  return new AwsServiceError("AlreadyExistsException", 400, message);
}

/** A change set that isn't there. @param name - as the request has it. */
export function changeSetNotFound(name: string): AwsServiceError {
  return new AwsServiceError("ChangeSetNotFoundException", 404, `ChangeSet [${name}] does not exist`);
}

/** A stack that can't be changed now. */
export function cannotBeUpdated({
  id,
  status,
}: {
  readonly id: string;
  readonly status: string;
}): AwsServiceError {
  return validationError(`Stack:${id} is in ${status} state and can not be updated.`);
}

/** Capabilities that were not acknowledged. */
export function insufficientCapabilities(capability: string): AwsServiceError {
  return new AwsServiceError(
    "InsufficientCapabilitiesException",
    400,
    `Requires capabilities : [${capability}]`,
  );
}
