import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventAsBody, proxyTo, restStage, stagePath } from "../../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html, the columns for Lambda.

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Echo: scripted({ CodeUri: "echo/" }),
      Scripted: scripted(),
      ...restStage({
        invokes: ["Echo", "Scripted"],
        paths: {
          "/echo": { post: proxyTo("Echo", "BUFFERED") },
          "/buffered": { post: proxyTo("Scripted", "BUFFERED") },
          "/streamed": { post: proxyTo("Scripted", "STREAM") },
        },
      }),
    },
    files: { "echo/bootstrap": eventAsBody },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const alwaysPassed = [
  "Age",
  "Accept",
  "Accept-Charset",
  "Accept-Encoding",
  "Content-Encoding",
  "Content-Type",
  "Pragma",
  "Range",
  "Referer",
  "Warn",
];

describe("a request header", () => {
  const dropped = [
    "Connection",
    "Content-MD5",
    "Max-Forwards",
    "Proxy-Authenticate",
    "Server",
    "TE",
    "Upgrade",
    "WWW-Authenticate",
  ];
  test.each([
    ...[...alwaysPassed, "Authorization", "Date", "User-Agent", "Via"].map(
      (name) => [name, "passed"] as const,
    ),
    ...dropped.map((name) => [name, "dropped"] as const),
  ])("%s is %s", async (name, outcome) => {
    const answer = await platform.send({
      method: "POST",
      path: `${stagePath(platform)}/echo`,
      headers: { [name]: "x" },
      body: "body",
    });
    const { headers } = (await answer.json()) as { headers: Record<string, string> };
    expect(headers[name]).toBe(outcome === "passed" ? "x" : undefined);
  });
});

describe("a response header", () => {
  const renamed = [
    "Authorization",
    "Connection",
    "Content-MD5",
    "Date",
    "Max-Forwards",
    "Server",
    "User-Agent",
    "WWW-Authenticate",
  ];
  const dropped = [
    "Expect",
    "Host",
    "Proxy-Authenticate",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
  ];
  test.each([
    ...alwaysPassed.map((name) => [name, "passed"] as const),
    ...renamed.map((name) => [name, "renamed"] as const),
    ...dropped.map((name) => [name, "dropped"] as const),
  ])("%s is %s", async (name, outcome) => {
    const metadata = JSON.stringify({ headers: { [name]: "x" } });
    const scripts = {
      buffered: `await respond(id, ${JSON.stringify(metadata)})`,
      streamed: `const s = stream(id); s.write(chunk(${JSON.stringify(metadata)} + "\\0".repeat(8)) + "0\\r\\n\\r\\n"); await answered(s);`,
    };
    for (const [path, body] of Object.entries(scripts)) {
      const { headers } = await platform.send({
        method: "POST",
        path: `${stagePath(platform)}/${path}`,
        body,
      });
      const key = name.toLowerCase();
      const own = headers[key] === "x" ? "x" : undefined;
      expect({ path, own, renamed: headers[`x-amzn-remapped-${key}`] }).toEqual({
        path,
        own: outcome === "passed" ? "x" : undefined,
        renamed: outcome === "renamed" ? "x" : undefined,
      });
    }
  });
});

test("a request in chunks is taken, and the function does not see how it came", async () => {
  const answer = await platform.send({
    method: "POST",
    path: `${stagePath(platform)}/echo`,
    headers: { "transfer-encoding": "chunked" },
    body: "body",
  });
  const { headers, body } = (await answer.json()) as { headers: Record<string, string>; body: string };
  expect({ body, coding: headers["transfer-encoding"] }).toEqual({ body: "body", coding: undefined });
});
