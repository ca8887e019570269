import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { proxyTo, restStage, stagePath } from "../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Off: scripted({
        FunctionName: "off",
        ReservedConcurrentExecutions: 0,
        FunctionUrlConfig: { AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" },
      }),
      ...restStage({
        paths: {
          "/stream": { post: proxyTo("Off", "STREAM") },
          "/whole": { post: proxyTo("Off", "BUFFERED") },
        },
        invokes: ["Off"],
      }),
    },
  });
});
afterAll(() => platform[Symbol.asyncDispose]());
afterEach(() => expect(platform.bugs).toEqual([]));

const invocations = "/2015-03-31/functions/off/invocations";

describe("a function with the reserved concurrency 0", () => {
  test.each([invocations, "/2021-11-15/functions/off/response-streaming-invocations"])(
    "refuses every invocation: %s",
    async (path) => {
      const answer = await platform.sendSigned({ method: "POST", path, body: "{}" });
      expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual({
        status: 429,
        "content-type": "application/json",
        "x-amzn-errortype": "TooManyRequestsException",
        body: '{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}',
      });
    },
  );

  test("finds a dry run good", async () => {
    const headers = { "x-amz-invocation-type": "DryRun" };
    const answer = await platform.sendSigned({ method: "POST", path: invocations, body: "{}", headers });
    expect(answer.status).toBe(204);
  });

  test("has a URL that answers 429", async () => {
    const answer = await platform.send({ path: platform.urlPath("off") });
    expect(answer.status).toBe(429);
    expect(platform.notes(answer.requestId)).toEqual([
      "429: TooManyRequestsException: Rate Exceeded. (ReservedFunctionConcurrentInvocationLimitExceeded)",
    ]);
  });

  test.each(["stream", "whole"])("has an API that answers 500: %s", async (path) => {
    const answer = await platform.send({
      method: "POST",
      path: `${stagePath(platform)}/${path}`,
      body: "{}",
    });
    expect(await answer.json()).toEqual({ message: "Internal server error" });
    expect(answer.status).toBe(500);
  });
});
