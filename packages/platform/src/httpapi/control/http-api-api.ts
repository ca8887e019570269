import * as client from "@aws-sdk/client-apigatewayv2";
import { guarded } from "../../apigateway/control/guarded.ts";
import { defineService, type ServiceApi } from "../../wire/service-api.ts";
import { apiOperations } from "./api-operations.ts";
import { authorizerOperations } from "./authorizer-operations.ts";
import { type HttpApiOptions, HttpApiPlane } from "./http-api-plane.ts";
import { integrationOperations } from "./integration-operations.ts";
import { routeOperations } from "./route-operations.ts";
import { stageOperations } from "./stage-operations.ts";

/** The longest document that API Gateway imports: 6 MB, in bytes. */
const requestBytes = 6 * 1024 * 1024;

/**
 * API Gateway's control plane of HTTP APIs.
 * @see https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
 */
export function httpApiApi(options: HttpApiOptions): ServiceApi {
  const plane = new HttpApiPlane(options);
  return guarded(
    defineService(
      client,
      {
        ...apiOperations(plane),
        ...routeOperations(plane),
        ...integrationOperations(plane),
        ...authorizerOperations(plane),
        ...stageOperations(plane),
      },
      { requestBytes },
    ),
  );
}
