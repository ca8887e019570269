import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { HttpPreludeDecoder, httpIntegrationContentType } from "@sluice/protocol";
import { describe, expect, test } from "vitest";
import { FunctionProcess } from "../../test/function-process.ts";

/** A GET request as API Gateway's REST APIs (`rest`) and Function URLs (`url`) send it. */
function requestOf(source: "rest" | "url", path: string): object {
  const name = source === "rest" ? "rest-get" : "function-url-get";
  const text = readFileSync(new URL(`../../test/events/${name}.json`, import.meta.url), "utf8");
  const event = JSON.parse(text);
  if (source === "rest") return { ...event, path, resource: path };
  const http = { ...event.requestContext.http, path };
  return { ...event, rawPath: path, requestContext: { ...event.requestContext, http } };
}

function split(bytes: Buffer): { prelude: unknown; body: string } {
  const decoded = new HttpPreludeDecoder().push(bytes);
  if (decoded.kind !== "complete") throw new Error(`no prelude: ${bytes.toString()}`);
  return { prelude: decoded.prelude, body: Buffer.from(decoded.rest).toString() };
}

describe("AWS's own examples", () => {
  test.each([
    ["echo", "application/octet-stream", '{"a":1}'],
    ["text", "text/plain", "Hello, world!"],
  ])("%s", async (name, contentType, body) => {
    await using process = await FunctionProcess.start({ handler: `aws-examples.${name}` });
    const result = await process.invoke({ a: 1 });
    expect(result).toMatchObject({ kind: "response", complete: true, errorType: undefined });
    expect(result.headers).toMatchObject({
      "content-type": contentType,
      "lambda-runtime-function-response-mode": "streaming",
      "transfer-encoding": "chunked",
    });
    expect(result.body.toString()).toBe(body);
  });

  test("gzip", async () => {
    await using process = await FunctionProcess.start({ handler: "aws-examples.gzip" });
    const result = await process.invoke({ a: 1 });
    expect(gunzipSync(result.body).toString()).toBe('{"a":1}');
  });

  test("http, whose parts leave as they are written", async () => {
    await using process = await FunctionProcess.start({ handler: "aws-examples.http" });
    const result = await process.invoke({});
    expect(result.headers["content-type"]).toBe(httpIntegrationContentType);
    expect(split(result.body)).toEqual({
      prelude: { statusCode: 200, headers: { "Content-Type": "text/html", "X-Custom": "some value" } },
      body: "<p>part 0</p><p>part 1</p><p>part 2</p>",
    });
    expect(result.chunks.length).toBeGreaterThanOrEqual(4);
    await process.api.waitForNext();
    expect(await process.stop()).toBe("");
  });
});

describe.each(["rest", "url"] as const)("frameworks behind a %s event", (source) => {
  test.each([
    ["hono", "/text", { statusCode: 201, headers: { "x-framework": "hono" } }, "hello"],
    ["hono", "/stream", { statusCode: 200 }, "abc"],
    ["hono", "/empty", { statusCode: 204, cookies: ["a=b"] }, ""],
    ["hono", "/nothing", { statusCode: 404 }, "404 Not Found"],
    ["middyText", "/", { statusCode: 201, headers: { "X-Framework": "middy", "X-After": "yes" } }, "hello"],
    ["middyStream", "/", { statusCode: 201, headers: { "X-Framework": "middy" } }, "abc"],
    ["middyEmpty", "/", { statusCode: 201, headers: { "X-Framework": "middy" } }, ""],
    ["middyLong", "/", { statusCode: 201 }, "x".repeat(300_000)],
    ["powertools", "/text", { statusCode: 201, headers: { "x-framework": "powertools" } }, "hello"],
    ["powertools", "/stream", { statusCode: 200 }, "abc"],
    ["powertools", "/empty", { statusCode: 204 }, ""],
  ])("%s streams %s", async (name, path, prelude, body) => {
    await using process = await FunctionProcess.start({ handler: `frameworks.${name}` });
    const result = await process.invoke(requestOf(source, path));
    expect(result).toMatchObject({ kind: "response", complete: true, errorType: undefined });
    expect(result.headers["content-type"]).toBe(httpIntegrationContentType);
    const response = split(result.body);
    expect(response.prelude).toMatchObject(prelude);
    expect(response.body).toBe(body);
  });

  test.each([
    ["honoBuffered", "/text", { statusCode: 201, body: "hello" }],
    ["middyBuffered", "/", { statusCode: 201, body: "hello" }],
  ])("%s answers %s with a buffered result", async (name, path, output) => {
    await using process = await FunctionProcess.start({ handler: `frameworks.${name}` });
    const result = await process.invoke(requestOf(source, path));
    expect(result.kind).toBe("response");
    expect(JSON.parse(result.body.toString())).toMatchObject(output);
  });
});

test("an error that Middy lets through is the invocation's error", async () => {
  await using process = await FunctionProcess.start({ handler: "frameworks.middyFails" });
  const result = await process.invoke({});
  expect(result.kind).toBe("error");
  expect(JSON.parse(result.body.toString())).toMatchObject({ errorType: "RangeError", errorMessage: "boom" });
});
