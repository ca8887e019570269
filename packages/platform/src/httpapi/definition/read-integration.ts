import { limits } from "@sluice/protocol";
import { RestApiError, UnservedMethodError } from "../../apigateway/definition/rest-api-error.ts";
import type { Integration, PayloadFormatVersion } from "./http-api.ts";

/** What an OpenAPI body and an `AWS::ApiGatewayV2::Integration` say in different words. */
export interface IntegrationSettings {
  readonly type: unknown;
  readonly subtype: unknown;
  readonly uri: unknown;
  readonly method: unknown;
  readonly payloadFormatVersion: unknown;
  readonly timeoutMs: unknown;
  readonly credentials: unknown;
  readonly connectionType: unknown;
  readonly requestParameters: unknown;
  readonly responseParameters: unknown;
  readonly transferMode: unknown;
}

const invocationUri =
  /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/(.+?)\/invocations$/;
const functionArn = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d+:function:.+$/;

/**
 * Reads an integration.
 * @throws {RestApiError} if AWS refuses it.
 * @throws {UnservedMethodError} if AWS serves it and this platform does not.
 */
export function readIntegration(settings: IntegrationSettings, place: string): Integration {
  const { subtype, uri, method, credentials } = settings;
  const type = String(settings.type ?? "").toUpperCase();
  if (type === "")
    throw new RestApiError(place, "The integration has no type; write AWS_PROXY or HTTP_PROXY.");
  checkServed(settings, type, place);
  const timeoutMs = readTimeout(settings.timeoutMs, place);
  const target = typeof uri === "string" ? uri : "";
  if (type === "HTTP_PROXY") {
    if (!/^https?:\/\//.test(target)) {
      throw new RestApiError(place, `"${String(uri)}" is no URL that an HTTP proxy integration can send to.`);
    }
    return { type, uri: target, method: String(method ?? "ANY").toUpperCase(), timeoutMs };
  }
  if (type !== "AWS_PROXY" || subtype !== undefined) {
    throw new RestApiError(place, `HTTP APIs have no integrations of type ${type}.`);
  }
  const arn = invocationUri.exec(target)?.[1] ?? functionArn.exec(target)?.[0];
  if (arn === undefined) {
    throw new RestApiError(place, `"${target}" is neither a Lambda function's ARN nor its invocation URI.`);
  }
  return {
    type,
    functionArn: arn,
    payloadFormatVersion: readPayloadFormatVersion(settings.payloadFormatVersion, place),
    timeoutMs,
    credentials: typeof credentials === "string" && credentials !== "" ? credentials : undefined,
  };
}

function checkServed(settings: IntegrationSettings, type: string, place: string): void {
  const unserved = (what: string) =>
    new UnservedMethodError(place, `${what} are not served here yet. Try this route on AWS.`);
  if (typeof settings.subtype === "string") {
    throw unserved(`Integrations with AWS services (${settings.subtype})`);
  }
  if (String(settings.connectionType).toUpperCase() === "VPC_LINK")
    throw unserved("Integrations by VPC link");
  for (const [name, value] of Object.entries({
    requestParameters: settings.requestParameters,
    responseParameters: settings.responseParameters,
  })) {
    if (typeof value !== "object" || value === null || Object.keys(value).length === 0) continue;
    throw unserved(`Parameter mappings (${name}: ${Object.keys(value).join(", ")})`);
  }
  if (type === "AWS_PROXY" && String(settings.transferMode).toUpperCase() === "STREAM") {
    throw new RestApiError(place, "HTTP APIs can't stream: responseTransferMode is for REST APIs alone.");
  }
}

/** @see https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html */
export function readPayloadFormatVersion(value: unknown, place: string): PayloadFormatVersion {
  const version = typeof value === "number" ? value.toFixed(1) : (value ?? "1.0");
  if (version === "1.0" || version === "2.0") return version;
  throw new RestApiError(place, `PayloadFormatVersion is ${String(value)}; API Gateway takes 1.0 and 2.0.`);
}

function readTimeout(value: unknown, place: string): number {
  const { minimum, maximum } = limits.httpApiTimeoutMs;
  if (value === undefined || value === null) return maximum;
  const milliseconds = Number(value);
  if (Number.isInteger(milliseconds) && milliseconds >= minimum && milliseconds <= maximum)
    return milliseconds;
  throw new RestApiError(
    place,
    `TimeoutInMillis is ${String(value)}; HTTP APIs take ${minimum} to ${maximum}.`,
  );
}
