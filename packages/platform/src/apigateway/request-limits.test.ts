import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { echo, HttpBackend } from "../../test/http-backend.ts";
import { eventAsBody, proxyTo, restStage, stagePath } from "../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

let platform: TestPlatform;
let backend: HttpBackend;

beforeAll(async () => {
  backend = await HttpBackend.start(echo);
  const any = "x-amazon-apigateway-any-method";
  platform = await TestPlatform.start({
    files: { "echo/bootstrap": eventAsBody },
    resources: {
      F: scripted({ CodeUri: "echo/" }),
      ...restStage({
        invokes: ["F"],
        paths: {
          "/{proxy+}": { [any]: proxyTo("F", "BUFFERED") },
          "/method": { put: proxyTo("F", "BUFFERED") },
          "/http": {
            put: {
              "x-amazon-apigateway-integration": { type: "http_proxy", httpMethod: "ANY", uri: backend.url },
            },
          },
        },
        root: {
          servers: [{ "x-amazon-apigateway-endpoint-configuration": { disableExecuteApiEndpoint: true } }],
        },
      }),
    },
  });
});

afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]();
});

const send = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  platform.send({ method, path: stagePath(platform) + path, headers });

/** What comes before the path in a method's ARN. */
const arnStart = "arn:aws:execute-api:us-east-1:123456789012:0123456789/test/GET".length;

describe("a request that is longer than API Gateway takes", () => {
  test.each([
    { what: "a method's ARN of 1,600 bytes", path: `/${"a".repeat(1_600 - arnStart - 1)}`, status: 200 },
    { what: "a method's ARN of 1,601 bytes", path: `/${"a".repeat(1_600 - arnStart)}`, status: 414 },
    { what: "a URL of 10,240 bytes", path: `/a?${"q".repeat(10_240 - "/test/a?".length)}`, status: 200 },
    { what: "a URL of 10,241 bytes", path: `/a?${"q".repeat(10_241 - "/test/a?".length)}`, status: 414 },
  ])("$what: $status", async ({ path, status }) => {
    const answer = await send(path);

    expect(answer.status).toBe(status);
    if (status === 414) expect(await answer.json()).toEqual({ message: "Request URI too long" });
  });

  test("headers of more than 10,240 bytes together: 431", async () => {
    const answer = await send("/a", { "x-large": "a".repeat(10_240) });

    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 431,
      body: { message: "Request Header Fields Too Large" },
    });
    expect(platform.notes(answer.requestId)).toEqual([expect.stringContaining("more than 10240 bytes")]);
  });
});

describe("X-HTTP-Method-Override", () => {
  test("is the method, and the function sees nothing of it", async () => {
    const answer = await send("/method", { "x-http-method-override": "PUT" }, "POST");
    const { httpMethod, headers } = (await answer.json()) as {
      httpMethod: string;
      headers: Record<string, string>;
    };

    expect({ httpMethod, header: headers["x-http-method-override"] }).toEqual({
      httpMethod: "PUT",
      header: undefined,
    });
  });

  test("is the method that a backend gets, without the header", async () => {
    const { method, headers } = (await (
      await send("/http", { "x-http-method-override": "put" }, "POST")
    ).json()) as { method: string; headers: Record<string, string> };

    expect({ method, header: headers["x-http-method-override"] }).toEqual({
      method: "PUT",
      header: undefined,
    });
  });

  test("counts for nothing where it is no method", async () => {
    expect(await (await send("/a", { "x-http-method-override": "LOCK" })).json()).toMatchObject({
      httpMethod: "GET",
    });
  });
});

test("an API without an endpoint of its own is served at it, which is told", () => {
  const told = platform.events.flatMap((event) => (event.kind === "deployed" ? event.diagnostics : []));

  expect(told).toContainEqual(
    expect.objectContaining({
      severity: "warning",
      logicalId: "Api",
      message: expect.stringMatching(/^DisableExecuteApiEndpoint of Api has no effect .* answers 403\.$/),
    }),
  );
});
