import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { ApiClient } from "../testing/api-client.ts";
import { Condition } from "../testing/condition.ts";
import { encodeAnswer } from "./answer.ts";
import { openPort } from "./connection-source.ts";
import type { Delivery, ResponseOutcome } from "./delivery.ts";
import { RuntimeApiServer } from "./runtime-api-server.ts";

// https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2

const base = "/2018-06-01/runtime";
const next = `GET ${base}/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n`;
const ping = "GET /2018-06-01/ping HTTP/1.1\r\nHost: a\r\n\r\n";
const head = (path: string) => `POST ${base}/invocation/${path} HTTP/1.1\r\nHost: a\r\n`;
const accepted = { status: 202, body: '{"status":"OK"}\n' };

/** An invocation, and what came of it. */
class TestDelivery implements Delivery {
  readonly requestId = randomUUID();
  readonly invocationId = randomUUID();
  readonly deadlineMs = 0;
  readonly invokedFunctionArn = "arn:a";
  readonly traceId = undefined;
  readonly responseLimitBytes = 6_291_556;
  readonly condition = new Condition();
  event = "event";
  text = "";
  wait: Promise<void> | undefined;
  outcome: ResponseOutcome | undefined;

  get answer(): Buffer {
    return encodeAnswer(200, `Lambda-Runtime-Aws-Request-Id: ${this.requestId}\r\n`, Buffer.from(this.event));
  }

  begin(): void {}

  data(bytes: Buffer): Promise<void> | undefined {
    this.text += bytes.toString();
    this.condition.notify();
    return this.wait;
  }

  end(outcome: ResponseOutcome): void {
    this.outcome = outcome;
  }

  /** The runtime's whole response, in the form that it has on the wire. */
  response(body = "done", path = `${this.requestId}/response`): string {
    return `${head(path)}Content-Length: ${body.length}\r\n\r\n${body}`;
  }

  chunkedResponse(): string {
    const chunks = "4\r\ndone\r\n0\r\nKind: a\r\n\r\n";
    return `${head(`${this.requestId}/response`)}Transfer-Encoding: chunked\r\n\r\n${chunks}`;
  }
}

/** A connection, and what comes in each read. */
class ReadingClient extends ApiClient {
  readonly reads: string[] = [];

  constructor(address: string) {
    super(address);
    this.socket.on("data", (bytes: Buffer) => this.reads.push(bytes.toString("latin1")));
  }

  /** The status of each answer that came. */
  get statuses(): number[] {
    return Array.from(this.reads.join("").matchAll(/HTTP\/1\.1 (\d+) /g), ([, status]) => Number(status));
  }
}

/** A Runtime API that knows that its runtime takes several answers at once. */
class Bench implements AsyncDisposable {
  readonly api: RuntimeApiServer;
  readonly #events: Condition;
  readonly #counts: { idle: number };
  readonly #clients: ReadingClient[] = [];

  private constructor(api: RuntimeApiServer, events: Condition, counts: { idle: number }) {
    this.api = api;
    this.#events = events;
    this.#counts = counts;
  }

  /** @param onIdle - is called when the runtime waits for an event. */
  static async open({ maxConcurrency = 1, onIdle = (_api: RuntimeApiServer) => {} } = {}): Promise<Bench> {
    const events = new Condition();
    const counts = { idle: 0 };
    const api = await RuntimeApiServer.start({
      function: { functionName: "greet", functionVersion: "3", handler: "a.b", accountId: "123456789012" },
      randomId: randomUUID,
      maxConcurrency,
      pipelines: true,
      telemetry: { subscribe: () => encodeAnswer(200, "", "") },
      listener: {
        idle() {
          counts.idle++;
          events.notify();
          onIdle(api);
        },
        runtimeDone() {},
        initError() {},
        extensionFailure() {},
        left() {},
      },
    });
    return new Bench(api, events, counts);
  }

  connect(): ReadingClient {
    const client = new ReadingClient(this.api.address);
    this.#clients.push(client);
    return client;
  }

  /** A connection that was given an event. */
  async running(delivery = new TestDelivery()): Promise<{ client: ReadingClient; delivery: TestDelivery }> {
    const client = this.connect();
    client.write(next);
    await this.idle();
    this.api.deliver(delivery);
    await client.answer();
    client.reads.splice(0);
    return { client, delivery };
  }

  /** Resolves once the runtime waits for an event, the first time or again. */
  async idle(): Promise<void> {
    await this.#events.until(() => this.#counts.idle > 0);
    this.#counts.idle = 0;
  }

  /** Whatever was sent before has come in by then. */
  async roundTrip(): Promise<void> {
    await this.connect().request("GET", "/2018-06-01/ping");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.api.close();
    for (const client of this.#clients) client.socket.destroy();
    await this.api.empty();
  }
}

describe("the answer to a response that the call for the next event follows", () => {
  test.each([
    { what: "a response", sent: (delivery: TestDelivery) => delivery.response() },
    { what: "an empty response", sent: (delivery: TestDelivery) => delivery.response("") },
    {
      what: "a response with chunks and trailers",
      sent: (delivery: TestDelivery) => delivery.chunkedResponse(),
    },
    {
      what: "an error",
      sent: (delivery: TestDelivery) => delivery.response("{}", `${delivery.requestId}/error`),
    },
  ])("comes with the next event, in one piece: $what", async ({ sent }) => {
    await using bench = await Bench.open();
    let { client, delivery } = await bench.running();
    for (let round = 0; round < 3; round++) {
      client.write(sent(delivery) + next);
      await bench.idle();
      expect(delivery.outcome).toBeDefined();
      await bench.roundTrip();
      expect(client.reads).toEqual([]);
      delivery = new TestDelivery();
      bench.api.deliver(delivery);
      expect(await client.answer()).toMatchObject(accepted);
      expect(await client.answer()).toMatchObject({
        status: 200,
        headers: { "lambda-runtime-aws-request-id": delivery.requestId },
        body: "event",
      });
      expect(client.reads.splice(0)).toHaveLength(1);
    }
  });

  test("comes with an event that is there at once", async () => {
    let following: TestDelivery | undefined;
    await using bench = await Bench.open({
      onIdle: (api) => {
        if (following !== undefined) api.deliver(following);
      },
    });
    const { client, delivery } = await bench.running();
    following = new TestDelivery();
    client.write(delivery.response() + next);
    expect(await client.answer()).toMatchObject(accepted);
    expect((await client.answer()).headers["lambda-runtime-aws-request-id"]).toBe(following.requestId);
    expect(client.reads).toHaveLength(1);
  });

  test("comes with an event of a megabyte, after a response of a megabyte that is slowly taken", async () => {
    await using bench = await Bench.open();
    const { client, delivery } = await bench.running();
    const taken = Promise.withResolvers<void>();
    delivery.wait = taken.promise;
    client.write(delivery.response("a".repeat(1_000_000)) + next);
    await delivery.condition.until(() => delivery.text !== "");
    await bench.roundTrip();
    delivery.wait = undefined;
    taken.resolve();
    await bench.idle();
    expect(delivery.text).toHaveLength(1_000_000);
    const following = new TestDelivery();
    following.event = "b".repeat(1_000_000);
    bench.api.deliver(following);
    expect(await client.answer()).toMatchObject(accepted);
    expect((await client.answer()).body).toBe(following.event);
  });

  test("comes with it when the last of the response was waited for", async () => {
    await using bench = await Bench.open();
    const { client, delivery } = await bench.running();
    const taken = Promise.withResolvers<void>();
    delivery.wait = taken.promise;
    client.write(delivery.response() + next);
    await delivery.condition.until(() => delivery.text === "done");
    expect(delivery.outcome).toBeUndefined();
    taken.resolve();
    await bench.idle();
    await bench.roundTrip();
    expect(client.reads).toEqual([]);
    bench.api.deliver(new TestDelivery());
    await client.answer();
    await client.answer();
    expect(client.reads).toHaveLength(1);
  });

  test("comes with it when only the beginning of the call has come", async () => {
    await using bench = await Bench.open();
    const { client, delivery } = await bench.running();
    client.write(delivery.response() + next.slice(0, 10));
    await bench.roundTrip();
    expect(client.reads).toEqual([]);
    client.write(next.slice(10));
    await bench.idle();
    bench.api.deliver(new TestDelivery());
    await client.answer();
    await client.answer();
    expect(client.statuses).toEqual([202, 200]);
    expect(client.reads).toHaveLength(1);
  });

  test("comes with that of any other call", async () => {
    await using bench = await Bench.open();
    const { client, delivery } = await bench.running();
    client.write(delivery.response() + ping + next);
    await client.answer();
    expect(await client.answer()).toMatchObject({ status: 200, body: "pong" });
    expect(client.reads).toHaveLength(1);
    await bench.idle();
  });

  test("comes at once when the call comes later", async () => {
    await using bench = await Bench.open();
    const { client, delivery } = await bench.running();
    client.write(delivery.response());
    expect(await client.answer()).toMatchObject(accepted);
    client.write(next);
    await bench.idle();
  });

  test("comes at once when the connection is to be closed", async () => {
    await using bench = await Bench.open();
    const { client, delivery } = await bench.running();
    client.write(delivery.response().replace("Host: a", "Host: a\r\nConnection: close") + next);
    expect(await client.answer()).toMatchObject(accepted);
    await client.closed();
    expect(client.statuses).toEqual([202]);
  });

  test.each([
    { what: "the whole call", sent: next },
    { what: "half of the call", sent: next.slice(0, 10) },
  ])("comes before the end when the runtime ends its side after $what", async ({ sent }) => {
    await using bench = await Bench.open();
    const { client, delivery } = await bench.running();
    client.write(delivery.response() + sent);
    client.socket.end();
    expect(await client.answer()).toMatchObject(accepted);
    await client.closed();
    expect(client.statuses).toEqual([202]);
    // No event was lost on it.
    const following = new TestDelivery();
    bench.api.deliver(following);
    const other = bench.connect();
    other.write(next);
    expect((await other.answer()).headers["lambda-runtime-aws-request-id"]).toBe(following.requestId);
  });

  test("comes with the refusal of what is no HTTP", async () => {
    await using bench = await Bench.open();
    const { client, delivery } = await bench.running();
    client.write(`${delivery.response()}hello\r\n\r\n`);
    expect(await client.answer()).toMatchObject(accepted);
    expect(await client.answer()).toMatchObject({ status: 400, headers: { connection: "close" } });
    await client.closed();
  });

  test("comes with the wish for the body of the next call", async () => {
    await using bench = await Bench.open();
    const { client, delivery } = await bench.running();
    const call = "POST /2020-01-01/extension/register HTTP/1.1\r\nHost: a\r\n";
    client.write(`${delivery.response()}${call}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`);
    expect(await client.answer()).toMatchObject(accepted);
    expect(await client.answer()).toMatchObject({ status: 100 });
  });
});

describe("a refusal that the call for the next event follows", () => {
  test.each([
    { what: "with a body", body: "done" },
    { what: "without one", body: "" },
  ])("comes before the event, for a response $what", async ({ body }) => {
    await using bench = await Bench.open();
    const { client, delivery } = await bench.running();
    client.write(delivery.response(body, "another/response") + next);
    expect(await client.answer()).toMatchObject({
      status: 400,
      body: expect.stringContaining("InvalidRequestID"),
    });
    // It still has to be answered.
    expect((await client.answer()).headers["lambda-runtime-aws-request-id"]).toBe(delivery.requestId);
    client.write(delivery.response(body) + next);
    await bench.idle();
    bench.api.deliver(new TestDelivery());
    expect(await client.answer()).toMatchObject(accepted);
    expect(await client.answer()).toMatchObject({ status: 200 });
  });

  test("comes with the event when the time was up before the response had ended", async () => {
    await using bench = await Bench.open({ maxConcurrency: 2 });
    const { client, delivery } = await bench.running();
    const response = delivery.response();
    client.write(response.slice(0, -1));
    await delivery.condition.until(() => delivery.text !== "");
    bench.api.expire(delivery);
    client.write(response.slice(-1) + next);
    await bench.idle();
    await bench.roundTrip();
    expect(client.reads).toEqual([]);
    bench.api.deliver(new TestDelivery());
    expect(await client.answer()).toMatchObject({ status: 410 });
    expect(await client.answer()).toMatchObject({ status: 200 });
  });
});

test("each connection of a runtime with several invocations gets its own answers", async () => {
  const maxConcurrency = 4;
  await using bench = await Bench.open({ maxConcurrency });
  const slots: { client: ReadingClient; delivery: TestDelivery }[] = [];
  for (let count = 0; count < maxConcurrency; count++) slots.push(await bench.running());
  for (const { client, delivery } of slots) {
    client.write(delivery.response() + next);
    await bench.idle();
  }
  await bench.roundTrip();
  for (const { client } of slots) expect(client.reads).toEqual([]);
  for (const { client } of slots) {
    const following = new TestDelivery();
    bench.api.deliver(following);
    expect(await client.answer()).toMatchObject(accepted);
    expect((await client.answer()).headers["lambda-runtime-aws-request-id"]).toBe(following.requestId);
    expect(client.reads).toHaveLength(1);
  }
});

describe.skipIf(process.platform !== "linux")("on Linux there is a Unix socket besides", () => {
  test("that serves as the port does, until the Runtime API is closed", async () => {
    await using bench = await Bench.open();
    const path = `\0${bench.api.unixName}`;
    const socket = connect({ path });
    const [, [answer]] = await Promise.all([once(socket, "connect"), answerTo(socket, ping)]);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*pong$/);
    const delivery = new TestDelivery();
    const event = answerTo(socket, next);
    await bench.idle();
    bench.api.deliver(delivery);
    expect((await event)[0]).toContain(delivery.requestId);
    const closed = once(socket, "close");
    bench.api.close();
    await closed;
    const [error] = await once(connect({ path }), "error");
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
  });

  test("and none for a runtime that is told of the port alone", async () => {
    const source = await openPort(1, false);
    expect(source.unixName).toBeUndefined();
    source.accept(() => {})();
  });
});

async function answerTo(socket: Socket, request: string): Promise<string[]> {
  socket.setEncoding("latin1").write(request);
  return (await once(socket, "data")) as string[];
}
