import type { HeaderList } from "../../front-door/client-response.ts";
import { type HttpRequest, headerOf } from "../../front-door/http-request.ts";

/** `Cors` of a function URL's configuration. */
export interface CorsConfiguration {
  readonly AllowCredentials?: boolean;
  readonly AllowHeaders?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowOrigins?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  /** Seconds. */
  readonly MaxAge?: number;
}

/**
 * Whether the service answers the request itself, without the function: a preflight where CORS is configured.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors
 */
export function isPreflight(request: HttpRequest, cors: CorsConfiguration | undefined): boolean {
  return (
    cors !== undefined &&
    request.method === "OPTIONS" &&
    headerOf(request, "origin") !== undefined &&
    headerOf(request, "access-control-request-method") !== undefined
  );
}

/** Headers of the answer to a preflight; none if the origin isn't allowed, so that the browser refuses. */
export function preflightHeaders(request: HttpRequest, cors: CorsConfiguration): HeaderList {
  const common = corsHeaders(request, cors);
  if (common.length === 0) return [];
  const headers: [string, string][] = [];
  if (cors.AllowMethods?.length) headers.push(["Access-Control-Allow-Methods", cors.AllowMethods.join(",")]);
  if (cors.AllowHeaders?.length) headers.push(["Access-Control-Allow-Headers", cors.AllowHeaders.join(",")]);
  if (cors.MaxAge !== undefined) headers.push(["Access-Control-Max-Age", String(cors.MaxAge)]);
  return [...common, ...headers];
}

/** Headers that the service adds to what the function answers. */
export function corsHeaders(request: HttpRequest, cors: CorsConfiguration | undefined): HeaderList {
  const origin = headerOf(request, "origin");
  if (cors === undefined || origin === undefined) return [];
  const allowed = cors.AllowOrigins ?? [];
  const isAny = allowed.includes("*");
  if (!isAny && !allowed.includes(origin)) return [];
  const headers: [string, string][] = [
    // Browsers refuse the wildcard together with credentials.
    ["Access-Control-Allow-Origin", isAny && cors.AllowCredentials !== true ? "*" : origin],
  ];
  if (!isAny || cors.AllowCredentials === true) headers.push(["Vary", "Origin"]);
  if (cors.AllowCredentials === true) headers.push(["Access-Control-Allow-Credentials", "true"]);
  if (cors.ExposeHeaders?.length)
    headers.push(["Access-Control-Expose-Headers", cors.ExposeHeaders.join(",")]);
  return headers;
}
