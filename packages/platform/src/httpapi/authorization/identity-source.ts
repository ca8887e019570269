import { headerOf } from "../../front-door/http-request.ts";
import type { IdentitySource } from "../definition/http-api.ts";
import type { Passage } from "../passage.ts";

/** The value of an identity source; nothing where the request has none, or an empty one. */
export function identityOf({ kind, name }: IdentitySource, passage: Passage): string | undefined {
  return valueOfSource({ kind, name }, passage) || undefined;
}

function valueOfSource({ kind, name }: IdentitySource, passage: Passage): string | undefined {
  const { request, stage } = passage;
  switch (kind) {
    case "header":
      return headerOf(request, name.toLowerCase());
    case "querystring":
      return new URLSearchParams(request.rawQuery).get(name) ?? undefined;
    case "stageVariables":
      return stage.variables?.[name];
    case "context":
      return contextOf(passage)[name];
  }
}

/** Variables of the context that are known before a request is let in. */
function contextOf(passage: Passage): Readonly<Record<string, string | undefined>> {
  const { request, route, stage } = passage;
  return {
    apiId: stage.apiId,
    domainName: passage.domainName,
    httpMethod: request.method,
    "identity.sourceIp": request.sourceIp,
    "identity.userAgent": headerOf(request, "user-agent"),
    path: passage.stagePath,
    protocol: "HTTP/1.1",
    requestId: passage.requestId,
    routeKey: route.key,
    stage: stage.name,
  };
}
