import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiClient } from "../testing/api-client.ts";
import { Condition } from "../testing/condition.ts";
import { encodeAnswer } from "./answer.ts";
import {
  type Delivery,
  type ErrorReport,
  encodeNextAnswer,
  type ResponseHead,
  type ResponseOutcome,
} from "./delivery.ts";
import type { ExtensionFailure } from "./extensions-api.ts";
import { RuntimeApiServer } from "./runtime-api-server.ts";

const base = "/2018-06-01/runtime";
const accepted = { status: 202, body: '{"status":"OK"}\n' };

function refusal(errorType: string, errorMessage: string): string {
  return `${JSON.stringify({ errorMessage, errorType })}\n`;
}

/** An invocation that keeps what the server tells of it. */
class TestDelivery implements Delivery {
  readonly requestId = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
  readonly invocationId = "attempt-1";
  readonly deadlineMs = 1_542_409_706_888;
  readonly invokedFunctionArn = "arn:aws:lambda:us-east-2:123456789012:function:custom-runtime";
  readonly traceId = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";
  responseLimitBytes = 6_291_556;
  head: ResponseHead | undefined;
  text = "";
  outcome: ResponseOutcome | undefined;
  wait: Promise<void> | undefined;
  readonly condition = new Condition();

  get answer(): Buffer {
    return encodeNextAnswer(
      {
        ...this.identity,
        traceId: this.traceId,
        clientContext: '{"custom":\n{"näme":"1"}}',
        cognitoIdentity: undefined,
        tenantId: "",
        contentType: "application/json",
      },
      Buffer.from('{"a":1}'),
    );
  }

  get identity() {
    const { requestId, invocationId, deadlineMs, invokedFunctionArn } = this;
    return { requestId, invocationId, deadlineMs, invokedFunctionArn };
  }

  get path(): string {
    return `${base}/invocation/${this.requestId}`;
  }

  begin(head: ResponseHead): void {
    this.head = head;
    this.condition.notify();
  }

  data(bytes: Buffer): Promise<void> | undefined {
    this.text += bytes.toString();
    this.condition.notify();
    return this.wait;
  }

  end(outcome: ResponseOutcome): void {
    if (this.outcome !== undefined) throw new Error("ended twice");
    this.outcome = outcome;
    this.condition.notify();
  }
}

let api: RuntimeApiServer;
let idle = 0;
let initError: ErrorReport | undefined;
let extensionFailure: ExtensionFailure | undefined;
let events: Condition;
const clients: ApiClient[] = [];

beforeEach(async () => {
  idle = 0;
  initError = undefined;
  extensionFailure = undefined;
  events = new Condition();
  api = await RuntimeApiServer.start({
    function: {
      functionName: "greet",
      functionVersion: "3",
      handler: "index.handler",
      accountId: "123456789012",
    },
    randomId: randomUUID,
    maxConcurrency: 1,
    telemetry: { subscribe: (name, body) => encodeAnswer(200, "", `${name} ${body}`) },
    listener: {
      idle() {
        idle++;
        events.notify();
      },
      runtimeDone() {},
      left() {},
      initError(error) {
        initError = error;
        events.notify();
      },
      extensionFailure(failure) {
        extensionFailure = failure;
        events.notify();
      },
    },
  });
});

afterEach(async () => {
  api.close();
  for (const client of clients.splice(0)) client.socket.destroy();
  await api.empty();
});

function connectClient(): ApiClient {
  const client = new ApiClient(api.address);
  clients.push(client);
  return client;
}

/** A client whose call to `next` was answered with an event. */
async function running(
  delivery = new TestDelivery(),
): Promise<{ client: ApiClient; delivery: TestDelivery }> {
  const client = connectClient();
  client.send("GET", `${base}/invocation/next`);
  await events.until(() => idle > 0);
  api.deliver(delivery);
  await client.answer();
  return { client, delivery };
}

/** Waits until the runtime is known to wait once more. */
async function waiting(client: ApiClient): Promise<void> {
  const before = idle;
  client.send("GET", `${base}/invocation/next`);
  await events.until(() => idle > before);
}

describe("next", () => {
  test("blocks until there is an event, and describes it", async () => {
    const client = connectClient();
    client.send("GET", `${base}/invocation/next`);
    await events.until(() => idle === 1);
    const delivery = new TestDelivery();
    api.deliver(delivery);
    expect(await client.answer()).toEqual({
      status: 200,
      headers: {
        "content-type": "application/json",
        "content-length": "7",
        "lambda-runtime-aws-request-id": delivery.requestId,
        "lambda-runtime-deadline-ms": "1542409706888",
        "lambda-runtime-invoked-function-arn": delivery.invokedFunctionArn,
        "lambda-runtime-trace-id": delivery.traceId,
        // UTF-8, and in one line.
        "lambda-runtime-client-context": Buffer.from('{"custom": {"näme":"1"}}').toString("latin1"),
        "lambda-runtime-invocation-id": "attempt-1",
      },
      body: '{"a":1}',
    });
  });

  test("delivers the same event again before it was answered", async () => {
    const { client } = await running();
    expect(await client.request("GET", `${base}/invocation/next`)).toMatchObject({
      status: 200,
      body: '{"a":1}',
    });
  });

  test("gives no event to a connection that has ended", async () => {
    const gone = connectClient();
    gone.send("GET", `${base}/invocation/next`);
    await events.until(() => idle === 1);
    gone.socket.end();
    await gone.closed();
    const delivery = new TestDelivery();
    api.deliver(delivery);
    const client = connectClient();
    expect(await client.request("GET", `${base}/invocation/next`)).toMatchObject({
      status: 200,
      body: '{"a":1}',
    });
  });

  test("is refused after init/error", async () => {
    const client = connectClient();
    await client.request("POST", `${base}/init/error`, {}, "{}");
    expect(await client.request("GET", `${base}/invocation/next`)).toMatchObject({
      status: 403,
      headers: { "content-type": "application/json" },
      body: refusal(
        "InvalidStateTransition",
        "State transition from InitError to Ready failed for runtime. Error: State transition is not allowed",
      ),
    });
  });
});

describe("a response", () => {
  test("is passed on as a whole when it has a length", async () => {
    const { client, delivery } = await running();
    expect(
      await client.request("POST", `${delivery.path}/response`, { "Content-Type": "text/plain" }, "hello"),
    ).toMatchObject(accepted);
    expect(delivery).toMatchObject({
      head: { contentType: "text/plain", isStreaming: false },
      text: "hello",
      outcome: { kind: "complete", error: undefined },
    });
    await waiting(client);
    expect(idle).toBe(2);
  });

  test("is passed on chunk by chunk as it comes, with the error in its trailers", async () => {
    const { client, delivery } = await running();
    client.write(
      `POST ${delivery.path}/response HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTrailer: Lambda-Runtime-Function-Error-Type\r\nTrailer: Lambda-Runtime-Function-Error-Body\r\n\r\n`,
    );
    await delivery.condition.until(() => delivery.head);
    expect(delivery.head).toEqual({ contentType: undefined, isStreaming: true });
    client.write("5\r\nhello\r\n");
    await delivery.condition.until(() => delivery.text === "hello");
    const body = Buffer.from('{"errorMessage":"ö"}').toString("base64");
    client.write(
      `0\r\nLambda-Runtime-Function-Error-Type: InvalidOperationException\r\nLambda-Runtime-Function-Error-Body: ${body}\r\nLambda-Other: x\r\n\r\n`,
    );
    expect(await client.answer()).toMatchObject(accepted);
    expect(delivery.outcome).toEqual({
      kind: "complete",
      error: { errorType: "InvalidOperationException", errorBody: '{"errorMessage":"ö"}' },
    });
  });

  test.each([
    { what: "that were not announced", announced: "X", body: "e30=", error: undefined },
    {
      what: "with a body that is not base64",
      announced: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
      body: "Requires base64",
      error: { errorType: "Boom", errorBody: "" },
    },
  ])("with trailers $what", async ({ announced, body, error }) => {
    const { client, delivery } = await running();
    client.write(
      `POST ${delivery.path}/response HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: ${announced}\r\n\r\n0\r\nLambda-Runtime-Function-Error-Type: Boom\r\nLambda-Runtime-Function-Error-Body: ${body}\r\n\r\n`,
    );
    await client.answer();
    expect(delivery.outcome).toEqual({ kind: "complete", error });
  });

  test("waits for whoever takes it", async () => {
    const { client, delivery } = await running();
    const gate = Promise.withResolvers<void>();
    delivery.wait = gate.promise;
    client.send("POST", `${delivery.path}/response`, {}, "a".repeat(100));
    await delivery.condition.until(() => delivery.text !== "");
    expect(delivery.outcome).toBeUndefined();
    delivery.wait = undefined;
    gate.resolve();
    expect(await client.answer()).toMatchObject(accepted);
    expect(delivery.text).toHaveLength(100);
  });

  test("is refused when there is no such invocation", async () => {
    const { client } = await running();
    const unknown = await client.request("POST", `${base}/invocation/another/response`, {}, "ignored");
    expect(unknown).toMatchObject({ status: 400, body: refusal("InvalidRequestID", "Invalid request ID") });
  });

  test("is refused for another attempt of the invocation", async () => {
    const { client, delivery } = await running();
    const headers = { "Lambda-Runtime-Invocation-Id": "attempt-0" };
    const late = await client.request("POST", `${delivery.path}/response`, headers, "late");
    expect(late).toMatchObject({
      status: 400,
      body: expect.stringContaining('"errorType":"InvalidInvocationId"'),
    });
    const right = { "Lambda-Runtime-Invocation-Id": "attempt-1" };
    expect(await client.request("POST", `${delivery.path}/response`, right, "now")).toMatchObject(accepted);
  });

  test("is refused the second time, and after next as unknown", async () => {
    const { client, delivery } = await running();
    await client.request("POST", `${delivery.path}/response`, {}, "one");
    expect(await client.request("POST", `${delivery.path}/response`, {}, "two")).toMatchObject({
      status: 403,
      body: refusal(
        "InvalidStateTransition",
        "State transition from RuntimeResponseSentState to InvocationResponse failed for runtime. Error: State transition is not allowed",
      ),
    });
    expect(delivery.text).toBe("one");
    await waiting(client);
    const other = connectClient();
    expect(await other.request("POST", `${delivery.path}/response`, {}, "three")).toMatchObject({
      status: 400,
      body: refusal("InvalidRequestID", "Invalid request ID"),
    });
  });

  test("is refused while another one is under way", async () => {
    const { client, delivery } = await running();
    client.write(`POST ${delivery.path}/response HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`);
    await delivery.condition.until(() => delivery.head);
    const other = connectClient();
    expect(await other.request("POST", `${delivery.path}/error`, {}, "{}")).toMatchObject({
      status: 403,
      body: refusal(
        "InvalidStateTransition",
        "State transition from InvocationResponse to InvocationErrorResponse failed for runtime. Error: State transition is not allowed",
      ),
    });
  });

  test("with an unknown mode is refused, and nothing else can be answered", async () => {
    const { client, delivery } = await running();
    const headers = { "Lambda-Runtime-Function-Response-Mode": "Streaming" };
    expect(await client.request("POST", `${delivery.path}/response`, headers, "x")).toMatchObject({
      status: 400,
      body: refusal("InvalidFunctionResponseMode", "Invalid function response mode"),
    });
    expect(delivery.outcome).toEqual({ kind: "invalid-mode" });
    expect(await client.request("POST", `${delivery.path}/response`, {}, "x")).toMatchObject({ status: 403 });
    expect(await client.request("GET", `${base}/invocation/next`)).toMatchObject({
      status: 403,
      body: expect.stringContaining("from InvocationResponse to Ready failed"),
    });
  });

  describe("of which the limit is 10 bytes", () => {
    const tooLarge = {
      status: 413,
      body: refusal("RequestEntityTooLarge", "Exceeded maximum allowed payload size (10 bytes)."),
    };
    async function limited() {
      const delivery = new TestDelivery();
      delivery.responseLimitBytes = 10;
      return running(delivery);
    }

    test("may have 10 bytes", async () => {
      const { client, delivery } = await limited();
      expect(await client.request("POST", `${delivery.path}/response`, {}, "0123456789")).toMatchObject(
        accepted,
      );
    });

    test("is refused at its head when it announces more", async () => {
      const { client, delivery } = await limited();
      client.write(`POST ${delivery.path}/response HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n`);
      expect(await client.answer()).toMatchObject(tooLarge);
      expect(delivery.outcome).toEqual({ kind: "too-large" });
      // What still comes is read, and the connection lives on.
      client.write("0123456789X");
      await waiting(client);
    });

    test("is refused as soon as it is longer", async () => {
      const { client, delivery } = await limited();
      client.write(
        `POST ${delivery.path}/response HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nghijkl\r\n`,
      );
      expect(await client.answer()).toMatchObject(tooLarge);
      expect(delivery.text).toBe("abcdef");
      client.write("3\r\nxyz\r\n0\r\n\r\n");
      await waiting(client);
    });
  });

  test.each([
    { what: "the connection ends", rest: "", end: true },
    { what: "a chunk is malformed", rest: "Z\r\n", end: false },
  ])("is truncated when $what", async ({ rest, end }) => {
    const { client, delivery } = await running();
    client.write(
      `POST ${delivery.path}/response HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n${rest}`,
    );
    if (end) client.socket.end();
    expect(await client.answer()).toMatchObject({
      status: 400,
      body: refusal("TruncatedHTTPRequest", "HTTP request detected as truncated"),
    });
    expect(delivery).toMatchObject({ text: "hello", outcome: { kind: "truncated" } });
    await client.closed();
    // The invocation counts as answered.
    await waiting(connectClient());
  });

  test("is truncated when its connection breaks", async () => {
    const { client, delivery } = await running();
    client.write(`POST ${delivery.path}/response HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhel`);
    await delivery.condition.until(() => delivery.text);
    client.socket.resetAndDestroy();
    await delivery.condition.until(() => delivery.outcome);
    expect(delivery.outcome).toEqual({ kind: "truncated" });
  });

  test("is asked for when the runtime expects that", async () => {
    const { client, delivery } = await running();
    client.write(
      `POST ${delivery.path}/response HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`,
    );
    expect(await client.answer()).toMatchObject({ status: 100 });
    client.write("ok");
    expect(await client.answer()).toMatchObject(accepted);
  });

  test("may come on one connection together with the call to next", async () => {
    const { client, delivery } = await running();
    client.write(
      `POST ${delivery.path}/response HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nokGET ${base}/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n`,
    );
    expect(await client.answer()).toMatchObject(accepted);
    await events.until(() => idle === 2);
  });
});

describe("an error", () => {
  const document = '{"errorMessage":"no","errorType":"Oops","stackTrace":[]}';

  test.each([
    { header: "Runtime.NoSuchHandler", errorType: "Runtime.NoSuchHandler" },
    { header: "Function.Oops", errorType: "Function.Oops" },
    { header: "Function.oops1", errorType: "Function.Unknown" },
    { header: "unhandled", errorType: "Runtime.Unknown" },
  ])(
    "of type $header counts as $errorType, and its body is passed on as it is",
    async ({ header, errorType }) => {
      const { client, delivery } = await running();
      const headers = { "Lambda-Runtime-Function-Error-Type": header, "Content-Type": "application/x" };
      expect(await client.request("POST", `${delivery.path}/error`, headers, "anything")).toMatchObject(
        accepted,
      );
      expect(delivery.outcome).toEqual({
        kind: "error",
        errorType,
        payload: Buffer.from("anything"),
        contentType: "application/x",
      });
    },
  );

  test("with its cause is passed on without it", async () => {
    const { client, delivery } = await running();
    const headers = { "Content-Type": "application/vnd.aws.lambda.error.cause+json" };
    const body = JSON.stringify({ ...JSON.parse(document), errorCause: { exceptions: [] } });
    await client.request("POST", `${delivery.path}/error`, headers, body);
    expect(delivery.outcome).toMatchObject({
      payload: Buffer.from(document),
      contentType: "application/json",
    });
  });

  test("is refused once a response has been sent", async () => {
    const { client, delivery } = await running();
    await client.request("POST", `${delivery.path}/response`, {}, "x");
    expect(await client.request("POST", `${delivery.path}/error`, {}, "{}")).toMatchObject({ status: 403 });
  });

  test("of the Init phase is taken before the first next only", async () => {
    const client = connectClient();
    const headers = { "Lambda-Runtime-Function-Error-Type": "Runtime.ImportModuleError" };
    expect(await client.request("POST", `${base}/init/error`, headers, document)).toMatchObject(accepted);
    expect(initError).toMatchObject({
      errorType: "Runtime.ImportModuleError",
      payload: Buffer.from(document),
    });
  });

  test("of the Init phase is refused later", async () => {
    const { client } = await running();
    expect(await client.request("POST", `${base}/init/error`, {}, document)).toMatchObject({
      status: 403,
      body: refusal(
        "InvalidStateTransition",
        "State transition from Running to InitError failed for runtime. Error: State transition is not allowed",
      ),
    });
    expect(initError).toBeUndefined();
  });
});

describe("an internal extension", () => {
  const extension = "/2020-01-01/extension";

  async function register(client: ApiClient, body: string, headers: Record<string, string> = {}) {
    return client.request(
      "POST",
      `${extension}/register`,
      { "Lambda-Extension-Name": "hook", ...headers },
      body,
    );
  }

  test("registers, and holds up Init until it waits for events", async () => {
    const client = connectClient();
    const registered = await register(client, '{"events":[]}', {
      "Lambda-Extension-Accept-Feature": "accountId",
    });
    expect(registered).toMatchObject({
      status: 200,
      body: '{"functionName":"greet","functionVersion":"3","handler":"index.handler","accountId":"123456789012"}\n',
    });
    expect(api.extensions.count).toBe(1);
    const runtime = connectClient();
    runtime.send("GET", `${base}/invocation/next`);
    // The answer to this comes after that call was seen.
    await connectClient().request("GET", "/2018-06-01/ping");
    expect(idle).toBe(0);
    client.send("GET", `${extension}/event/next`, {
      "Lambda-Extension-Identifier": registered.headers["lambda-extension-identifier"] ?? "",
    });
    await events.until(() => idle === 1);
  });

  test("that asked for it is told of an invocation, which is over when both ask for more", async () => {
    const client = connectClient();
    const registered = await register(client, '{"events":["INVOKE"]}');
    const headers = {
      "Lambda-Extension-Identifier": registered.headers["lambda-extension-identifier"] ?? "",
    };
    client.send("GET", `${extension}/event/next`, headers);
    const { client: runtime, delivery } = await running();
    const event = await client.answer();
    expect(event.headers["lambda-extension-event-identifier"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(event.body)).toEqual({
      eventType: "INVOKE",
      deadlineMs: delivery.deadlineMs,
      requestId: delivery.requestId,
      invokedFunctionArn: delivery.invokedFunctionArn,
      tracing: { type: "X-Amzn-Trace-Id", value: delivery.traceId },
    });
    await runtime.request("POST", `${delivery.path}/response`, {}, "x");
    runtime.send("GET", `${base}/invocation/next`);
    await connectClient().request("GET", "/2018-06-01/ping");
    expect(idle).toBe(1);
    client.send("GET", `${extension}/event/next`, headers);
    await events.until(() => idle === 2);
  });

  test.each([
    {
      what: "without a name",
      headers: { "Lambda-Extension-Name": "" },
      body: "{}",
      type: "Extension.InvalidExtensionName",
    },
    { what: "with a body that is not JSON", headers: {}, body: "x", type: "InvalidRequestFormat" },
    {
      what: "for SHUTDOWN",
      headers: {},
      body: '{"events":["SHUTDOWN"]}',
      type: "Extension.InvalidEventType",
    },
  ])("$what is not registered", async ({ headers, body, type }) => {
    expect(await register(connectClient(), body, headers)).toMatchObject({
      status: 403,
      body: expect.stringContaining(`"errorType":"${type}"`),
    });
    expect(api.extensions.count).toBe(0);
  });

  test("can't register twice, nor after Init", async () => {
    const client = connectClient();
    const { headers } = await register(client, "{}");
    expect(await register(client, "{}")).toMatchObject({
      status: 403,
      body: expect.stringContaining("Extension.InvalidExtensionState"),
    });
    connectClient().send("GET", `${base}/invocation/next`);
    client.send("GET", `${extension}/event/next`, {
      "Lambda-Extension-Identifier": headers["lambda-extension-identifier"] ?? "",
    });
    await events.until(() => idle === 1);
    expect(await register(connectClient(), "{}", { "Lambda-Extension-Name": "late" })).toMatchObject({
      status: 403,
      body: expect.stringContaining("Extension.RegistrationClosed"),
    });
  });

  test.each([
    { what: "no identifier", id: "", type: "Extension.MissingExtensionIdentifier" },
    { what: "a malformed one", id: "x", type: "Extension.InvalidExtensionIdentifier" },
    { what: "an unknown one", id: randomUUID(), type: "Extension.UnknownExtensionIdentifier" },
  ])("with $what is refused", async ({ id, type }) => {
    const answer = await connectClient().request("GET", `${extension}/event/next`, {
      "Lambda-Extension-Identifier": id,
    });
    expect(answer).toMatchObject({ status: 403, body: expect.stringContaining(type) });
  });

  test("subscribes to telemetry by its name", async () => {
    const client = connectClient();
    const path = "/2022-07-01/telemetry";
    expect(await client.request("PUT", path, {}, "{}")).toMatchObject({
      status: 403,
      body: expect.stringContaining("Extension.MissingExtensionIdentifier"),
    });
    const { headers } = await register(client, "{}");
    const identifier = { "Lambda-Extension-Identifier": headers["lambda-extension-identifier"] ?? "" };
    expect(await client.request("PUT", path, identifier, "{}")).toMatchObject({
      status: 200,
      body: "hook {}",
    });
  });

  test("can report that it failed", async () => {
    const client = connectClient();
    const { headers } = await register(client, "{}");
    const identifier = { "Lambda-Extension-Identifier": headers["lambda-extension-identifier"] ?? "" };
    expect(await client.request("POST", `${extension}/init/error`, identifier, "{}")).toMatchObject({
      status: 403,
    });
    const typed = { ...identifier, "Lambda-Extension-Function-Error-Type": "Extension.Oops" };
    expect(await client.request("POST", `${extension}/init/error`, typed, "{}")).toMatchObject(accepted);
    expect(extensionFailure).toMatchObject({ errorType: "Extension.InitError" });
  });
});

describe("any other request", () => {
  test.each([
    { method: "GET", path: "/2018-06-01/runtime/restore/next" },
    { method: "GET", path: "/2022-07-01/telemetry" },
    { method: "PUT", path: "/2020-08-15/logs" },
    { method: "GET", path: "/2021-04-23/credentials" },
    { method: "POST", path: "/2018-06-01/runtime/invocation/next" },
    { method: "GET", path: "/2020-01-01/extension/register" },
    { method: "GET", path: "/" },
  ])("$method $path is not found", async ({ method, path }) => {
    expect(await connectClient().request(method, path)).toMatchObject({
      status: 404,
      body: "404 page not found\n",
    });
  });

  test("to ping is answered", async () => {
    expect(await connectClient().request("GET", "/2018-06-01/ping")).toMatchObject({
      status: 200,
      body: "pong",
    });
  });

  test("that is not HTTP is told so, and its connection closed", async () => {
    const client = connectClient();
    client.write("hello\r\n\r\n");
    expect(await client.answer()).toMatchObject({ status: 400, headers: { connection: "close" } });
    await client.closed();
  });

  test("that asks for it has its connection closed", async () => {
    const client = connectClient();
    expect(await client.request("GET", "/2018-06-01/ping", { Connection: "close" })).toMatchObject({
      status: 200,
    });
    await client.closed();
  });
});
