import { randomBytes, randomUUID } from "node:crypto";
import type { HeaderList } from "../front-door/client-response.ts";
import { type HttpRequest, headerOf } from "../front-door/http-request.ts";
import { newTraceId } from "../lambda/invocation-call.ts";

/** What a request is known by. */
export interface RequestIds {
  readonly requestId: string;
  readonly extendedRequestId: string;
  /** The whole X-Ray header. */
  readonly traceId: string;
}

/** Ids of a request; the client may have chosen some of them. */
export function requestIds(request: HttpRequest): RequestIds {
  return {
    requestId: requestIdOf(request),
    // Eleven bytes in base64 with a padding sign, as AWS's look.
    extendedRequestId: randomBytes(11).toString("base64"),
    traceId: traceIdOf(request),
  };
}

/** The headers that every answer of a stage has. */
export function idHeaders(ids: Pick<RequestIds, "requestId" | "extendedRequestId">): HeaderList {
  return [
    ["x-amzn-RequestId", ids.requestId],
    ["x-amz-apigw-id", ids.extendedRequestId],
  ];
}

/** The header that answers of a function have besides. */
export function traceHeader({ traceId }: Pick<RequestIds, "traceId">): readonly [string, string] {
  return ["X-Amzn-Trace-Id", traceId.split(";")[0] ?? ""];
}

/**
 * A client may choose the id of its request.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
function requestIdOf(request: HttpRequest): string {
  const sent = headerOf(request, "x-amzn-requestid") ?? "";
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(sent) ? sent : randomUUID();
}

/**
 * The client's trace, if it takes part in one.
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
function traceIdOf(request: HttpRequest): string {
  const sent = headerOf(request, "x-amzn-trace-id") ?? "";
  const root = /(?:^|;)\s*(Root=1-[0-9a-f]{8}-[0-9a-f]{24})(?=;|$)/.exec(sent)?.[1];
  const [ownRoot, ownParent, ownSampled] = newTraceId(Date.now()).split(";");
  if (root === undefined) return `${ownRoot};${ownParent};${ownSampled}`;
  const parent = /(?:^|;)\s*(Parent=[0-9a-f]{16})(?=;|$)/.exec(sent)?.[1] ?? ownParent;
  const sampled = /(?:^|;)\s*(Sampled=[01])(?=;|$)/.exec(sent)?.[1] ?? ownSampled;
  return `${root};${parent};${sampled}`;
}
