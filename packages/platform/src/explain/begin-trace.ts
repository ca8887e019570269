import type { HeaderList } from "../front-door/client-response.ts";
import type { Destination } from "../front-door/destination.ts";
import { type HttpRequest, headerOf } from "../front-door/http-request.ts";
import { RequestTrace } from "../iam/request-trace.ts";
import type { StackModel } from "../stack/stack-model.ts";

/** What there is to tell of a request before anybody has looked at it. */
export function beginTrace(
  request: HttpRequest,
  destination: Destination,
  region: string,
  model: StackModel | undefined,
): RequestTrace {
  return new RequestTrace({
    timeMs: Date.now(),
    method: request.method,
    path: request.rawPath,
    host: headerOf(request, "host") ?? "",
    sourceIp: request.sourceIp,
    userAgent: headerOf(request, "user-agent"),
    referer: headerOf(request, "referer"),
    region,
    door: doorOf(destination, model),
  });
}

function doorOf(destination: Destination, model: StackModel | undefined): string {
  switch (destination.kind) {
    case "api": {
      const rest = model?.apis.get(destination.apiId);
      if (rest !== undefined) return `the REST API ${rest.logicalId}`;
      const http = model?.httpApis.get(destination.apiId);
      return http === undefined
        ? `the API ${destination.apiId}, which is not there`
        : `the HTTP API ${http.logicalId}`;
    }
    case "function-url": {
      const url = model?.urls.find(({ id }) => id === destination.urlId);
      return url === undefined
        ? `the function URL ${destination.urlId}, which is not there`
        : `the function URL of ${url.functionName}${url.qualifier === undefined ? "" : `:${url.qualifier}`}`;
    }
    case "local-invoke":
      return "/invoke, which asks for no signature";
    case "service":
      return destination.signingName === undefined
        ? "a service, without a signature"
        : `the service ${destination.signingName}`;
    case "code":
      return "the code of a function";
    case "unknown":
      return "nothing that the platform serves";
  }
}

/** The ids by which an answer says that the request can be asked about. */
export function requestIdsIn(headers: HeaderList): string[] {
  return headers.flatMap(([name, value]) => (idHeaders.has(name.toLowerCase()) ? [value] : []));
}

const idHeaders: ReadonlySet<string> = new Set([
  "apigw-requestid",
  "x-amz-apigw-id",
  "x-amz-request-id",
  "x-amzn-requestid",
]);
