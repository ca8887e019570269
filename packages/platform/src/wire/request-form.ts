import { type HttpRequest, headerOf } from "../front-door/http-request.ts";
import type { ProtocolName } from "./service-api.ts";

/** The protocols whose form a request has, whoever it is for. */
export function protocolsOf(request: HttpRequest): readonly ProtocolName[] {
  if (headerOf(request, "smithy-protocol") === "rpc-v2-cbor") return ["rpc-v2-cbor"];
  const json = /^application\/x-amz-json-(1\.[01])$/.exec(mediaTypeOf(request))?.[1];
  if (json !== undefined) return [json === "1.0" ? "json-1.0" : "json-1.1"];
  if (isQuery(request)) return ["query"];
  return ["rest-json", "rest-xml"];
}

/** Whether a request has the form of the query protocol. */
export function isQuery(request: HttpRequest): boolean {
  return (
    mediaTypeOf(request) === "application/x-www-form-urlencoded" || /(?:^|&)Action=/.test(request.rawQuery)
  );
}

/** The content type without its parameters, in lower case. */
export function mediaTypeOf(request: HttpRequest): string {
  return headerOf(request, "content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
}
