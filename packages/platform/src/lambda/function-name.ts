import { AwsServiceError } from "../service-error.ts";

/** What a request names: a function and perhaps a version or alias of it. */
export interface FunctionReference {
  readonly name: string;
  readonly qualifier: string | undefined;
}

const namePattern = /^[a-zA-Z0-9-_]{1,64}$/;

/**
 * Reads `FunctionName`, which is a name, a partial ARN (`123456789012:function:name`) or an ARN, each perhaps with a
 * qualifier, together with the query's `Qualifier`.
 *
 * @throws {AwsServiceError} if both name a qualifier and they differ, or the name can't be one.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export function readFunctionReference(
  functionName: string,
  qualifier: string | undefined,
): FunctionReference {
  const parts = functionName.split(":");
  const at = parts.lastIndexOf("function");
  const [name = "", ownQualifier] = at === -1 || parts.length <= 2 ? parts : parts.slice(at + 1);
  if (!namePattern.test(name)) {
    throw new AwsServiceError(
      "ValidationException",
      400,
      `1 validation error detected: Value '${functionName}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`,
    );
  }
  if (ownQualifier !== undefined && qualifier !== undefined && ownQualifier !== qualifier) {
    throw new AwsServiceError(
      "InvalidParameterValueException",
      400,
      "The derived qualifier from the function name does not match the specified qualifier.",
      { Type: "User" },
    );
  }
  return { name, qualifier: qualifier ?? ownQualifier };
}
