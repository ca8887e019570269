import { get, has, isGiven, type Value, type ValueMap } from "../../value.ts";
import { invalidResource } from "../errors.ts";
import { sub } from "../intrinsic-forms.ts";
import { expectBoolean, expectMap, expectStrings } from "../property-schema.ts";

/** An authorizer of an HTTP API: JWT, a Lambda function, or IAM. */
export interface HttpAuthorizer {
  readonly name: string;
  readonly scopes: Value;
  /** The function to permit API Gateway to call, if the template asks for that. */
  readonly permittedFunction: Value | undefined;
  /** Builds the security scheme in OpenAPI's form. */
  readonly scheme: () => ValueMap;
}

/** Properties of an authorizer, for what kind each is, and how messages name that kind. */
const kinds: Readonly<Record<string, { readonly isJwt: boolean; readonly allowedFor: string }>> = {
  AuthorizationScopes: { isJwt: true, allowedFor: "OAuth2 Authorizer" },
  JwtConfiguration: { isJwt: true, allowedFor: "OAuth2 Authorizer" },
  IdentitySource: {
    isJwt: true,
    allowedFor: "OAuth2 Authorizer. For Lambda Authorizer, use the 'Identity' property instead",
  },
  FunctionArn: { isJwt: false, allowedFor: "Lambda Authorizer" },
  FunctionInvokeRole: { isJwt: false, allowedFor: "Lambda Authorizer" },
  Identity: { isJwt: false, allowedFor: "Lambda Authorizer" },
  AuthorizerPayloadFormatVersion: { isJwt: false, allowedFor: "Lambda Authorizer" },
  EnableSimpleResponses: { isJwt: false, allowedFor: "Lambda Authorizer" },
  EnableFunctionDefaultPermissions: { isJwt: false, allowedFor: "Lambda Authorizer" },
};

const identityPrefixes: Readonly<Record<string, string>> = {
  Headers: "$request.header.",
  QueryStrings: "$request.querystring.",
  StageVariables: "$stageVariables.",
  Context: "$context.",
};

export function httpIamAuthorizer(): HttpAuthorizer {
  const scheme = {
    type: "apiKey",
    name: "Authorization",
    in: "header",
    "x-amazon-apigateway-authtype": "awsSigv4",
  };
  return { name: "AWS_IAM", scopes: [], permittedFunction: undefined, scheme: () => scheme };
}

/**
 * Reads an entry of `Auth.Authorizers`.
 *
 * @throws {SamError} if it mixes kinds, or lacks what its kind needs.
 */
export function httpAuthorizer(
  apiId: string,
  name: string,
  config: ValueMap,
  partition: string,
): HttpAuthorizer {
  if (has(config, "OpenIdConnectUrl")) {
    throw invalidResource(
      apiId,
      `'OpenIdConnectUrl' is no longer a supported property for authorizer '${name}'. Please refer to the AWS SAM documentation.`,
    );
  }
  const subject = { id: apiId };
  const given = get(config, "JwtConfiguration");
  const jwt = isGiven(given) ? lowerCased(expectMap(given, subject, "JwtConfiguration")) : undefined;
  const isJwt = jwt !== undefined;
  checkKind(apiId, config, isJwt);
  if (isJwt && !isGiven(get(config, "IdentitySource"))) {
    throw invalidResource(apiId, `${name} OAuth2 Authorizer must define 'IdentitySource'.`);
  }
  for (const needed of ["FunctionArn", "AuthorizerPayloadFormatVersion"]) {
    if (isJwt || isGiven(get(config, needed))) continue;
    throw invalidResource(apiId, `${name} Lambda Authorizer must define '${needed}'.`);
  }
  const permits = get(config, "EnableFunctionDefaultPermissions") ?? undefined;
  if (permits !== undefined) {
    expectBoolean(permits, subject, `Authorizers.${name}.EnableFunctionDefaultPermissions`);
  }
  return {
    name,
    scopes: get(config, "AuthorizationScopes") ?? [],
    permittedFunction: permits === true ? get(config, "FunctionArn") : undefined,
    scheme: () => (jwt === undefined ? lambdaScheme(apiId, name, config, partition) : jwtScheme(config, jwt)),
  };
}

function checkKind(apiId: string, config: ValueMap, isJwt: boolean): void {
  const isSet = (property: string): boolean => (get(config, property) ?? null) !== null;
  if (isSet("AuthorizationScopes") && !Array.isArray(get(config, "AuthorizationScopes"))) {
    throw invalidResource(apiId, "AuthorizationScopes must be a list.");
  }
  for (const [property, kind] of Object.entries(kinds)) {
    const value = property === "JwtConfiguration" ? isGiven(get(config, property)) : isSet(property);
    if (value && kind.isJwt !== isJwt) {
      throw invalidResource(apiId, `${property} is only supported for ${kind.allowedFor}.`);
    }
  }
}

function jwtScheme(config: ValueMap, jwt: ValueMap): ValueMap {
  const authorizer = {
    jwtConfiguration: jwt,
    identitySource: get(config, "IdentitySource") ?? null,
    type: "jwt",
  };
  return { type: "oauth2", "x-amazon-apigateway-authorizer": authorizer };
}

function lambdaScheme(apiId: string, name: string, config: ValueMap, partition: string): ValueMap {
  const path = `lambda:path/2015-03-31/functions/\${__FunctionArn__}/invocations`;
  const authorizer: ValueMap = {
    type: "request",
    authorizerUri: sub(`arn:${partition}:apigateway:\${AWS::Region}:${path}`, {
      __FunctionArn__: get(config, "FunctionArn") ?? null,
    }),
    authorizerPayloadFormatVersion: get(config, "AuthorizerPayloadFormatVersion") ?? null,
  };
  const role = get(config, "FunctionInvokeRole");
  if (isGiven(role) && role !== "NONE") authorizer["authorizerCredentials"] = role;
  const identity = get(config, "Identity");
  if (isGiven(identity)) Object.assign(authorizer, identityMembers(apiId, name, identity));
  const simple = get(config, "EnableSimpleResponses");
  if (isGiven(simple)) authorizer["enableSimpleResponses"] = simple;
  return { type: "apiKey", name: "Unused", in: "header", "x-amazon-apigateway-authorizer": authorizer };
}

function identityMembers(apiId: string, name: string, identity: Value): ValueMap {
  const subject = { id: apiId };
  const map = expectMap(identity, subject, `Auth.Authorizers.${name}.Identity`);
  const sources = Object.entries(identityPrefixes).flatMap(([kind, prefix]) => {
    const values = get(map, kind);
    if (!isGiven(values)) return [];
    return expectStrings(values, subject, `Authorizers.${name}.Identity.${kind}`).map(
      (value) => prefix + value,
    );
  });
  const ttl = get(map, "ReauthorizeEvery") ?? undefined;
  return { identitySource: sources, ...(ttl === undefined ? {} : { authorizerResultTtlInSeconds: ttl }) };
}

function lowerCased(map: ValueMap): ValueMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key.toLowerCase(), value]));
}
