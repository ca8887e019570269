import type { ServiceEntry } from "../../wire/service-api.ts";
import type { ApiGatewayOptions } from "./api-plane.ts";

export type { ApiGatewayOptions } from "./api-plane.ts";

/** Where the control plane of REST APIs is found. */
export function apiGatewayService(options: ApiGatewayOptions): ServiceEntry {
  return {
    name: "API Gateway",
    signingName: "apigateway",
    protocols: ["rest-json"],
    target: "BackplaneControlService",
    version: "2015-07-09",
    load: async () => (await import("./api-gateway-api.ts")).apiGatewayApi(options),
  };
}
