import type { HeaderList } from "../front-door/client-response.ts";
import { type HttpRequest, headerOf } from "../front-door/http-request.ts";
import type { CorsConfiguration } from "./definition/http-api.ts";

/** Whether a browser asks if it may send a request. */
export function isPreflight(request: HttpRequest): boolean {
  return (
    request.method === "OPTIONS" &&
    headerOf(request, "origin") !== undefined &&
    headerOf(request, "access-control-request-method") !== undefined
  );
}

/** What the answer to a preflight has besides; nothing if the origin isn't allowed, so that the browser refuses. */
export function preflightHeaders(request: HttpRequest, cors: CorsConfiguration): HeaderList {
  if (corsHeaders(request, cors).length === 0) return [];
  const { allowMethods, allowHeaders, maxAgeSeconds } = cors;
  return [
    ...joined("access-control-allow-methods", allowMethods),
    ...joined("access-control-allow-headers", allowHeaders),
    ...(maxAgeSeconds === undefined ? [] : [["access-control-max-age", String(maxAgeSeconds)] as const]),
  ];
}

/**
 * Headers that API Gateway adds to every answer.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function corsHeaders(request: HttpRequest, cors: CorsConfiguration): HeaderList {
  const origin = headerOf(request, "origin");
  const allowed = origin === undefined ? undefined : allowedOrigin(origin, cors);
  if (allowed === undefined) return [];
  return [
    ["access-control-allow-origin", allowed],
    ...(allowed === "*" ? [] : [["vary", "Origin"] as const]),
    ...(cors.allowCredentials ? [["access-control-allow-credentials", "true"] as const] : []),
    ...joined("access-control-expose-headers", cors.exposeHeaders),
  ];
}

/** Where CORS is configured, headers of the integration's own have no say. */
export function withoutCorsHeaders(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => !name.toLowerCase().startsWith("access-control-"));
}

function allowedOrigin(
  origin: string,
  { allowOrigins, allowCredentials }: CorsConfiguration,
): string | undefined {
  // Browsers refuse the wildcard together with credentials.
  if (allowOrigins.includes("*")) return allowCredentials ? origin : "*";
  const isAllowed = allowOrigins.some((allowed) =>
    /^https?:\/\/\*$/.test(allowed) ? origin.startsWith(allowed.slice(0, -1)) : allowed === origin,
  );
  return isAllowed ? origin : undefined;
}

function joined(name: string, values: readonly string[]): HeaderList {
  return values.length === 0 ? [] : [[name, values.join(",")]];
}
