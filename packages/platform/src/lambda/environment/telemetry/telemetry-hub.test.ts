import { createServer, type Server as HttpServer, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { Condition } from "../testing/condition.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { type TelemetryEvent, TelemetryHub, type TelemetryNotice } from "./telemetry-hub.ts";

/** A subscriber's end: it answers each batch when the test lets it. */
class Listener implements AsyncDisposable {
  readonly batches: TelemetryEvent[][] = [];
  readonly condition = new Condition();
  /** What a batch is answered; nothing holds it up. */
  status: number | undefined = 200;
  #held: ServerResponse[] = [];
  readonly server: HttpServer | Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: HttpServer | Server) {
    this.server = server;
    server.on("connection", (socket: Socket) => this.#sockets.add(socket));
  }

  static async http(): Promise<Listener> {
    const server = createServer(async (request, response) => {
      listener.batches.push(JSON.parse(await text(request)));
      if (listener.status === undefined) listener.#held.push(response);
      else response.writeHead(listener.status).end();
      listener.condition.notify();
    });
    const listener = new Listener(server);
    return listener.#listen();
  }

  /** Each line is a batch. */
  static async tcp(): Promise<Listener> {
    const server = createTcpServer((socket) => {
      let partial = "";
      socket.on("data", (bytes) => {
        const lines = (partial + bytes).split("\n");
        partial = lines.pop() ?? "";
        for (const line of lines) listener.batches.push([JSON.parse(line)]);
        listener.condition.notify();
      });
    });
    const listener = new Listener(server);
    return listener.#listen();
  }

  async #listen(): Promise<Listener> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Answers what it has held up. */
  release(): void {
    this.status = 200;
    for (const response of this.#held) response.end();
    this.#held = [];
  }

  async count(count: number): Promise<void> {
    await this.condition.until(() => this.batches.length >= count);
  }

  get records(): unknown[] {
    return this.batches.flat().map(({ record }) => record);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

class Bench implements Disposable {
  readonly clock = new ManualClock();
  readonly notices: TelemetryNotice[] = [];
  readonly condition = new Condition();
  readonly hub = new TelemetryHub(this.clock, false, (notice) => {
    this.notices.push(notice);
    this.condition.notify();
  });

  subscribe(listener: Listener, changes: object = {}): string {
    const isTcp = "protocol" in changes;
    const answer = this.hub.subscribe(
      "hook",
      JSON.stringify({
        schemaVersion: "2022-07-01",
        types: ["platform", "function"],
        destination: isTcp
          ? { protocol: "TCP", port: listener.port }
          : { protocol: "HTTP", URI: `http://sandbox.localdomain:${listener.port}` },
        ...changes,
      }),
    );
    return answer.toString();
  }

  log(record: unknown, type: "function" | "extension" = "function"): void {
    this.hub.publish(type, { time: "2026-01-12T14:03:37.000Z", type, record });
  }

  [Symbol.dispose](): void {
    this.hub.close();
  }
}

describe("telemetry", () => {
  test("goes out in batches, when their time has come", async () => {
    await using listener = await Listener.http();
    using bench = new Bench();
    bench.log("before");
    expect(bench.subscribe(listener)).toMatch(/^HTTP\/1\.1 200 OK.*"OK"$/s);
    expect(bench.notices).toEqual([
      { type: "telemetrySubscription", name: "hook", types: ["platform", "function"] },
    ]);
    bench.log("one");
    bench.log("not asked for", "extension");
    bench.clock.advance(999);
    expect(listener.batches).toEqual([]);
    bench.clock.advance(1);
    await listener.count(1);
    bench.log("two");
    await bench.hub.flush();
    const event = { time: "2026-01-12T14:03:37.000Z", type: "function" };
    expect(listener.batches).toEqual([
      [
        { ...event, record: "before" },
        { ...event, record: "one" },
      ],
      [{ ...event, record: "two" }],
    ]);
  });

  test("goes over TCP as one line for each event", async () => {
    await using listener = await Listener.tcp();
    using bench = new Bench();
    bench.subscribe(listener, { protocol: "TCP" });
    bench.log("one\ntwo");
    bench.log("three");
    await bench.hub.flush();
    bench.log("four");
    await bench.hub.flush();
    await listener.count(3);
    expect(listener.records).toEqual(["one\ntwo", "three", "four"]);
  });

  test.each([
    { what: "events", buffering: { maxItems: 1_000 }, size: 10, count: 1_000 },
    { what: "bytes", buffering: { maxBytes: 262_144 }, size: 26_200, count: 10 },
  ])("goes out before its time when there are many $what", async ({ buffering, size, count }) => {
    await using listener = await Listener.http();
    using bench = new Bench();
    bench.subscribe(listener, { buffering });
    for (let index = 0; index < count; index++) bench.log("x".repeat(size));
    await listener.count(1);
    expect(listener.batches[0]).toHaveLength(count);
  });

  test("that a slow subscriber does not take is dropped above twice its buffer, and that is said", async () => {
    await using listener = await Listener.http();
    listener.status = undefined;
    using bench = new Bench();
    bench.subscribe(listener, { buffering: { maxItems: 1_000 } });
    for (let index = 0; index < 3_005; index++) bench.log("x");
    await listener.count(1);
    listener.release();
    await bench.condition.until(() => bench.notices.length > 1);
    expect(bench.notices[1]).toMatchObject({ type: "logsDropped", droppedRecords: 5 });
    await listener.count(2);
    expect(listener.batches.map(({ length }) => length)).toEqual([1_000, 2_000]);
  });

  test("is sent again to a subscriber that answers with an error, and is dropped after three more times", async () => {
    await using listener = await Listener.http();
    listener.status = 500;
    using bench = new Bench();
    bench.subscribe(listener);
    bench.log("x");
    void bench.hub.flush();
    for (const [index, delayMs] of [50, 200, 1_000].entries()) {
      await listener.count(index + 1);
      await bench.clock.timer(delayMs);
      bench.clock.advance(delayMs);
    }
    await bench.condition.until(() => bench.notices.length > 1);
    expect(listener.batches).toHaveLength(4);
    expect(bench.notices[1]).toMatchObject({
      type: "logsDropped",
      droppedRecords: 1,
      reason: expect.stringContaining("answered 500"),
    });
  });

  test.each([
    { schemaVersion: "2022-07-01", record: '{"level":"INFO"}' },
    { schemaVersion: "2022-12-13", record: { level: "INFO" } },
    { schemaVersion: "2025-01-29", record: { level: "INFO" } },
  ])("of version $schemaVersion has JSON lines as $record", async ({ schemaVersion, record }) => {
    await using listener = await Listener.http();
    using bench = new Bench();
    bench.subscribe(listener, { schemaVersion });
    bench.log('{"level":"INFO"}');
    bench.log("{text");
    await bench.hub.flush();
    expect(listener.records).toEqual([record, "{text"]);
  });

  test("can't be subscribed to wrongly, nor after Init", async () => {
    await using listener = await Listener.http();
    using bench = new Bench();
    expect(bench.subscribe(listener, { types: ["x"] })).toMatch(
      /^HTTP\/1\.1 400 .*"errorType":"ValidationError"/s,
    );
    bench.hub.closeSubscriptions();
    expect(bench.hub.isListening).toBe(false);
    expect(bench.subscribe(listener)).toMatch(
      /^HTTP\/1\.1 403 .*"errorType":"Telemetry.SubscriptionClosed"/s,
    );
  });
});
