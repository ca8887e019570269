import { describe, expect, test } from "vitest";
import { type EnvironmentVariablesSource, environmentVariables } from "./environment-variables.ts";

const source: EnvironmentVariablesSource = {
  functionName: "greet",
  functionVersion: "$LATEST",
  handler: "index.handler",
  memoryMb: 1024,
  maxConcurrency: 1,
  initializationType: "on-demand",
  region: "eu-central-1",
  logGroup: "/aws/lambda/greet",
  logStream: "2026/01/12/[$LATEST]abc",
  logFormat: "Text",
  applicationLogLevel: "INFO",
  runtimeApi: "127.0.0.1:9001",
  customer: {},
  credentials: { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret", sessionToken: "token" },
  executionEnvironment: undefined,
  taskRoot: "/work/greet",
  runtimeDirectory: "/work/runtime",
  layersDirectory: "/work/layers",
  defaults: {},
  hostPath: "/usr/bin",
};

describe("the variables of an execution environment", () => {
  test("are the documented ones", () => {
    expect(environmentVariables(source)).toEqual({
      _HANDLER: "index.handler",
      AWS_REGION: "eu-central-1",
      AWS_DEFAULT_REGION: "eu-central-1",
      AWS_LAMBDA_FUNCTION_NAME: "greet",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/greet",
      AWS_LAMBDA_LOG_STREAM_NAME: "2026/01/12/[$LATEST]abc",
      AWS_ACCESS_KEY_ID: "ASIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_SESSION_TOKEN: "token",
      AWS_LAMBDA_RUNTIME_API: "127.0.0.1:9001",
      LAMBDA_TASK_ROOT: "/work/greet",
      LAMBDA_RUNTIME_DIR: "/work/runtime",
      LANG: "en_US.UTF-8",
      PATH: "/usr/bin:/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/work/layers/bin",
      LD_LIBRARY_PATH: "/work/runtime:/work/runtime/lib:/work/greet:/work/greet/lib:/work/layers/lib",
      AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
      AWS_XRAY_DAEMON_ADDRESS: "127.0.0.1:2000",
      _AWS_XRAY_DAEMON_ADDRESS: "127.0.0.1",
      _AWS_XRAY_DAEMON_PORT: "2000",
      TZ: ":UTC",
    });
  });

  test.each([
    { name: "PATH", wins: "function" },
    { name: "LANG", wins: "function" },
    { name: "NODE_PATH", wins: "function" },
    { name: "AWS_XRAY_DAEMON_ADDRESS", wins: "platform" },
    { name: "AWS_ACCESS_KEY_ID", wins: "platform" },
    { name: "_HANDLER", wins: "platform" },
    { name: "TZ", wins: "platform" },
    { name: "AWS_LAMBDA_RUNTIME_API", wins: "platform" },
  ])("$name: the value of the $wins wins", ({ name, wins }) => {
    const variables = environmentVariables({
      ...source,
      customer: { [name]: "mine" },
      defaults: { NODE_PATH: "/opt/nodejs" },
    });
    expect(variables[name] === "mine").toBe(wins === "function");
  });

  test("tell a runtime that has several invocations at once how many", () => {
    expect(environmentVariables(source)).not.toHaveProperty("AWS_LAMBDA_MAX_CONCURRENCY");
    expect(environmentVariables({ ...source, maxConcurrency: 8 })).toMatchObject({
      AWS_LAMBDA_MAX_CONCURRENCY: "8",
    });
  });

  test("tell a managed runtime who it is, and how to log as JSON", () => {
    const variables = environmentVariables({
      ...source,
      executionEnvironment: "AWS_Lambda_nodejs24.x",
      logFormat: "JSON",
      applicationLogLevel: "WARN",
    });
    expect(variables).toMatchObject({
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
      AWS_LAMBDA_LOG_FORMAT: "JSON",
      AWS_LAMBDA_LOG_LEVEL: "WARN",
    });
  });
});
