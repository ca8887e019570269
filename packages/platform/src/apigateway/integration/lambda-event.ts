import type { Identity } from "../authorization/method-authorization.ts";
import type { Passage } from "../passage.ts";
import { type ProxyContext, proxyEvent } from "./proxy-event.ts";

/** Whose API it is. */
export interface ApiOwner {
  readonly accountId: string;
  readonly region: string;
}

/** The event that a function gets which answers a request. */
export async function integrationEvent(
  passage: Passage,
  identity: Identity,
  owner: ApiOwner,
): Promise<Record<string, unknown>> {
  return proxyEvent(passage.request, await passage.body(), contextOf(passage, identity, owner));
}

/** What an authorizer of type REQUEST gets: the same, without a body. */
export function requestEvent(passage: Passage, owner: ApiOwner): Record<string, unknown> {
  const context = contextOf(passage, { caller: undefined }, owner);
  const { body, isBase64Encoded, ...event } = proxyEvent(passage.request, Buffer.alloc(0), context);
  return event;
}

function contextOf(passage: Passage, identity: Identity, { accountId, region }: ApiOwner): ProxyContext {
  const { stage, resource, method, journal } = passage;
  const { caller } = identity;
  return {
    accountId,
    apiId: stage.apiId,
    deploymentId: stage.deploymentId,
    stage: stage.name,
    stageVariables: stage.variables,
    resourceId: resource.id,
    resourcePath: resource.path,
    operationName: method.operationName,
    pathParameters: passage.pathParameters,
    domainName: `${stage.apiId}.execute-api.${region}.amazonaws.com`,
    path: passage.path,
    stagePath: passage.stagePath,
    requestId: passage.requestId,
    extendedRequestId: passage.extendedRequestId,
    traceId: passage.traceId.split(";")[0] ?? "",
    timeMs: journal.receivedMs,
    caller: caller === undefined ? undefined : { ...caller, userArn: caller.arn },
    authorizer: identity.authorizer,
    apiKey: journal.apiKey,
    binaryMediaTypes: stage.api.binaryMediaTypes,
  };
}
