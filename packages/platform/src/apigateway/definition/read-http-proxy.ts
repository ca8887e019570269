import { isHeaderName } from "@sluice/protocol";
import { record } from "../../json-value.ts";
import { readExpression } from "../gateway-response/customisation.ts";
import type { HttpProxyIntegration, ParameterMapping } from "./rest-api.ts";
import { RestApiError, UnservedMethodError } from "./rest-api-error.ts";
import { readTimeout, readTransferMode } from "./transfer-mode.ts";

const target = /^integration\.request\.(header|path|querystring)\.(.+)$/;

/** Part of the body, or every value of a parameter. */
const unservedSource = /^method\.request\.(?:body\b|multivalue)/;

/**
 * Reads an HTTP proxy integration.
 * @throws {RestApiError} if API Gateway refuses it.
 * @throws {UnservedMethodError} if only AWS serves it.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html
 */
export function readHttpProxy(
  integration: Readonly<Record<string, unknown>>,
  place: string,
): HttpProxyIntegration {
  const { uri, httpMethod, tlsConfig } = integration;
  if (typeof uri !== "string" || !/^(?:https?:\/\/[^/]|\$\{stageVariables\.\w+\})/.test(uri)) {
    throw new RestApiError(
      place,
      `The uri is ${JSON.stringify(uri ?? null)}, for which API Gateway answers \`Invalid HTTP endpoint specified for URI\`. Write one that begins with http:// or https://.`,
    );
  }
  if (typeof httpMethod !== "string" || httpMethod === "") {
    throw new RestApiError(
      place,
      "The integration has no httpMethod, for which API Gateway answers `Enumeration value for HttpMethod must be non-empty`. Write ANY for that of the request.",
    );
  }
  const transferMode = readTransferMode(integration, place);
  return {
    type: "http_proxy",
    uri,
    httpMethod: httpMethod === "x-amazon-apigateway-any-method" ? "ANY" : httpMethod.toUpperCase(),
    transferMode,
    timeoutMs: readTimeout(integration, transferMode, place),
    parameters: Object.entries(record(integration["requestParameters"])).map(([name, value]) =>
      readMapping(name, String(value), place),
    ),
    isUnverified: record(tlsConfig)["insecureSkipVerification"] === true,
  };
}

/**
 * Reads where a parameter of an integration's request comes from.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
 */
function readMapping(parameter: string, value: string, place: string): ParameterMapping {
  const [, location, name] = target.exec(parameter) ?? [];
  if (location === undefined || name === undefined || (location === "header" && !isHeaderName(name))) {
    throw new RestApiError(
      place,
      `"${parameter}" is no parameter of an integration's request. Write integration.request.header.…, integration.request.querystring.… or integration.request.path.…`,
    );
  }
  if (unservedSource.test(value)) {
    throw new UnservedMethodError(
      place,
      `The mapping of ${parameter} from ${value} is not served by this platform. Map from method.request.header.…, querystring.… or path.…, context.…, stageVariables.… or constant text.`,
    );
  }
  return { location: location as ParameterMapping["location"], name, value: readExpression(value, place) };
}

/** Parameters in braces that a URI has and no mapping gives a value: every request fails on AWS. */
export function unmappedPathParameters({ uri, parameters }: HttpProxyIntegration): string[] {
  const mapped = new Set(parameters.flatMap(({ location, name }) => (location === "path" ? [name] : [])));
  const names = [...uri.replaceAll(/\$\{[^}]*\}/g, "").matchAll(/\{([^{}]+)\}/g)].map(
    ([, name]) => name ?? "",
  );
  return names.filter((name) => !mapped.has(name.replace(/\+$/, "")));
}
