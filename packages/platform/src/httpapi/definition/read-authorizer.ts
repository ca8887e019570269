import { RestApiError, UnservedMethodError } from "../../apigateway/definition/rest-api-error.ts";
import type { Authorizer, IdentitySource } from "./http-api.ts";
import { readPayloadFormatVersion } from "./read-integration.ts";

/** What an OpenAPI body and an `AWS::ApiGatewayV2::Authorizer` say in different words. */
export interface AuthorizerSettings {
  readonly id: string;
  readonly name: string;
  readonly type: unknown;
  readonly identitySource: unknown;
  readonly issuer: unknown;
  readonly audience: unknown;
  readonly uri: unknown;
  readonly credentials: unknown;
  readonly payloadFormatVersion: unknown;
  readonly simpleResponses: unknown;
  readonly ttlSeconds: unknown;
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
const mostSeconds = 3_600;

/**
 * Reads an authorizer.
 * @throws {RestApiError} if AWS refuses it.
 * @throws {UnservedMethodError} if it is of a kind that isn't served here.
 */
export function readAuthorizer(settings: AuthorizerSettings, place: string): Authorizer {
  const kind = String(settings.type ?? "").toUpperCase();
  if (kind === "JWT") return readJwtAuthorizer(settings, place);
  if (kind === "REQUEST") return readLambdaAuthorizer(settings, place);
  throw new UnservedMethodError(
    place,
    `The authorizer "${settings.name}" is of the type ${kind || "(none)"}; HTTP APIs have JWT and REQUEST.`,
  );
}

function readJwtAuthorizer(settings: AuthorizerSettings, place: string): Authorizer {
  const { name, issuer } = settings;
  const [identitySource, ...others] = readIdentitySources(settings.identitySource, place);
  if (identitySource === undefined || others.length > 0) {
    throw new RestApiError(place, `The JWT authorizer "${name}" needs one identity source.`);
  }
  if (typeof issuer !== "string" || !/^https?:\/\//.test(issuer)) {
    throw new RestApiError(place, `The issuer of the JWT authorizer "${name}" is no URL: ${String(issuer)}.`);
  }
  const audience = listOf(settings.audience);
  if (audience.length === 0) {
    throw new RestApiError(place, `The JWT authorizer "${name}" needs an audience.`);
  }
  return { kind: "JWT", name, identitySource, issuer, audience };
}

function readLambdaAuthorizer(settings: AuthorizerSettings, place: string): Authorizer {
  const { id, name, uri, credentials } = settings;
  const functionArn = /\/functions\/(.+?)\/invocations$/.exec(String(uri))?.[1];
  if (functionArn === undefined) {
    throw new RestApiError(place, `"${String(uri)}" is not the invocation URI of the authorizer "${name}".`);
  }
  const payloadFormatVersion = readPayloadFormatVersion(settings.payloadFormatVersion, place);
  const hasSimpleResponses = settings.simpleResponses === true || settings.simpleResponses === "true";
  if (hasSimpleResponses && payloadFormatVersion === "1.0") {
    throw new RestApiError(place, `Simple responses of "${name}" need the payload format version 2.0.`);
  }
  const identitySources = readIdentitySources(settings.identitySource, place);
  const ttlSeconds = Number(settings.ttlSeconds ?? 0);
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 0 || ttlSeconds > mostSeconds) {
    throw new RestApiError(
      place,
      `The time to live of "${name}" is ${String(settings.ttlSeconds)} s; API Gateway takes 0 to ${mostSeconds}.`,
    );
  }
  if (ttlSeconds > 0 && identitySources.length === 0) {
    throw new RestApiError(place, `Answers of "${name}" can only be kept if it has an identity source.`);
  }
  return {
    kind: "REQUEST",
    id,
    name,
    functionArn,
    credentials: typeof credentials === "string" && credentials !== "" ? credentials : undefined,
    payloadFormatVersion,
    hasSimpleResponses,
    identitySources,
    ttlSeconds,
  };
}

/** A list, or one text with commas. */
function readIdentitySources(value: unknown, place: string): IdentitySource[] {
  return listOf(value)
    .flatMap((text) => text.split(","))
    .map((text) => {
      const source = text.trim();
      const [, kind, name] =
        /^\$(?:request\.)?(header|querystring|context|stageVariables)\.(.+)$/.exec(source) ?? [];
      if (kind === undefined || name === undefined) {
        throw new RestApiError(
          place,
          `"${source}" is no identity source. Write $request.header.…, $request.querystring.…, $context.… or $stageVariables.….`,
        );
      }
      return { kind: kind as IdentitySource["kind"], name };
    });
}

function listOf(value: unknown): string[] {
  if (value === undefined || value === null || value === "") return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}
