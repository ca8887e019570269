import { AwsServiceError } from "../../service-error.ts";

/** @returns what CloudWatch Logs answers to a filter pattern that it can't read. */
export function malformedPattern(message = "Invalid filter pattern"): AwsServiceError {
  return new AwsServiceError("InvalidParameterException", 400, message);
}
