import { get, getString, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource } from "../errors.ts";
import { sub } from "../intrinsic-forms.ts";
import { expectBoolean, expectList, expectMap, expectString } from "../property-schema.ts";
import { shown } from "../text.ts";

/** An authorizer of a REST API: a Lambda function, Cognito user pools, or IAM. */
export interface RestAuthorizer {
  readonly name: string;
  readonly scopes: Value;
  /** The function to permit API Gateway to call; `undefined` if there is none, or the template does that itself. */
  readonly permittedFunction: Value | undefined;
  /** The security scheme in OpenAPI's form. */
  readonly scheme: ValueMap;
}

const identityPrefixes: Readonly<Record<string, string>> = {
  Headers: "method.request.header.",
  QueryStrings: "method.request.querystring.",
  StageVariables: "stageVariables.",
  Context: "context.",
};

/** IAM authorization, as an authorizer of the name `AWS_IAM`. */
export function iamAuthorizer(): RestAuthorizer {
  const scheme = {
    type: "apiKey",
    name: "Authorization",
    in: "header",
    "x-amazon-apigateway-authtype": "awsSigv4",
  };
  return { name: "AWS_IAM", scopes: [], permittedFunction: undefined, scheme };
}

/**
 * Reads an entry of `Auth.Authorizers`.
 *
 * @throws {SamError} if it is of no kind that a REST API knows, or lacks what its kind needs.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
 */
export function restAuthorizer(
  apiId: string,
  name: string,
  config: ValueMap,
  partition: string,
): RestAuthorizer {
  const subject = { id: apiId };
  const payloadType = get(config, "FunctionPayloadType") ?? undefined;
  if (payloadType !== undefined && payloadType !== "TOKEN" && payloadType !== "REQUEST") {
    throw invalidResource(
      apiId,
      `${name} Authorizer has invalid 'FunctionPayloadType': ${shown(payloadType)}.`,
    );
  }
  const identity = get(config, "Identity");
  if (payloadType === "REQUEST" && lacksIdentitySource(apiId, name, identity)) {
    throw invalidResource(
      apiId,
      `${name} Authorizer must specify Identity with at least one of Headers, QueryStrings, StageVariables, or Context.`,
    );
  }
  const scopes = expectList(
    get(config, "AuthorizationScopes") ?? [],
    subject,
    `Authorizers.${name}.AuthorizationScopes`,
  );
  const disabled = get(config, "DisableFunctionDefaultPermissions") ?? false;
  const keepsOut = expectBoolean(disabled, subject, `Authorizers.${name}.DisableFunctionDefaultPermissions`);
  const functionArn = get(config, "FunctionArn");
  return {
    name,
    scopes,
    permittedFunction: isGiven(functionArn) && !keepsOut ? functionArn : undefined,
    // Only built where it is used: what is wrong with its identity is told there.
    get scheme() {
      return scheme(apiId, name, config, partition);
    },
  };
}

function scheme(apiId: string, name: string, config: ValueMap, partition: string): ValueMap {
  const userPools = get(config, "UserPoolArn");
  const identity = get(config, "Identity");
  if (isGiven(identity) && !isMap(identity) && get(config, "FunctionPayloadType") !== "REQUEST") {
    throw invalidResource(
      apiId,
      "Auth.Authorizers.<Authorizer>.Identity must be a dict (LambdaTokenAuthorizationIdentity, LambdaRequestAuthorizationIdentity or CognitoAuthorizationIdentity).",
    );
  }
  const header = get(identity, "Header");
  const isRequest = !isGiven(userPools) && get(config, "FunctionPayloadType") === "REQUEST";
  return {
    type: "apiKey",
    name: isRequest ? "Unused" : isGiven(header) ? header : "Authorization",
    in: "header",
    "x-amazon-apigateway-authtype": isGiven(userPools) ? "cognito_user_pools" : "custom",
    "x-amazon-apigateway-authorizer": isGiven(userPools)
      ? cognitoAuthorizer(userPools, identity)
      : lambdaAuthorizer(apiId, name, config, isRequest, partition),
  };
}

function cognitoAuthorizer(userPools: Value, identity: Value | undefined): ValueMap {
  const providers = Array.isArray(userPools) ? userPools : [userPools];
  return { type: "cognito_user_pools", providerARNs: providers, ...validation(identity) };
}

function lambdaAuthorizer(
  apiId: string,
  name: string,
  config: ValueMap,
  isRequest: boolean,
  partition: string,
): ValueMap {
  const identity = get(config, "Identity");
  const path = `lambda:path/2015-03-31/functions/\${__FunctionArn__}/invocations`;
  const authorizer: ValueMap = {
    type: isRequest ? "request" : "token",
    authorizerUri: sub(`arn:${partition}:apigateway:\${AWS::Region}:${path}`, {
      __FunctionArn__: get(config, "FunctionArn") ?? null,
    }),
  };
  const ttl = get(identity, "ReauthorizeEvery") ?? undefined;
  if (ttl !== undefined) authorizer["authorizerResultTtlInSeconds"] = ttl;
  const role = get(config, "FunctionInvokeRole");
  if (isGiven(role) && role !== "NONE") authorizer["authorizerCredentials"] = role;
  if (!isRequest) return { ...authorizer, ...validation(identity) };
  const sources = identitySources(apiId, name, identity);
  return sources === "" ? authorizer : { ...authorizer, identitySource: sources };
}

function validation(identity: Value | undefined): ValueMap {
  const expression = get(identity, "ValidationExpression");
  return isGiven(expression) ? { identityValidationExpression: expression } : {};
}

function identitySources(apiId: string, name: string, identity: Value | undefined): string {
  const subject = { id: apiId };
  return Object.entries(identityPrefixes)
    .flatMap(([kind, prefix]) => {
      const values = get(identity, kind);
      if (!isGiven(values)) return [];
      const path = `Auth.Authorizers.${name}.Identity.${kind}`;
      return expectList(values, subject, path).map(
        (value, index) => prefix + expectString(value, subject, `${path}[${index}]`),
      );
    })
    .join(", ");
}

/** A request authorizer whose answers are cached needs to know by what. */
function lacksIdentitySource(apiId: string, name: string, identity: Value | undefined): boolean {
  if (!isGiven(identity)) return true;
  const map = expectMap(identity, { id: apiId }, `Authorizer.${name}.Identity`);
  const isMissing = Object.keys(identityPrefixes).every((kind) => !isGiven(get(map, kind)));
  const ttl = get(map, "ReauthorizeEvery");
  const seconds =
    typeof ttl === "number" ? ttl : Number.parseInt(getString(map, "ReauthorizeEvery") ?? "", 10);
  return Number.isNaN(seconds) ? isMissing : seconds > 0 && isMissing;
}
