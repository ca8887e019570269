import { createHash } from "node:crypto";
import { record } from "../../json-value.ts";
import type { UserPool } from "../../tokens/user-pool-keys.ts";
import { RestApiError } from "./rest-api-error.ts";

/** Who decides besides AWS's own identities. */
export type Authorizer = LambdaAuthorizer | UserPoolAuthorizer;

/** A function that says who may pass. */
export interface LambdaAuthorizer {
  /** What the function is given: a token alone, or the request without its body. */
  readonly kind: "TOKEN" | "REQUEST";
  readonly id: string;
  readonly name: string;
  /** May have stage variables in it. */
  readonly functionArn: string;
  /** ARN of the role that API Gateway assumes for it. */
  readonly credentials: string | undefined;
  /** What must be there, and what answers are kept by. */
  readonly identitySources: readonly IdentitySource[];
  /** What a token must match in whole. */
  readonly validation: RegExp | undefined;
  readonly ttlSeconds: number;
}

/** Amazon Cognito user pools whose tokens are good. */
export interface UserPoolAuthorizer {
  readonly kind: "COGNITO_USER_POOLS";
  readonly id: string;
  readonly name: string;
  readonly pools: readonly UserPool[];
  readonly identitySource: IdentitySource;
}

/** A part of the request. */
export interface IdentitySource {
  readonly kind: "header" | "querystring" | "stageVariables" | "context";
  readonly name: string;
}

const functionUri =
  /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/;
const poolArn = /^arn:aws[a-z-]*:cognito-idp:([a-z0-9-]+):\d*:userpool\/([\w-]+)$/;
const source = /^(?:method\.request\.(header|querystring)|(stageVariables|context))\.(.+)$/;

/** What API Gateway keeps an answer for unless it is told otherwise, and the longest, in seconds. */
const standardTtlSeconds = 300;
const longestTtlSeconds = 3_600;

/**
 * Reads `x-amazon-apigateway-authorizer` of a security scheme.
 * @throws {RestApiError} if API Gateway refuses it.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
 */
export function readAuthorizer(name: string, scheme: Readonly<Record<string, unknown>>): Authorizer {
  const place = `securityDefinitions.${name}`;
  const settings = record(scheme["x-amazon-apigateway-authorizer"]);
  const type = String(settings["type"]).toLowerCase();
  const id = createHash("sha256").update(name).digest("hex").slice(0, 6);
  const header: IdentitySource = { kind: "header", name: String(scheme["name"] ?? "Authorization") };
  const written = settings["identitySource"];
  const sources =
    typeof written === "string" ? written.split(",").map((each) => readSource(each, place)) : [];
  if (type === "cognito_user_pools") {
    const arns = settings["providerARNs"];
    const pools = (Array.isArray(arns) ? arns : []).map((arn) => readPool(String(arn), place));
    if (pools.length === 0) throw new RestApiError(place, "The authorizer has no providerARNs.");
    return { kind: "COGNITO_USER_POOLS", id, name, pools, identitySource: sources[0] ?? header };
  }
  if (type !== "token" && type !== "request") {
    throw new RestApiError(
      place,
      `The authorizer's type is ${String(settings["type"])}; API Gateway takes token, request or cognito_user_pools.`,
    );
  }
  const uri = String(settings["authorizerUri"]);
  const functionArn = functionUri.exec(uri)?.[1];
  if (functionArn === undefined) {
    throw new RestApiError(
      place,
      `authorizerUri is ${uri}, which is not the invocation URI of a Lambda function.`,
    );
  }
  const { authorizerCredentials: credentials } = settings;
  const ttlSeconds = readTtl(settings["authorizerResultTtlInSeconds"], place);
  if (type === "request" && sources.length === 0 && ttlSeconds > 0) {
    throw new RestApiError(
      place,
      "An authorizer of type request whose answers are kept needs an identitySource to keep them by. Name one, or write authorizerResultTtlInSeconds: 0.",
    );
  }
  return {
    kind: type === "token" ? "TOKEN" : "REQUEST",
    id,
    name,
    functionArn,
    credentials: typeof credentials === "string" && credentials !== "" ? credentials : undefined,
    identitySources: type === "token" ? [sources[0] ?? header] : sources,
    validation:
      type === "token" ? readValidation(settings["identityValidationExpression"], place) : undefined,
    ttlSeconds,
  };
}

function readSource(text: string, place: string): IdentitySource {
  const [, part, other, name] = source.exec(text.trim()) ?? [];
  const kind = part ?? other;
  if (name !== undefined && kind !== undefined) return { kind: kind as IdentitySource["kind"], name };
  throw new RestApiError(
    place,
    `identitySource has "${text.trim()}"; API Gateway takes method.request.header.…, method.request.querystring.…, stageVariables.… and context.….`,
  );
}

function readPool(arn: string, place: string): UserPool {
  const [, region, id] = poolArn.exec(arn) ?? [];
  if (region !== undefined && id !== undefined) return { region, id };
  throw new RestApiError(place, `providerARNs has "${arn}", which is not the ARN of a user pool.`);
}

function readTtl(value: unknown, place: string): number {
  if (value === undefined || value === null) return standardTtlSeconds;
  const seconds = Number(value);
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= longestTtlSeconds) return seconds;
  throw new RestApiError(
    place,
    `authorizerResultTtlInSeconds is ${String(value)}; API Gateway takes 0 to ${longestTtlSeconds}.`,
  );
}

function readValidation(value: unknown, place: string): RegExp | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  try {
    return new RegExp(`^(?:${String(value)})$`, "u");
  } catch {
    throw new RestApiError(place, `identityValidationExpression ${String(value)} is no regular expression.`);
  }
}
