import { isHeaderValue } from "@sluice/protocol";
import type { HeaderList } from "../../front-door/client-response.ts";
import { hasHeader } from "../../front-door/client-response.ts";
import { headerOf } from "../../front-door/http-request.ts";
import type { HttpProxyIntegration, ParameterMapping } from "../definition/rest-api.ts";
import { valueFor } from "../gateway-response/customisation.ts";
import type { Passage } from "../passage.ts";
import { withStageVariables } from "../stage-variables.ts";
import { forwardedHeaders, parseQuery } from "./proxy-event.ts";

/** Headers that no backend gets. */
const droppedHeaders = new Set([
  "content-encoding",
  "content-length",
  "content-md5",
  "expect",
  "host",
  "max-forwards",
  "proxy-authenticate",
  "server",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
  "www-authenticate",
  "x-amzn-apigateway-api-id",
  "x-amzn-trace-id",
  "x-http-method-override",
]);

/** What an integration sends. */
export interface MappedRequest {
  /** As text: it may be no URL. */
  readonly url: string;
  readonly headers: HeaderList;
}

/**
 * Where an HTTP proxy integration sends a request, and with which headers.
 * @param context - `$context`.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
 */
export function mappedRequest(
  passage: Passage,
  { uri, parameters }: HttpProxyIntegration,
  context: Readonly<Record<string, unknown>>,
): MappedRequest {
  const { stage, pathParameters, request } = passage;
  const stageVariables = stage.variables ?? {};
  const parameter = (location: string, name: string): string | undefined => {
    if (location === "path") return pathParameters[name];
    if (location === "header") return headerOf(request, name.toLowerCase());
    return parseQuery(request.rawQuery).find(([key]) => key === name)?.[1];
  };
  const mapped = (location: ParameterMapping["location"]) =>
    parameters.flatMap((mapping) => {
      if (mapping.location !== location) return [];
      const value = valueFor(mapping.value, { context, stageVariables, parameter });
      return value === undefined || value === "" ? [] : [{ ...mapping, value, source: mapping.value }];
    });
  const inPath = new Map(
    mapped("path").map(({ name, value, source }) => [
      name,
      // What was in a path is encoded already.
      source.startsWith("method.request.path.") ? value : encodeURIComponent(value),
    ]),
  );
  const filled = withStageVariables(uri, stage.variables).replaceAll(
    /\{([^{}]+?)\+?\}/g,
    (all, name: string) => inPath.get(name) ?? all,
  );
  const query = mapped("querystring").map(
    ({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  const headers = mapped("header").flatMap(({ name, value }) =>
    isHeaderValue(value) ? [[name, value] as const] : [],
  );
  return {
    url: withQuery(filled, [request.rawQuery, ...query]),
    headers: withMapped(passedHeaders(passage), headers),
  };
}

/** The URI's own query comes first. */
function withQuery(uri: string, parts: readonly string[]): string {
  const query = parts.filter((part) => part !== "").join("&");
  if (query === "") return uri;
  return `${uri}${uri.includes("?") ? "&" : "?"}${query}`;
}

function withMapped(passed: HeaderList, mapped: HeaderList): HeaderList {
  return [...passed.filter(([name]) => !hasHeader(mapped, name.toLowerCase())), ...mapped];
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html */
function passedHeaders({ request, stage, method, traceId }: Passage): HeaderList {
  const isSigned = method.authorization === "AWS_IAM";
  const kept = request.headers.filter(([name, value]) => {
    const key = name.toLowerCase();
    if (droppedHeaders.has(key) || key.startsWith("x-forwarded-")) return false;
    return key !== "authorization" || !(isSigned || value.startsWith("AWS4-"));
  });
  const agent: HeaderList = hasHeader(kept, "user-agent")
    ? []
    : [["User-Agent", `AmazonAPIGateway_${stage.apiId}`]];
  return [
    ...kept,
    ...agent,
    ["x-amzn-apigateway-api-id", stage.apiId],
    ["X-Amzn-Trace-Id", traceId.split(";")[0] ?? ""],
    ...forwardedHeaders(request),
  ];
}
