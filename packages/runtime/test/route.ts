import type { IncomingRequest } from "./http-request.ts";

/** Which call a request is, and the request ID in its path. */
export type Route =
  | { readonly name: "response" | "error"; readonly requestId: string }
  | { readonly name: "next" | "init-error" | "ping" | "register" | "event-next" | "extension-init-error" }
  | { readonly name: "extension-exit-error" | "unknown" };

const routes: Readonly<Record<string, Route>> = {
  "GET /2018-06-01/ping": { name: "ping" },
  "GET /2018-06-01/runtime/invocation/next": { name: "next" },
  "POST /2018-06-01/runtime/init/error": { name: "init-error" },
  "POST /2020-01-01/extension/register": { name: "register" },
  "GET /2020-01-01/extension/event/next": { name: "event-next" },
  "POST /2020-01-01/extension/init/error": { name: "extension-init-error" },
  "POST /2020-01-01/extension/exit/error": { name: "extension-exit-error" },
};

/** Reads the call off the method and path; the API answers an unknown one with 404. */
export function findRoute({ method, path }: IncomingRequest): Route {
  const answer = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/.exec(path);
  const [, requestId, name] = answer ?? [];
  if (method === "POST" && requestId !== undefined && (name === "response" || name === "error")) {
    return { name, requestId };
  }
  return routes[`${method} ${path}`] ?? { name: "unknown" };
}
