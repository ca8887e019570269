import type { ServiceEntry } from "../../wire/service-api.ts";
import type { HttpApiOptions } from "./http-api-plane.ts";

/** Where the control plane of HTTP APIs is found. It shares its signing name with that of REST APIs. */
export function httpApiService(options: HttpApiOptions): ServiceEntry {
  return {
    name: "API Gateway v2",
    signingName: "apigateway",
    pathPrefix: "/v2/",
    protocols: ["rest-json"],
    target: "ApiGatewayV2",
    version: "2018-11-29",
    load: async () => (await import("./http-api-api.ts")).httpApiApi(options),
  };
}
