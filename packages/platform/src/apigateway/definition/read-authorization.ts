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
  for (const [name, scheme] of securityOf(operation, body, schemes)) {
    if (isApiKey(scheme)) continue;
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

/**
 * Whether a method asks for an API key.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html
 */
export function asksForApiKey(
  operation: Record<string, unknown>,
  body: Readonly<Record<string, unknown>>,
  schemes: Record<string, unknown>,
): boolean {
  return securityOf(operation, body, schemes).some(([, scheme]) => isApiKey(scheme));
}

/** The names that a method's security has, with what the document says of them. */
function securityOf(
  operation: Record<string, unknown>,
  body: Readonly<Record<string, unknown>>,
  schemes: Record<string, unknown>,
): [string, Record<string, unknown>][] {
  const security = operation["security"] ?? body["security"];
  const names = (Array.isArray(security) ? security : []).flatMap((requirement) =>
    Object.keys(record(requirement)),
  );
  return names.map((name) => [name, record(schemes[name])]);
}

/** Authorizers are of this type too, and have one of their own besides. */
function isApiKey(scheme: Record<string, unknown>): boolean {
  return (
    scheme["type"] === "apiKey" &&
    scheme["x-amazon-apigateway-authtype"] === undefined &&
    scheme["x-amazon-apigateway-authorizer"] === undefined
  );
}
