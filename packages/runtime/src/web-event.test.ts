import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { HttpEvent } from "./events.ts";
import {
  isHttpEvent,
  RequestMethodError,
  responseFormat,
  toBufferedResult,
  toHttpPrelude,
  toRequest,
} from "./web-event.ts";

const directory = new URL("../test/events/", import.meta.url);
const allNames = readdirSync(directory).map((file) => file.replace(/\.json$/, ""));

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, directory), "utf8"));
}

function httpEvent(name: string, overrides: object = {}): HttpEvent {
  const event: unknown = { ...Object(read(name)), ...overrides };
  if (!isHttpEvent(event)) throw new Error(`${name} is not an HTTP event`);
  return event;
}

function request(name: string, overrides?: object): Request {
  return toRequest(httpEvent(name, overrides), new AbortController().signal);
}

describe("isHttpEvent", () => {
  it.each(allNames)("recognises %s by its content", (name) => {
    expect(isHttpEvent(read(name))).toBe(!name.startsWith("other-"));
  });

  it.each([
    ["null", null],
    ["text", "GET /"],
    ["a list", []],
    ["an object of another kind", { hello: "world" }],
    ["a request context that is null", { version: "2.0", rawPath: "/", requestContext: null }],
    ["an unknown payload version", { version: "3.0", httpMethod: "GET", path: "/", requestContext: {} }],
    ["a method that is not text", { httpMethod: 1, path: "/", requestContext: {} }],
  ])("refuses %s", (_, event) => {
    expect(isHttpEvent(event)).toBe(false);
  });
});

describe("responseFormat", () => {
  it.each([
    ["function-url-get", "stream"],
    ["rest-get", "stream"],
    ["rest-console-test", "stream"],
    ["http-v1-get", "buffered"],
    ["http-v2-get", "buffered"],
  ])("of %s is %s", (name, format) => {
    expect(responseFormat(httpEvent(name))).toBe(format);
  });

  it("is buffered for a hand-written event without a domain name", () => {
    const event: unknown = { version: "2.0", rawPath: "/", requestContext: { http: { method: "GET" } } };
    expect(isHttpEvent(event) && responseFormat(event)).toBe("buffered");
  });
});

describe("toRequest", () => {
  const restHost = "https://q7w3e9r1t5.execute-api.eu-central-1.amazonaws.com";
  const httpHost = "https://m4n5b6v7c8.execute-api.eu-central-1.amazonaws.com";
  const urlHost = "https://abcdefghijklmnopqrstuvwxyz234567.lambda-url.eu-central-1.on.aws";

  it.each([
    ["rest-get", "GET", `${restHost}/orders/17`],
    [
      "rest-repeated-values",
      "GET",
      `${restHost}/search//new%2Bold/?q=coffee+%26+tea&q=50%25&page=1&gr%C3%B6%C3%9Fe=%C3%BCber&gr%C3%B6%C3%9Fe=%2B&empty=`,
    ],
    ["rest-post-text", "POST", `${restHost}/orders`],
    ["rest-console-test", "POST", "https://testprefix.testdomainname/orders"],
    ["http-v1-get", "GET", `${httpHost}/pets/7?fields=name&fields=age`],
    ["http-v2-get", "GET", `${httpHost}/beta/pets/7?fields=name&fields=age&q=a+b%26c`],
    ["function-url-get", "GET", `${urlHost}/`],
    ["function-url-escapes", "GET", `${urlHost}/caf%C3%A9/a%2Fb/1?x=%2F&x=1&flag&y=a+b`],
  ])("of %s is %s %s", (name, method, url) => {
    const made = request(name);
    expect([made.method, made.url]).toEqual([method, url]);
  });

  const utf8Bytes = (text: string) => Buffer.from(text).toString("latin1");
  it.each([
    ["rest-repeated-values", { cookie: "session=abc; theme=dark", "x-tag": "red, green, blue" }],
    ["rest-edge-city", { "cloudfront-viewer-city": utf8Bytes("Łódź"), "cloudfront-viewer-country": "PL" }],
    ["http-v2-get", { cookie: "session=abc; theme=dark", "x-tag": "red,green" }],
    [
      "function-url-get",
      { cookie: null, host: "abcdefghijklmnopqrstuvwxyz234567.lambda-url.eu-central-1.on.aws" },
    ],
    ["function-url-escapes", { cookie: "session=abc; theme=dark" }],
    ["rest-console-test", { host: null, "content-type": null }],
  ])("of %s has the headers %o", (name, expected) => {
    const { headers } = request(name);
    for (const [key, value] of Object.entries(expected)) expect(headers.get(key)).toBe(value);
  });

  it("leaves out what HTTP does not allow in a header, and keeps the rest", () => {
    const headers = { "bad name": "1", injected: "a\r\nb: c", good: "1" };
    const made = request("http-v2-get", { headers, cookies: ["a=1", "b=\0", "c=名"] });
    expect(Object.fromEntries(made.headers)).toEqual({ good: "1", cookie: `a=1; c=${utf8Bytes("名")}` });
  });

  it.each([
    ["rest-post-text", '{"item":"Tür","count":2}'],
    ["http-v2-post-form", "name=Jurgen&age=41"],
    ["function-url-iam-nulls", "Grüße"],
    ["rest-get", ""],
  ])("of %s has the body %s", async (name, body) => {
    expect(await request(name).text()).toBe(body);
  });

  it("decodes a binary body", async () => {
    const body = new Uint8Array(await request("rest-post-binary").arrayBuffer());
    expect([...body]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0xff]);
    const form = await request("function-url-multipart").formData();
    expect(form.get("f")).toMatchObject({ name: "x", size: 5 });
  });

  it("does not add a content type that the client did not send", () => {
    const { headers } = request("rest-get", { httpMethod: "POST", body: "text" });
    expect(headers.has("content-type")).toBe(false);
  });

  it("leaves out the body of GET and HEAD", () => {
    for (const httpMethod of ["GET", "HEAD", "get"]) {
      expect(request("rest-get", { httpMethod, body: "x" }).body).toBeNull();
    }
  });

  it.each([
    ["single-value maps alone", { multiValueHeaders: null, headers: { "X-A": "1" } }, "https"],
    [
      "http before a proxy",
      { multiValueHeaders: { "X-A": ["1"], "X-Forwarded-Proto": ["HTTP, https"] } },
      "http",
    ],
    [
      "a scheme that is not HTTP",
      { multiValueHeaders: { "x-a": ["1"], "x-forwarded-proto": ["file"] } },
      "https",
    ],
  ])("takes %s", (_, overrides, scheme) => {
    const made = request("rest-get", overrides);
    expect(made.headers.get("x-a")).toBe("1");
    expect(made.url.startsWith(`${scheme}://`)).toBe(true);
  });

  it("falls back to queryStringParameters", () => {
    const single = { multiValueQueryStringParameters: null, queryStringParameters: { a: "1 2" } };
    expect(new URL(request("rest-get", single).url).search).toBe("?a=1+2");
  });

  it.each([
    ["example.com/path", "example.com?x"],
    ["user@example.com", "a, b"],
    ["example.com:99999", "1.2.3.4.5"],
    ["", "exa mple.com"],
  ])("takes the domain name when the host header is %j or %j", (...hosts) => {
    for (const host of hosts) {
      const made = request("function-url-get", { headers: { host } });
      expect(made.url).toBe(`${urlHost}/`);
    }
  });

  it.each([
    ["http://localhost:3000", { host: "localhost:3000", "x-forwarded-proto": "http" }],
    ["https://[::1]:3000", { host: "[::1]:3000" }],
  ])("keeps the port of a local server: %s", (origin, headers) => {
    expect(new URL(request("function-url-get", { headers }).url).origin).toBe(origin);
  });

  it.each([
    ["@evil.example/x", "/@evil.example/x"],
    ["//evil.example/x", "//evil.example/x"],
    ["/a?b#c\\d ", "/a%3Fb%23c%5Cd%20"],
    ["", "/"],
  ])("keeps the path %j from changing the rest of the URL", (rawPath, pathname) => {
    const url = new URL(request("function-url-get", { rawPath }).url);
    expect([url.origin, url.pathname, url.search, url.hash]).toEqual([urlHost, pathname, "", ""]);
  });

  it.each([
    ["TRACE", 405],
    ["connect", 405],
    ["TRACK", 405],
    ["GET /", 400],
    ["", 400],
  ])("refuses the method %j with %i", (httpMethod, statusCode) => {
    const event = httpEvent("rest-get", { httpMethod });
    const make = () => toRequest(event, new AbortController().signal);
    expect(make).toThrow(RequestMethodError);
    expect(make).toThrow(
      expect.objectContaining({ statusCode, message: expect.stringContaining(`"${httpMethod}"`) }),
    );
  });

  it("refuses TRACE from a function URL", () => {
    expect(() => request("function-url-trace")).toThrow(RequestMethodError);
  });

  it("aborts the request with the given signal", () => {
    const controller = new AbortController();
    const made = toRequest(httpEvent("rest-get"), controller.signal);
    expect(made.signal.aborted).toBe(false);
    controller.abort(new Error("deadline"));
    expect(made.signal.reason).toMatchObject({ message: "deadline" });
  });
});

describe("toHttpPrelude", () => {
  const cookies = ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"];
  const response = new Response(null, {
    status: 201,
    headers: [
      ["X-A", "1"],
      ["x-a", "2"],
      ...cookies.map((cookie): [string, string] => ["Set-Cookie", cookie]),
    ],
  });

  it.each([
    ["function-url-get", { cookies }],
    ["http-v2-get", { cookies }],
    ["rest-get", { multiValueHeaders: { "set-cookie": cookies } }],
    ["http-v1-get", { multiValueHeaders: { "set-cookie": cookies } }],
  ])("gives %s its cookies one by one", (name, expected) => {
    const head = { statusCode: 201, headers: { "x-a": "1, 2" } };
    expect(toHttpPrelude(response, httpEvent(name))).toStrictEqual({ ...head, ...expected });
  });

  it("has no keys for cookies when there are none", () => {
    const prelude = toHttpPrelude(new Response(null, { status: 204 }), httpEvent("rest-get"));
    expect(prelude).toStrictEqual({ statusCode: 204, headers: {} });
  });

  it("answers 502 for Response.error()", () => {
    expect(toHttpPrelude(Response.error(), httpEvent("rest-get")).statusCode).toBe(502);
  });
});

describe("toBufferedResult", () => {
  const binary = new Uint8Array([0xff, 0xfe, 0x00]);
  const plain = new TextEncoder().encode("plain");

  it.each([
    ["text", { "content-type": "Text/Plain; charset=utf-8" }, "Grüße", "Grüße"],
    ["JSON", { "content-type": "application/problem+json" }, "{}", "{}"],
    ["SVG", { "content-type": "image/svg+xml" }, "<svg/>", "<svg/>"],
    ["a byte order mark", { "content-type": "text/csv" }, "\uFEFFa", "\uFEFFa"],
    ["UTF-8 without a content type", {}, plain, "plain"],
    ["an empty body", {}, null, ""],
  ])("keeps %s as text", async (_, headers, body, expected) => {
    const result = await toBufferedResult(new Response(body, { headers }), httpEvent("http-v2-get"));
    expect(result).toMatchObject({ body: expected, isBase64Encoded: false });
  });

  it.each([
    ["an image", { "content-type": "image/png" }, "PNG", "UE5H"],
    ["compressed text", { "content-type": "text/css", "content-encoding": "gzip" }, "x", "eA=="],
    ["text that is not UTF-8", { "content-type": "text/html; charset=utf-16" }, binary, "//4A"],
    ["other bytes without a content type", {}, binary, "//4A"],
  ])("sends %s as base64", async (_, headers, body, expected) => {
    const result = await toBufferedResult(new Response(body, { headers }), httpEvent("http-v2-get"));
    expect(result).toMatchObject({ body: expected, isBase64Encoded: true });
  });

  it("has only the keys that REST APIs allow", async () => {
    const response = new Response("x", { headers: { "set-cookie": "a=1" } });
    const result = await toBufferedResult(response, httpEvent("rest-get"));
    const allowed = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"];
    expect(Object.keys(result)).toEqual(allowed);
  });

  it("fails with the error of the body stream", async () => {
    const failing = new ReadableStream({
      pull: (controller) => controller.error(new Error("upstream gone")),
    });
    const result = toBufferedResult(new Response(failing), httpEvent("rest-get"));
    await expect(result).rejects.toThrow("upstream gone");
  });
});
