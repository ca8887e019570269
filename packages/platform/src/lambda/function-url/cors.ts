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

/** Most entries of each list, and most characters of an entry. */
const listLimits = {
  AllowHeaders: [100, 1_024],
  AllowMethods: [6, 6],
  AllowOrigins: [100, 253],
  ExposeHeaders: [100, 1_024],
} as const;

const largestMaxAge = 86_400;

/**
 * What of a configuration Lambda refuses, with what it takes; nothing if it takes all.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html
 */
export function findCorsProblem(cors: CorsConfiguration): string | undefined {
  const names = Object.keys(listLimits) as (keyof typeof listLimits)[];
  for (const name of names) {
    const entries = cors[name] ?? [];
    if (!Array.isArray(entries)) return `Cors.${name} is no list.`;
    const [mostEntries, mostCharacters] = listLimits[name];
    const long = entries.map(String).find((entry) => entry.length > mostCharacters);
    if (name === "AllowMethods" && long !== undefined)
      return `Cors.AllowMethods has ${long}; Lambda takes methods of at most ${mostCharacters} characters. Preflights are answered without OPTIONS among them.`;
    if (long !== undefined)
      return `Cors.${name} has an entry of ${long.length} characters; Lambda takes at most ${mostCharacters}.`;
    if (entries.length > mostEntries)
      return `Cors.${name} has ${entries.length} entries; Lambda takes at most ${mostEntries}.`;
  }
  const age = cors.MaxAge;
  if (age === undefined || (Number(age) >= 0 && Number(age) <= largestMaxAge)) return undefined;
  return `Cors.MaxAge is ${age}; Lambda takes 0 to ${largestMaxAge} seconds.`;
}
