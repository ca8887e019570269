import { record } from "./json-record.ts";
import type { ApiMethod } from "./rest-api.ts";
import { UnservedMethodError } from "./rest-api-error.ts";

/**
 * Reads how a method lets requests in: by its own security, or by that of the whole document.
 * @throws {UnservedMethodError} if only AWS serves it.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
 */
export function readAuthorization(
  operation: Record<string, unknown>,
  body: Readonly<Record<string, unknown>>,
  schemes: Record<string, unknown>,
  place: string,
): ApiMethod["authorization"] {
  const declared = record(operation["x-amazon-apigateway-auth"] ?? body["x-amazon-apigateway-auth"])["type"];
  if (typeof declared === "string" && /^(?:none|aws_iam)$/i.test(declared)) {
    return declared.toUpperCase() as ApiMethod["authorization"];
  }
  const security = operation["security"] ?? body["security"];
  const names = (Array.isArray(security) ? security : []).flatMap((requirement) =>
    Object.keys(record(requirement)),
  );
  for (const name of names) {
    const scheme = record(schemes[name]);
    if (scheme["x-amazon-apigateway-authtype"] === "awsSigv4") return "AWS_IAM";
    // SAM writes NONE for a method that opts out.
    if (name === "NONE") return "NONE";
    throw new UnservedMethodError(
      place,
      `The authorizer "${name}" is not served here yet. Use AWS_IAM or NONE, or try this method on AWS.`,
    );
  }
  return "NONE";
}
