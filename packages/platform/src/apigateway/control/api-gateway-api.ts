import * as client from "@aws-sdk/client-api-gateway";
import { defineService, type ServiceApi } from "../../wire/service-api.ts";
import { accountOperations } from "./account-operations.ts";
import { type ApiGatewayOptions, ApiPlane } from "./api-plane.ts";
import { authorizerOperations } from "./authorizer-operations.ts";
import { deploymentOperations } from "./deployment-operations.ts";
import { gatewayResponseOperations } from "./gateway-response-operations.ts";
import { guarded } from "./guarded.ts";
import { integrationOperations } from "./integration-operations.ts";
import { methodOperations } from "./method-operations.ts";
import { modelOperations } from "./model-operations.ts";
import { resourceOperations } from "./resource-operations.ts";
import { restApiOperations } from "./rest-api-operations.ts";
import { stageOperations } from "./stage-operations.ts";
import { tagOperations } from "./tag-operations.ts";
import { testOperations } from "./test-operations.ts";
import { usageOperations } from "./usage-operations.ts";

/** The longest document that API Gateway imports: 6 MB, in bytes. */
const requestBytes = 6 * 1024 * 1024;

/**
 * API Gateway's control plane of REST APIs.
 * @see https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
 */
export function apiGatewayApi(options: ApiGatewayOptions): ServiceApi {
  const plane = new ApiPlane(options);
  return guarded(
    defineService(
      client,
      {
        ...restApiOperations(plane),
        ...resourceOperations(plane),
        ...methodOperations(plane),
        ...integrationOperations(plane),
        ...deploymentOperations(plane),
        ...stageOperations(plane),
        ...authorizerOperations(plane),
        ...gatewayResponseOperations(plane),
        ...modelOperations(plane),
        ...usageOperations(plane),
        ...accountOperations(plane),
        ...tagOperations(plane),
        ...testOperations(plane),
      },
      { requestBytes },
    ),
  );
}
