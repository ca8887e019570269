import { record } from "../../json-value.ts";
import { type Authorizer, readAuthorizer } from "./authorizer.ts";
import type { ApiMethod } from "./rest-api.ts";
import { UnservedMethodError } from "./rest-api-error.ts";

/** A part of a document, and what it says of security. */
export interface SecurityScope {
  readonly operation: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly schemes: Readonly<Record<string, unknown>>;
  /** Authorizers that were read before, by name: methods share them, and what is kept of their answers. */
  readonly authorizers: Map<string, Authorizer>;
}

/**
 * Reads how a method lets requests in: by its own security, or by that of the whole document.
 * @throws {RestApiError} if API Gateway refuses it.
 * @throws {UnservedMethodError} if only AWS serves it.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
 */
export function readAuthorization(
  scope: SecurityScope,
  place: string,
): Pick<ApiMethod, "authorization" | "scopes" | "isApiKeyRequired"> {
  const { operation, body } = scope;
  const requirements = requirementsOf(scope);
  const isApiKeyRequired = requirements.some(({ scheme }) => isApiKey(scheme));
  const declared = record(operation["x-amazon-apigateway-auth"] ?? body["x-amazon-apigateway-auth"])["type"];
  if (typeof declared === "string" && /^(?:none|aws_iam)$/i.test(declared)) {
    return { authorization: /^none$/i.test(declared) ? "NONE" : "AWS_IAM", scopes: [], isApiKeyRequired };
  }
  for (const { name, scheme, scopes } of requirements) {
    if (isApiKey(scheme)) continue;
    if (scheme["x-amazon-apigateway-authtype"] === "awsSigv4") {
      return { authorization: "AWS_IAM", scopes: [], isApiKeyRequired };
    }
    // SAM writes NONE for a method that opts out.
    if (name === "NONE") break;
    if (scheme["x-amazon-apigateway-authorizer"] === undefined) {
      throw new UnservedMethodError(
        place,
        `The security "${name}" is no authorizer that API Gateway knows: the document defines none of that name with an x-amazon-apigateway-authorizer.`,
      );
    }
    const authorizer = scope.authorizers.get(name) ?? readAuthorizer(name, scheme);
    scope.authorizers.set(name, authorizer);
    return { authorization: authorizer, scopes, isApiKeyRequired };
  }
  return { authorization: "NONE", scopes: [], isApiKeyRequired };
}

/** What a method's security names, with what the document says of it. */
function requirementsOf({ operation, body, schemes }: SecurityScope) {
  const security = operation["security"] ?? body["security"];
  return (Array.isArray(security) ? security : []).flatMap((requirement) =>
    Object.entries(record(requirement)).map(([name, scopes]) => ({
      name,
      scheme: record(schemes[name]),
      scopes: Array.isArray(scopes) ? scopes.map(String) : [],
    })),
  );
}

/** Authorizers are of this type too, and have one of their own besides. */
function isApiKey(scheme: Readonly<Record<string, unknown>>): boolean {
  return (
    scheme["type"] === "apiKey" &&
    scheme["x-amazon-apigateway-authtype"] === undefined &&
    scheme["x-amazon-apigateway-authorizer"] === undefined
  );
}
