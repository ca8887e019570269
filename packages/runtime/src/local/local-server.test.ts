import { describe, expect, test } from "vitest";
import { type CallAnswer, call } from "../../test/api-call.ts";
import { LocalFunction } from "../../test/local-function.ts";
import { LocalServerError } from "../errors.ts";
import { buffered } from "../handlers/buffered.ts";

const echo = buffered((event) => event);
const sixMegabytes = 6 * 1024 * 1024;

/** A JSON text of so many bytes. */
function textOf(bytes: number): string {
  return JSON.stringify("x".repeat(bytes - 2));
}

describe("requests and their answers", () => {
  test.each<[string, Parameters<typeof call>[1], string, Parameters<typeof call>[3], Partial<CallAnswer>]>([
    ["an event", "POST", "/invoke", { body: '{"a":"é"}' }, { status: 200, body: '{"a":"é"}' }],
    ["an event in chunks", "POST", "/invoke", { chunks: ['{"a"', ":1}"] }, { status: 200, body: '{"a":1}' }],
    ["a query, which is no part of the path", "POST", "/invoke?x=1", { body: "1" }, { status: 200 }],
    ["no body", "POST", "/invoke", {}, { status: 200, body: "{}" }],
    ["an event of 6 MB", "POST", "/invoke", { body: textOf(sixMegabytes) }, { status: 200 }],
    [
      "a byte more",
      "POST",
      "/invoke",
      { body: textOf(sixMegabytes + 1) },
      {
        status: 413,
        body: '{"Type":"User","message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}\n',
      },
    ],
    ["much more, in chunks", "POST", "/invoke", { chunks: Array(12).fill("x".repeat(1e6)) }, { status: 413 }],
    ["no JSON", "POST", "/invoke", { body: "{" }, { status: 400 }],
    ["another path", "POST", "/other", { body: "1" }, { status: 404 }],
    ["a path that could be a host", "POST", "//x/invoke", { body: "1" }, { status: 404 }],
    ["a path that is no URL", "POST", "//", { body: "1" }, { status: 404 }],
    ["another method", "GET", "/invoke", {}, { status: 405 }],
    ["another method with a body", "PUT", "/invoke", { body: "1" }, { status: 405 }],
    [
      "another name of this machine",
      "POST",
      "/invoke",
      { headers: { Host: "localhost:1" } },
      { status: 200 },
    ],
    ["a name for this machine", "POST", "/invoke", { headers: { Host: "a.LOCALHOST" } }, { status: 200 }],
    [
      "the name of a web page",
      "POST",
      "/invoke",
      { headers: { Host: "localhost.example" } },
      { status: 403 },
    ],
  ])("%s", async (_, method, path, options, expected) => {
    await using served = await LocalFunction.start(echo);
    const answer = await call(served.address, method, path, options);
    expect(answer).toMatchObject(expected);
    expect(answer.headers["x-amzn-requestid"]).toMatch(/^[\da-f-]{36}$/);
    const types: Record<number, string> = {
      400: "InvalidRequestContentException",
      403: "ForbiddenHost",
      404: "NotFound",
      405: "MethodNotAllowed",
      413: "RequestTooLargeException",
    };
    expect(answer.headers["x-amzn-errortype"]).toBe(types[answer.status ?? 0]);
    expect(answer.headers["allow"]).toBe(answer.status === 405 ? "POST" : undefined);
    expect(answer.headers["content-type"]).toBe("application/json");
    // Whatever came, the next one is served.
    expect(await (await served.invoke({ next: true })).json()).toEqual({ next: true });
  });

  test("a refusal reaches a client that sends a large body first", async () => {
    await using served = await LocalFunction.start(echo);
    const body = new Uint8Array(16_000_000);
    for (const [path, status] of [
      ["/other", 404],
      ["/invoke", 413],
    ] as const) {
      expect((await fetch(new URL(path, served.url), { method: "POST", body })).status).toBe(status);
    }
  });

  test("headers reach the context, and the ARN names the function", async () => {
    const handler = buffered((_event, context) => ({
      clientContext: context.clientContext,
      tenantId: context.tenantId,
      arn: context.invokedFunctionArn,
      name: context.functionName,
      requestId: context.requestId,
    }));
    await using served = await LocalFunction.start(handler, {
      AWS_LAMBDA_FUNCTION_NAME: "orders",
      AWS_REGION: "eu-north-1",
    });
    const answer = await served.invoke(
      {},
      {
        "X-Amz-Client-Context": Buffer.from('{"custom":{"a":1}}').toString("base64"),
        "X-Amz-Tenant-Id": "blue",
      },
    );
    expect(await answer.json()).toEqual({
      clientContext: { custom: { a: 1 } },
      tenantId: "blue",
      arn: "arn:aws:lambda:eu-north-1:000000000000:function:orders",
      name: "orders",
      requestId: answer.headers.get("x-amzn-requestid"),
    });
    expect(answer.headers.get("x-amz-executed-version")).toBe("$LATEST");
  });

  test("the path, the name and the time are settings, and are printed", async () => {
    await using served = await LocalFunction.start(
      buffered((_event, context) => [context.functionName, context.remainingTimeMs()]),
      { LOCAL_LAMBDA_HOST: "::1", LOCAL_LAMBDA_INVOCATION_ENDPOINT: "/a/b", LOCAL_LAMBDA_TIMEOUT: "900" },
    );
    expect(served.url).toMatch(/^http:\/\/\[::1\]:\d+\/a\/b$/);
    expect(served.output).toContain("It may take 900 s for each (LOCAL_LAMBDA_TIMEOUT).");
    const [name, remainingMs] = (await (await served.invoke({})).json()) as [string, number];
    expect(name).toBe("local");
    expect(remainingMs).toBeGreaterThan(890_000);
    expect((await fetch(new URL("/invoke", served.url), { method: "POST" })).status).toBe(404);
  });
});

test("a name that is no setting is told, since it is most likely misspelt", async () => {
  await using served = await LocalFunction.start(echo, { LOCAL_LAMBDA_TIME_OUT: "5" });
  expect(served.output).toContain("It may take 60 s");
  expect(served.output).toMatch(
    /^LOCAL_LAMBDA_TIME_OUT is no setting and is ignored\. There are: LOCAL_LAMBDA_HOST, .*, LOCAL_LAMBDA_TIMEOUT\.$/m,
  );
});

test.each([
  [{ LOCAL_LAMBDA_PORT: "65536" }, 'LOCAL_LAMBDA_PORT is "65536"; give a whole number from 0 to 65535.'],
  [{ LOCAL_LAMBDA_PORT: "-1" }, 'LOCAL_LAMBDA_PORT is "-1"; give a whole number from 0 to 65535.'],
  [{ LOCAL_LAMBDA_TIMEOUT: "0" }, 'LOCAL_LAMBDA_TIMEOUT is "0"; give a whole number from 1 to 86400.'],
  [{ LOCAL_LAMBDA_TIMEOUT: "1.5" }, 'LOCAL_LAMBDA_TIMEOUT is "1.5"; give a whole number from 1 to 86400.'],
  [
    { LOCAL_LAMBDA_INVOCATION_ENDPOINT: "invoke" },
    'LOCAL_LAMBDA_INVOCATION_ENDPOINT is "invoke"; give the path of a URL',
  ],
  [
    { LOCAL_LAMBDA_INVOCATION_ENDPOINT: "/ä" },
    'LOCAL_LAMBDA_INVOCATION_ENDPOINT is "/ä"; give the path of a URL',
  ],
  [{ LOCAL_LAMBDA_HOST: "192.0.2.1" }, "192.0.2.1 is not an address of this machine. Set LOCAL_LAMBDA_HOST"],
])("%j is refused: %s", async (environment, message) => {
  const starting = LocalFunction.start(echo, environment);
  await expect(starting).rejects.toThrow(LocalServerError);
  await expect(starting).rejects.toThrow(message);
});
