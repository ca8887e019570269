import type { Contract } from "./contract.ts";
import { endpoints } from "./contracts/endpoints.ts";
import { executionEnvironment } from "./contracts/execution-environment.ts";
import { extensions } from "./contracts/extensions.ts";
import { httpApi } from "./contracts/http-api.ts";
import { lambdaAsynchronous } from "./contracts/lambda-asynchronous.ts";
import { lambdaInvoke } from "./contracts/lambda-invoke.ts";
import { runtimeApi } from "./contracts/runtime-api.ts";

/** Every contract, in the order of a request's way. */
export const contracts: readonly Contract[] = [
  endpoints,
  httpApi,
  lambdaInvoke,
  lambdaAsynchronous,
  executionEnvironment,
  runtimeApi,
  extensions,
];
