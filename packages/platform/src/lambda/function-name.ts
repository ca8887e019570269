import { AwsServiceError } from "../service-error.ts";

/** What a request names: a function and perhaps a version or alias of it. */
export interface FunctionReference {
  readonly name: string;
  readonly qualifier: string | undefined;
  /** Only where the name is an ARN, full or partial, that has one. */
  readonly accountId: string | undefined;
}

const functionName =
  /^(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:((?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9-_.]+)(?::(\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$/;
const qualifierName = /^(?:\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_$]+)$/;

/** As the service spells them in its refusals. */
const patterns = {
  functionName:
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
  qualifier: "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
};

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const longestQualifier = 128;

/**
 * Reads `FunctionName`, which is a name, a partial ARN (`123456789012:function:name`) or an ARN, each perhaps with a
 * qualifier, together with the query's `Qualifier`.
 *
 * @param region - of the service that was called: it knows no function of another one.
 * @throws {AwsServiceError} with the code and text of the service if the name or the qualifier can't be one, if both
 * name a qualifier and they differ, or if the ARN is of another region.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export function readFunctionReference(
  text: string,
  qualifier: string | undefined,
  region: string,
): FunctionReference {
  const match = functionName.exec(text);
  const problems: string[] = [];
  if (qualifier !== undefined && qualifier.length > longestQualifier) {
    problems.push(
      constraint(qualifier, "qualifier", `have length less than or equal to ${longestQualifier}`),
    );
  } else if (qualifier !== undefined && !qualifierName.test(qualifier)) {
    problems.push(
      constraint(qualifier, "qualifier", `satisfy regular expression pattern: ${patterns.qualifier}`),
    );
  }
  if (match === null) {
    problems.push(
      constraint(text, "functionName", `satisfy regular expression pattern: ${patterns.functionName}`),
    );
  }
  if (match === null || problems.length > 0) {
    const count = `${problems.length} validation error${problems.length === 1 ? "" : "s"} detected`;
    throw new AwsServiceError("ValidationException", 400, `${count}: ${problems.join("; ")}`);
  }
  const [, ownRegion, accountId, name = "", ownQualifier] = match;
  if (ownQualifier !== undefined && qualifier !== undefined && ownQualifier !== qualifier) {
    throw new AwsServiceError(
      "InvalidParameterValueException",
      400,
      "The derived qualifier from the function name does not match the specified qualifier.",
      { Type: "User" },
    );
  }
  if (ownRegion !== undefined && ownRegion !== region) {
    throw new AwsServiceError(
      "ResourceNotFoundException",
      404,
      `Functions from '${ownRegion}' are not reachable in this region ('${region}')`,
      { Type: "User" },
    );
  }
  return { name, qualifier: qualifier ?? ownQualifier, accountId };
}

/** Name and qualifier from what the service itself or a template wrote: a name or an ARN, full or partial. */
export function splitFunctionReference(reference: string): Omit<FunctionReference, "accountId"> {
  const [name = "", qualifier] = reference.replace(/^.*?function:/, "").split(":");
  return { name, qualifier };
}

/** The ARN of a function, or of a version or alias of it. */
export function qualifiedArn(unqualifiedArn: string, qualifier: string | undefined): string {
  return qualifier === undefined ? unqualifiedArn : `${unqualifiedArn}:${qualifier}`;
}

function constraint(value: string, field: string, rule: string): string {
  return `Value '${value}' at '${field}' failed to satisfy constraint: Member must ${rule}`;
}
