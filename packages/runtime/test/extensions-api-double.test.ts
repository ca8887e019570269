import { describe, expect, test } from "vitest";
import { type Call, type CallAnswer, call, exchange } from "./api-call.ts";
import { RuntimeApiDouble } from "./runtime-api-double.ts";

// The rules are those of https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html

const extension = "/2020-01-01/extension";
const errorType = { "Lambda-Extension-Function-Error-Type": "Extension.Broken" };

function register(api: RuntimeApiDouble, name: string, options: Call = {}): Promise<CallAnswer> {
  const headers = { ...(name === "" ? {} : { "Lambda-Extension-Name": name }), ...options.headers };
  return call(api.address, "POST", `${extension}/register`, {
    body: '{"events":["INVOKE"]}',
    ...options,
    headers,
  });
}

async function registered(api: RuntimeApiDouble, events: string[]): Promise<Record<string, string>> {
  const { headers } = await register(api, "sluice", { body: JSON.stringify({ events }) });
  return { "Lambda-Extension-Identifier": String(headers["lambda-extension-identifier"]) };
}

function eventNext(api: RuntimeApiDouble, headers: Record<string, string>): Promise<CallAnswer> {
  return call(api.address, "GET", `${extension}/event/next`, { headers });
}

function invocationNext(api: RuntimeApiDouble): Promise<CallAnswer> {
  return call(api.address, "GET", "/2018-06-01/runtime/invocation/next");
}

describe("register", () => {
  test.each([
    [
      "tells of the function",
      {},
      { functionName: "f", functionVersion: "$LATEST", handler: "index.handler" },
    ],
    [
      "tells of the account when asked",
      { headers: { "Lambda-Extension-Accept-Feature": "accountId" } },
      { functionName: "f", functionVersion: "$LATEST", handler: "index.handler", accountId: "123456789012" },
    ],
  ])("%s", async (_name, options, expected) => {
    await using api = await RuntimeApiDouble.start({ function: { functionName: "f" } });
    const { status, headers, body } = await register(api, "sluice", options);
    expect([status, JSON.parse(body)]).toEqual([200, expected]);
    expect(api.extensions).toMatchObject([{ name: "sluice", events: ["INVOKE"], state: "Registered" }]);
    expect(headers["lambda-extension-identifier"]).toBe(api.extensions[0]?.id);
  });

  test.each([
    ["without a name", "", {}, "Extension.InvalidExtensionName"],
    ["with a name that is taken", "taken", {}, "Extension.InvalidExtensionState"],
    ["with a body that is not JSON", "new", { body: "INVOKE" }, "InvalidRequestFormat"],
    ["for SHUTDOWN", "new", { body: '{"events":["SHUTDOWN"]}' }, "Extension.InvalidEventType"],
  ])("is refused %s", async (_name, name, options, type) => {
    await using api = await RuntimeApiDouble.start();
    await register(api, "taken");
    const { status, body } = await register(api, name, options);
    expect([status, JSON.parse(body).errorType]).toEqual([403, type]);
  });

  test("is refused for an eleventh extension", async () => {
    await using api = await RuntimeApiDouble.start();
    for (let count = 1; count <= 10; count += 1) {
      expect((await register(api, `extension-${count}`)).status).toBe(200);
    }
    expect((await register(api, "extension-11")).body).toContain("Extension.TooManyExtensions");
  });

  test("is refused once init has ended", async () => {
    await using api = await RuntimeApiDouble.start();
    api.invoke({});
    await invocationNext(api);
    expect((await register(api, "late")).body).toContain("Extension.RegistrationClosed");
  });

  test("is refused for INVOKE on Managed Instances", async () => {
    await using api = await RuntimeApiDouble.start({ maxConcurrency: 2 });
    expect((await register(api, "sluice")).body).toContain("Extension.InvalidEventType");
    expect((await register(api, "sluice", { body: '{"events":[]}' })).status).toBe(200);
  });
});

test("an event is given out when all extensions wait for it, and goes to those that asked for it", async () => {
  await using api = await RuntimeApiDouble.start();
  const id = await registered(api, ["INVOKE"]);
  const { requestId, deadlineMs } = api.invoke({}, { traceId: "Root=1-a-b" });
  const runtime = invocationNext(api);
  await api.waitForNext();

  const [event] = await Promise.all([eventNext(api, id), runtime]);
  expect(event.headers["lambda-extension-event-identifier"]).toMatch(/^[0-9a-f-]{36}$/);
  expect(JSON.parse(event.body)).toEqual({
    eventType: "INVOKE",
    requestId,
    deadlineMs,
    invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:test-function",
    tracing: { type: "X-Amzn-Trace-Id", value: "Root=1-a-b" },
  });

  await call(api.address, "POST", `/2018-06-01/runtime/invocation/${requestId}/response`);
  api.invoke({}, { requestId: "second" });
  const second = invocationNext(api);
  await api.waitForNext();
  const [, answer] = await Promise.all([eventNext(api, id), second]);
  expect(answer.headers["lambda-runtime-aws-request-id"]).toBe("second");
});

test("an extension that asked for no events stays blocked while invocations pass", async () => {
  await using api = await RuntimeApiDouble.start();
  const id = await registered(api, []);
  const blocked = expect(eventNext(api, id)).rejects.toThrow();
  await api.waitFor(({ extensions }) => extensions[0]?.state === "Ready");
  api.invoke({});
  expect((await invocationNext(api)).status).toBe(200);
  expect(api.extensions[0]?.state).toBe("Ready");
  expect((await eventNext(api, id)).body).toContain("Extension.InvalidExtensionState");
  api.dropConnections();
  await blocked;
});

test("an extension whose connection ended can ask for events again", async () => {
  await using api = await RuntimeApiDouble.start();
  const id = await registered(api, ["INVOKE"]);
  const fields = Object.entries({ Host: "a", ...id }).map(([name, value]) => `${name}: ${value}\r\n`);
  const { socket } = exchange(api.address, `GET ${extension}/event/next HTTP/1.1\r\n${fields.join("")}\r\n`);
  await api.waitFor(({ extensions }) => extensions[0]?.state === "Ready");
  socket.destroy();
  await api.waitFor(({ extensions }) => extensions[0]?.state === "Registered");
  const event = eventNext(api, id);
  api.invoke({});
  await invocationNext(api);
  expect((await event).status).toBe(200);
});

describe("identification", () => {
  test.each([
    ["no identifier", {}, "Extension.MissingExtensionIdentifier"],
    ["no UUID", { "Lambda-Extension-Identifier": "1" }, "Extension.InvalidExtensionIdentifier"],
    [
      "an unknown UUID",
      { "Lambda-Extension-Identifier": "00000000-0000-4000-8000-000000000000" },
      "Extension.UnknownExtensionIdentifier",
    ],
  ])("is refused with %s", async (_name, id, type) => {
    await using api = await RuntimeApiDouble.start();
    const answers = [
      await eventNext(api, id),
      await call(api.address, "POST", `${extension}/init/error`, { headers: { ...id, ...errorType } }),
      await call(api.address, "POST", `${extension}/exit/error`, { headers: { ...id, ...errorType } }),
    ];
    for (const { status, body } of answers) expect([status, JSON.parse(body).errorType]).toEqual([403, type]);
  });
});

test.each([
  ["init/error", "InitError"],
  ["exit/error", "ExitError"],
])("%s is recorded, needs an error type, and ends the extension", async (path, state) => {
  await using api = await RuntimeApiDouble.start();
  const id = await registered(api, []);
  const report = (headers: Record<string, string>, body: string) =>
    call(api.address, "POST", `${extension}/${path}`, { headers: { ...id, ...headers }, body });
  expect((await report({}, "{}")).body).toContain("Extension.MissingHeader");
  expect((await report(errorType, "first")).body).toBe('{"status":"OK"}\n');
  expect((await report(errorType, "second")).status).toBe(202);
  expect(api.extensions).toMatchObject([
    { state, error: { errorType: "Extension.Broken", body: Buffer.from("first") } },
  ]);
  expect((await eventNext(api, id)).body).toContain("Extension.InvalidExtensionState");
});
