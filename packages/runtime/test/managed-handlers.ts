import { readFileSync } from "node:fs";
import { httpIntegrationContentType } from "@sluice/protocol";
import { describe, expect, test } from "vitest";
import { FunctionProcess } from "./function-process.ts";

const head = JSON.stringify({ statusCode: 201, headers: { "X-Kind": "streaming" }, cookies: ["a=b"] });
const nuls = "\0".repeat(8);
const boom = { errorType: "RangeError", errorMessage: "boom" };

function eventOf(name: string, path: string): object {
  const text = readFileSync(new URL(`./events/${name}.json`, import.meta.url), "utf8");
  const event = JSON.parse(text);
  if (event.version !== "2.0") return { ...event, path };
  return { ...event, rawPath: path };
}

const webHead = JSON.stringify({
  statusCode: 201,
  headers: { "content-type": "text/plain;charset=UTF-8", "x-kind": "web" },
});
const webResult = {
  statusCode: 201,
  headers: { "content-type": "text/plain;charset=UTF-8", "x-kind": "web" },
  body: "hello",
  isBase64Encoded: false,
};

/**
 * What the handlers of `fixtures/managed.mjs` give, whichever client of the Runtime API runs them: AWS's and ours are
 * held to the same.
 */
export function describeManagedHandlers(client: string, program: string): void {
  describe(`managed handlers under ${client}`, () => {
    const start = (name: string) =>
      FunctionProcess.start({ handler: `managed.${name}`, program, environment: { NODE_NO_WARNINGS: "1" } });

    test.each([
      ["http", { name: "Ada" }, httpIntegrationContentType, `${head}${nuls}Hello, Ada`],
      ["empty", {}, httpIntegrationContentType, `${head}${nuls}`],
      ["nothing", {}, "application/octet-stream", ""],
      ["raw", {}, "text/plain", "plain"],
      ["respondsFirst", { name: "Ada" }, "application/json", '{"hello":"Ada"}'],
      ["site", eventOf("function-url-get", "/"), httpIntegrationContentType, `${webHead}${nuls}hello`],
      ["site", eventOf("rest-get", "/"), httpIntegrationContentType, `${webHead}${nuls}hello`],
      ["site", eventOf("http-v2-get", "/"), "application/json", JSON.stringify(webResult)],
      ["bufferedSite", eventOf("function-url-get", "/"), "application/json", JSON.stringify(webResult)],
      [
        "site",
        eventOf("function-url-get", "/empty"),
        httpIntegrationContentType,
        `${JSON.stringify({ statusCode: 204, headers: {}, cookies: ["a=b"] })}${nuls}`,
      ],
      ["output", { name: "Ada" }, "application/json", '{"hello":"Ada"}'],
      ["noOutput", {}, "application/json", "null"],
      ["bytesEvent", { a: [1] }, "application/json", '{"isBytes":true,"text":"{\\"a\\":[1]}"}'],
      ["validated", { name: "Ada" }, "application/json", '{"name":"ADA"}'],
    ])("%s", async (name, event, contentType, body) => {
      await using process = await start(name);
      const result = await process.invoke(event);
      expect(result).toMatchObject({ kind: "response", complete: true, errorType: undefined });
      expect(result.headers["content-type"]).toBe(contentType);
      expect(result.body.toString()).toBe(body);
    });

    test("events are streamed piece by piece", async () => {
      await using process = await start("events");
      const result = await process.invoke({});
      expect(result.headers["content-type"]).toBe(httpIntegrationContentType);
      expect(result.body.toString().split(nuls)[1]).toBe("data: one\n\ndata: two\n\n");
      expect(result.chunks.length).toBeGreaterThanOrEqual(3);
    });

    test("the context is whole", async () => {
      await using process = await start("context");
      const identity = { cognitoIdentityId: "id", cognitoIdentityPoolId: "pool" };
      const result = await process.invoke(
        {},
        {
          requestId: "request-1",
          traceId: "Root=1-2-3;Sampled=1",
          tenantId: "blue",
          clientContext: { custom: { a: 1 } },
          cognitoIdentity: identity,
        },
      );
      expect(JSON.parse(result.body.toString())).toEqual({
        requestId: "request-1",
        isCurrent: true,
        invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:test-function",
        functionName: "test-function",
        functionVersion: "$LATEST",
        memoryLimitMb: 256,
        logGroupName: "/aws/lambda/test-function",
        logStreamName: "stream",
        traceId: "Root=1-2-3;Sampled=1",
        clientContext: { custom: { a: 1 } },
        identity,
        tenantId: "blue",
        hasTime: true,
        isAborted: false,
      });
    });

    test.each([
      ["failsLate", "begun", boom],
      ["unfinished", "begun", { errorType: "Runtime.ResponseNotFinished" }],
    ])("%s ends its stream with an error", async (name, body, error) => {
      await using process = await start(name);
      const result = await process.invoke({});
      expect(result).toMatchObject({ kind: "response", complete: true, errorType: error.errorType });
      expect(result.body.toString()).toBe(body);
      const document = Buffer.from(result.trailers["lambda-runtime-function-error-body"] ?? "", "base64");
      expect(JSON.parse(document.toString())).toMatchObject(error);
    });

    test.each([
      ["failsEarly", {}, boom],
      ["outputFails", {}, boom],
      ["neverResponds", {}, { errorType: "Runtime.RespondOnce" }],
      ["validated", { name: 1 }, { errorType: "Runtime.EventValidation" }],
      ["site", { not: "HTTP" }, { errorType: "Runtime.NotAnHttpEvent" }],
    ])("%s fails with its error, which is logged once", async (name, event, error) => {
      await using process = await start(name);
      const result = await process.invoke(event);
      // AWS's client has trailers even where nothing was streamed.
      const document = result.trailers["lambda-runtime-function-error-body"];
      const body = document === undefined ? result.body : Buffer.from(document, "base64");
      expect(JSON.parse(body.toString())).toMatchObject({ ...error, trace: expect.any(Array) });
      await process.api.waitForNext();
      // AWS's client asks for the next event before it has reported the error of this one, and may be given it again.
      const lines = (await process.stop()).trim().split("\n");
      const texts = new Set(lines.map((line) => line.slice(line.indexOf("\t"))));
      expect([...texts]).toEqual([expect.stringMatching(/\tERROR\tInvoke Error/)]);
    });

    test("work and errors after the end are logged", async () => {
      await using process = await start("afterFinish");
      const result = await process.invoke({}, { requestId: "request-1" });
      expect(result).toMatchObject({ kind: "response", errorType: undefined });
      expect(result.body.toString()).toBe("done");
      await process.api.waitForNext();
      const lines = (await process.stop()).trim().split("\n");
      expect(lines).toEqual([
        expect.stringMatching(/\trequest-1\tWARN\tworking on$/),
        expect.stringMatching(/\trequest-1\tERROR\tError after the response was finished: RangeError: late/),
      ]);
    });
  });
}
