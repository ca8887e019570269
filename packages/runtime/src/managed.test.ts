import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { httpIntegrationContentType } from "@sluice/protocol";
import { beforeEach, describe, expect, test } from "vitest";
import { bootstrap, FunctionProcess } from "../test/function-process.ts";

/**
 * AWS's own client of the Runtime API, as it runs in the managed Node.js runtimes. It has native code, so it is built
 * with the benchmarks only.
 */
const official = fileURLToPath(
  new URL("../../../bench/node_modules/aws-lambda-ric/index.mjs", import.meta.url),
);
const isBuilt = existsSync(new URL("rapid-client.node", `file://${official}`));
const notBuilt = "AWS's client is not built: run npm ci in bench";

const head = JSON.stringify({ statusCode: 201, headers: { "X-Kind": "streaming" }, cookies: ["a=b"] });
const nuls = "\0".repeat(8);
const boom = { errorType: "RangeError", errorMessage: "boom" };

function eventOf(name: string, path: string): object {
  const text = readFileSync(new URL(`../test/events/${name}.json`, import.meta.url), "utf8");
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

// Each handler under AWS's client and under ours: what the caller gets is the same.
describe.each([
  ["AWS's client", official, isBuilt],
  ["our bootstrap", bootstrap, true],
])("managed handlers under %s", (_, program, isThere) => {
  beforeEach(({ skip }) => skip(!isThere, notBuilt));
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

describe("bytes that a buffered handler returns", () => {
  test("go through AWS's client if they are JSON", async ({ skip }) => {
    skip(!isBuilt, notBuilt);
    await using process = await FunctionProcess.start({ handler: "managed.jsonBytes", program: official });
    expect((await process.invoke({})).body.toString()).toBe('{"a":1}');
  });

  test("fail under AWS's client if they are not", async ({ skip }) => {
    skip(!isBuilt, notBuilt);
    await using process = await FunctionProcess.start({ handler: "managed.binary", program: official });
    const result = await process.invoke({});
    expect(result.kind).toBe("error");
    expect(JSON.parse(result.body.toString()).errorType).toBe("Runtime.OutputNotSerializable");
  });

  test("are sent as they are by our runtime", async () => {
    await using process = await FunctionProcess.start({ handler: "managed.binary" });
    expect((await process.invoke({})).body.toString("hex")).toBe("89504e47");
  });
});

// The source polls by itself where nobody else does.
describe("one source", () => {
  const oneSource = fileURLToPath(new URL("../test/fixtures/one-source.mjs", import.meta.url));
  const environment = { AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" };
  test.for([
    { where: "under AWS's client", options: { program: official, environment }, isThere: isBuilt },
    {
      where: "under our bootstrap in its place",
      options: { program: bootstrap, environment },
      isThere: true,
    },
    { where: "under our bootstrap as a custom runtime", options: { program: bootstrap }, isThere: true },
    { where: "as a custom runtime of its own", options: { program: oneSource }, isThere: true },
  ])("runs $where", async ({ options, isThere }, { skip }) => {
    skip(!isThere, notBuilt);
    await using process = await FunctionProcess.start({ handler: "one-source.handler", ...options });
    for (const name of ["Ada", "Bob"]) {
      const result = await process.invoke({ name });
      expect(result.body.toString()).toBe(`Hello, ${name}\n`);
    }
  });
});
