import type { CorsConfiguration } from "./http-api.ts";

/** Reads CORS settings, whose names begin with a small letter in OpenAPI and with a capital one in CloudFormation. */
export function readCors(settings: Readonly<Record<string, unknown>>): CorsConfiguration {
  const given = (name: string): unknown =>
    settings[name] ?? settings[name.charAt(0).toUpperCase() + name.slice(1)];
  const list = (name: string): string[] => {
    const value = given(name);
    if (value === undefined || value === null) return [];
    return (Array.isArray(value) ? value : String(value).split(",")).map((text) => String(text).trim());
  };
  const maxAge = given("maxAge");
  return {
    allowOrigins: list("allowOrigins"),
    allowMethods: list("allowMethods"),
    allowHeaders: list("allowHeaders"),
    exposeHeaders: list("exposeHeaders"),
    maxAgeSeconds: maxAge === undefined || maxAge === null ? undefined : Number(maxAge),
    allowCredentials: String(given("allowCredentials")) === "true",
  };
}
