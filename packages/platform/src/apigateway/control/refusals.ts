import { AwsServiceError } from "../../service-error.ts";
import { BusyResourceError, FileResourceError, isRefusal } from "../../stack/direct-resources.ts";

/** Something that can't be used. */
export function badRequest(message: string): AwsServiceError {
  return new AwsServiceError("BadRequestException", 400, message);
}

/** Something that is not there. */
export function notFound(message: string): AwsServiceError {
  return new AwsServiceError("NotFoundException", 404, message);
}

/** Something that is there already, or in use. */
export function conflict(message: string): AwsServiceError {
  return new AwsServiceError("ConflictException", 409, message);
}

/**
 * Does something to resources, and tells in the words of the service why it can't be done.
 * @param what - what it is about, as people call it.
 */
export function refusing<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FileResourceError) {
      throw badRequest(
        `${what} is made by the template that this platform runs, so that the API can't change it. Edit the template instead.`,
      );
    }
    if (error instanceof BusyResourceError) {
      throw conflict(`${what} belongs to a stack that is being worked on. Try again when that is complete.`);
    }
    if (!isRefusal(error)) throw error;
    throw badRequest(/API Gateway answers `([^`]+)`/.exec(error.message)?.[1] ?? error.message);
  }
}
