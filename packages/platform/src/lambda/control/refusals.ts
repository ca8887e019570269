import { AwsServiceError } from "../../service-error.ts";
import { BusyResourceError, FileResourceError, isRefusal } from "../../stack/direct-resources.ts";

/** A parameter that can't be used. */
export function invalidParameter(message: string): AwsServiceError {
  return new AwsServiceError("InvalidParameterValueException", 400, message, { Type: "User" });
}

/** Something that is not there. */
export function notFound(message: string): AwsServiceError {
  return new AwsServiceError("ResourceNotFoundException", 404, message, { Type: "User" });
}

/** Something that is there already, or in use. */
export function conflict(message: string): AwsServiceError {
  return new AwsServiceError("ResourceConflictException", 409, message, { Type: "User" });
}

/** A member that breaks a constraint of the model. */
export function constraintBroken(value: string, member: string, rule: string): AwsServiceError {
  return new AwsServiceError(
    "ValidationException",
    400,
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${rule}`,
  );
}

/**
 * Holds a request to the revision that it was made for.
 * @param getter - the operation that tells the revision.
 */
export function checkRevision(wanted: string | undefined, actual: string, getter: string): void {
  if (wanted === undefined || wanted === actual) return;
  throw new AwsServiceError(
    "PreconditionFailedException",
    412,
    `The Revision Id provided does not match the latest Revision Id. Call the ${getter} API to retrieve the latest Revision Id`,
    { Type: "User" },
  );
}

/**
 * Does something to resources, and tells in the words of the service why it can't be done.
 * @param arn - what it is about.
 */
export function refusing<T>(arn: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FileResourceError) {
      throw invalidParameter(
        `${arn} is made by the template that this platform runs, so that the API can't change it. Edit the template instead.`,
      );
    }
    if (error instanceof BusyResourceError) {
      throw conflict(
        `The operation cannot be performed at this time. An update is in progress for resource: ${arn}`,
      );
    }
    if (!isRefusal(error)) throw error;
    throw answerOf(error.message);
  }
}

/** What resources refuse in the words of the service stands in backticks. */
function answerOf(message: string): AwsServiceError {
  const answer = /Lambda answers `([^`]+)`/.exec(message)?.[1] ?? message;
  if (/^(?:Function|Alias) already exist/.test(answer)) return conflict(answer);
  if (answer.startsWith("Function not found: ")) return notFound(answer);
  if (/^\d+ validation errors? detected: /.test(answer)) {
    return new AwsServiceError("ValidationException", 400, answer);
  }
  return invalidParameter(answer);
}
