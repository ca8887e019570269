import { headerOf } from "../../front-door/http-request.ts";
import type { IdentitySource } from "../definition/authorizer.ts";
import { parseQuery } from "../integration/proxy-event.ts";
import type { Passage } from "../passage.ts";

/** The value of an identity source; nothing where the request has none, or an empty one. */
export function identityOf({ kind, name }: IdentitySource, passage: Passage): string | undefined {
  const { request, stage } = passage;
  switch (kind) {
    case "header":
      return headerOf(request, name.toLowerCase()) || undefined;
    case "querystring":
      return parseQuery(request.rawQuery).find(([key]) => key === name)?.[1] || undefined;
    case "stageVariables":
      return stage.variables?.[name] || undefined;
    case "context":
      return contextOf(passage)[name];
  }
}

/** Variables of the context that are known before a request is let in. */
function contextOf(passage: Passage): Readonly<Record<string, string | undefined>> {
  const { request, resource, stage } = passage;
  return {
    apiId: stage.apiId,
    httpMethod: request.method,
    "identity.sourceIp": request.sourceIp,
    "identity.userAgent": headerOf(request, "user-agent"),
    path: passage.stagePath,
    resourceId: resource.id,
    resourcePath: resource.path,
    stage: stage.name,
  };
}
