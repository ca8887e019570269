import * as lambdaClient from "@aws-sdk/client-lambda";
import { defineService, type ServiceApi } from "../../wire/service-api.ts";
import { accountOperations } from "./account-operations.ts";
import { concurrencyOperations } from "./concurrency-operations.ts";
import { ControlPlane, type ControlPlaneOptions } from "./control-plane.ts";
import { eventInvokeOperations } from "./event-invoke-operations.ts";
import { functionOperations } from "./function-operations.ts";
import { layerOperations } from "./layer-operations.ts";
import { permissionOperations } from "./permission-operations.ts";
import { refusedOperations } from "./refused-operations.ts";
import { urlOperations } from "./url-operations.ts";
import { versionOperations } from "./version-operations.ts";

/** Longest request: an archive of the largest size, in base64. As the service says it, in bytes. */
const requestBytes = 70_167_211;

/**
 * Lambda, but for invocations, which have a door of their own.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
 */
export function lambdaApi(options: ControlPlaneOptions): ServiceApi {
  const plane = new ControlPlane(options);
  return defineService(
    lambdaClient,
    {
      ...functionOperations(plane),
      ...versionOperations(plane),
      ...concurrencyOperations(plane),
      ...eventInvokeOperations(plane),
      ...urlOperations(plane),
      ...permissionOperations(plane),
      ...layerOperations(plane),
      ...accountOperations(plane),
      ...refusedOperations(),
    },
    { requestBytes },
  );
}
