import type { Contract } from "./contract.ts";
import { cloudformation } from "./contracts/cloudformation.ts";
import { cloudwatchLogs } from "./contracts/cloudwatch-logs.ts";
import { endpoints } from "./contracts/endpoints.ts";
import { executionEnvironment } from "./contracts/execution-environment.ts";
import { extensions } from "./contracts/extensions.ts";
import { functionUrls } from "./contracts/function-urls.ts";
import { httpApi } from "./contracts/http-api.ts";
import { lambdaAsynchronous } from "./contracts/lambda-asynchronous.ts";
import { lambdaControl } from "./contracts/lambda-control.ts";
import { lambdaInvoke } from "./contracts/lambda-invoke.ts";
import { parameterStore } from "./contracts/parameter-store.ts";
import { restAnswers } from "./contracts/rest-answers.ts";
import { restAuthorization } from "./contracts/rest-authorization.ts";
import { restHeaders } from "./contracts/rest-headers.ts";
import { restLogs } from "./contracts/rest-logs.ts";
import { restProxy } from "./contracts/rest-proxy.ts";
import { restStreaming } from "./contracts/rest-streaming.ts";
import { runtimeApi } from "./contracts/runtime-api.ts";
import { s3 } from "./contracts/s3.ts";
import { samTransform } from "./contracts/sam-transform.ts";
import { sigv4 } from "./contracts/sigv4.ts";
import { templates } from "./contracts/templates.ts";

/** Every contract, in the order of a request's way. */
export const contracts: readonly Contract[] = [
  endpoints,
  sigv4,
  restStreaming,
  restProxy,
  restHeaders,
  restAuthorization,
  restAnswers,
  restLogs,
  httpApi,
  functionUrls,
  lambdaInvoke,
  lambdaAsynchronous,
  executionEnvironment,
  runtimeApi,
  extensions,
  lambdaControl,
  cloudformation,
  templates,
  samTransform,
  s3,
  cloudwatchLogs,
  parameterStore,
];
