import { percentDecoded } from "../../percent-decoding.ts";

/** What requests a route takes. */
export interface RoutePattern {
  /** As in the API: `GET /pets/{id}`, or `$default`. */
  readonly key: string;
  /** `ANY` takes every method; the default route has none. */
  readonly method: string | undefined;
  /** None for the default route. */
  readonly segments: readonly Segment[];
}

type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "variable" | "greedy"; readonly name: string };

/** A route that takes a request. */
export interface RouteMatch<R extends RoutePattern> {
  readonly route: R;
  /** Percent escapes kept. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** The key of the route that takes what no other takes. */
export const defaultRouteKey = "$default";

const methods = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/**
 * Reads a route key.
 * @returns what is wrong with it, if something is.
 */
export function parseRouteKey(key: string): RoutePattern | { readonly problem: string } {
  if (key === defaultRouteKey) return { key, method: undefined, segments: [] };
  const [, method = "", path] = /^([A-Z]+) (\/.*)$/.exec(key) ?? [];
  if (path === undefined || !methods.includes(method)) {
    return {
      problem: `The route key "${key}" is no method and path, such as "GET /pets/{id}", nor $default.`,
    };
  }
  const segments = split(path).map((text): Segment => {
    const [, name, plus] = /^\{([^{}]+?)(\+)?\}$/.exec(text) ?? [];
    if (name === undefined) return { kind: "literal", text };
    return { kind: plus === undefined ? "variable" : "greedy", name };
  });
  const greedy = segments.findIndex(({ kind }) => kind === "greedy");
  if (greedy !== -1 && greedy !== segments.length - 1) {
    return { problem: `The route key "${key}" has something after its greedy variable, which must be last.` };
  }
  return { key, method, segments };
}

/**
 * Finds the route of a request: a full match before one with a greedy variable, before the default route. Among each, at
 * the first segment that differs, a literal goes before a variable; for one path, the method itself before `ANY`. Unlike
 * in REST APIs a slash at the end counts.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function matchRoute<R extends RoutePattern>(
  routes: readonly R[],
  method: string,
  rawPath: string,
): RouteMatch<R> | undefined {
  const parts = split(rawPath);
  let best: (RouteMatch<R> & { readonly rank: string }) | undefined;
  for (const route of routes) {
    if (route.method !== undefined && route.method !== method && route.method !== "ANY") continue;
    const found = matchSegments(route, parts);
    if (found === undefined || (best !== undefined && found.rank >= best.rank)) continue;
    best = { route, ...found };
  }
  return best && { route: best.route, pathParameters: best.pathParameters };
}

/** The rank sorts as text: what is preferred comes first. */
function matchSegments(
  { key, method, segments }: RoutePattern,
  parts: readonly string[],
): { readonly pathParameters: Record<string, string>; readonly rank: string } | undefined {
  if (key === defaultRouteKey) return { pathParameters: {}, rank: "default" };
  const byMethod = method === "ANY" ? "b" : "a";
  // No prototype: a variable may be called "constructor".
  const pathParameters: Record<string, string> = Object.create(null);
  let rank = "";
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (part === undefined) return undefined;
    if (segment.kind === "greedy") {
      pathParameters[segment.name] = parts.slice(index).join("/");
      return { pathParameters, rank: `2${rank}2${byMethod}` };
    }
    if (segment.kind === "literal") {
      if (segment.text !== part && segment.text !== percentDecoded(part)) return undefined;
      rank += "0";
    } else {
      if (part === "") return undefined;
      pathParameters[segment.name] = part;
      rank += "1";
    }
  }
  return segments.length === parts.length ? { pathParameters, rank: `1${rank}${byMethod}` } : undefined;
}

function split(path: string): string[] {
  return path.replace(/^\//, "").split("/");
}
