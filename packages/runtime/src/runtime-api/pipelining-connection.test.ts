import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { FunctionProcess } from "../../test/function-process.ts";
import { answer, callsIn, eventAnswer, RawRuntimeApi } from "../../test/raw-runtime-api.ts";

// https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2

const accepted = answer(202, { status: "OK" });
const pipelining = { SLUICE_PIPELINING: "tcp" };

/** A function before a Runtime API that the test plays, and that was asked for the first event. */
class Bench implements AsyncDisposable {
  readonly api: RawRuntimeApi;
  readonly process: FunctionProcess;
  readonly connection: Awaited<ReturnType<RawRuntimeApi["connection"]>>;

  private constructor(api: RawRuntimeApi, process: FunctionProcess, connection: Bench["connection"]) {
    this.api = api;
    this.process = process;
    this.connection = connection;
  }

  static async open(
    name: string,
    environment: Readonly<Record<string, string>> = pipelining,
  ): Promise<Bench> {
    const api = await RawRuntimeApi.start();
    const process = await FunctionProcess.start({
      handler: `pipelining.${name}`,
      environment: { ...environment, AWS_LAMBDA_RUNTIME_API: api.address },
    });
    const connection = await api.connection(0);
    expect(callsIn(await connection.read(0))).toEqual(["next"]);
    return new Bench(api, process, connection);
  }

  /**
   * Lets the function go on that waits at its gate: what the runtime was about to send has been read by then.
   * @param before - looks at what the runtime has done while the function waits.
   */
  async passGate(before = () => {}): Promise<void> {
    const gate = await this.api.connection(1);
    before();
    gate.end();
    await gate.everything();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    await this.api[Symbol.asyncDispose]();
  }
}

describe.concurrent("a response and the call for the next event", () => {
  test("arrive together, and are answered together, as often as there are events", async () => {
    await using bench = await Bench.open("returns");
    const { connection } = bench;
    connection.write(eventAnswer("event-1", {}));
    for (let count = 1; count <= 50; count++) {
      const sent = await connection.read(count);
      expect(callsIn(sent)).toEqual([`event-${count}/response`, "next"]);
      expect(sent).toMatch(/^POST [^"]*\r\n\r\n"done"GET [^"]*\r\n\r\n$/);
      connection.write(accepted, eventAnswer(`event-${count + 1}`, {}));
    }
  });

  test.skipIf(process.platform !== "linux")("arrive at a Unix socket, where there is one", async () => {
    const name = `sluice-test-${randomUUID()}`;
    await using api = await RawRuntimeApi.startUnix(name);
    await using _function = await FunctionProcess.start({
      handler: "pipelining.returns",
      environment: { SLUICE_PIPELINING: `unix:${name}`, AWS_LAMBDA_RUNTIME_API: api.address },
    });
    const connection = await api.connection(0);
    expect(await connection.read(0)).toMatch(/^GET [^"]*\r\nHost: 127\.0\.0\.1:1\r\n/);
    connection.write(eventAnswer("a", {}));
    expect(callsIn(await connection.read(1))).toEqual(["a/response", "next"]);
  });

  test("arrive together from a callback function", async () => {
    await using bench = await Bench.open("callsBack");
    bench.connection.write(eventAnswer("a", {}));
    expect(callsIn(await bench.connection.read(1))).toEqual(["a/response", "next"]);
  });

  test("arrive from a function that has replaced setImmediate", async () => {
    await using bench = await Bench.open("returns");
    bench.connection.write(eventAnswer("a", { deed: "replaces setImmediate" }));
    expect(callsIn(await bench.connection.read(1))).toEqual(["a/response", "next"]);
  });

  test("may be answered one after the other", async () => {
    await using bench = await Bench.open("returns");
    bench.connection.write(eventAnswer("a", {}));
    await bench.connection.read(1);
    bench.connection.write(accepted);
    bench.connection.write(eventAnswer("b", {}));
    expect(callsIn(await bench.connection.read(2))).toEqual(["b/response", "next"]);
  });

  test("don't arrive together unless the platform reads ahead", async () => {
    await using bench = await Bench.open("returns", {});
    bench.connection.write(eventAnswer("a", { deed: "passes the gate" }));
    expect(callsIn(await bench.connection.read(1))).toEqual(["a/response"]);
    await bench.passGate();
    expect(bench.connection.reads).toHaveLength(2);
    bench.connection.write(accepted);
    expect(callsIn(await bench.connection.read(2))).toEqual(["next"]);
  });

  test("don't arrive together when it is an error", async () => {
    await using bench = await Bench.open("fails");
    bench.connection.write(eventAnswer("a", {}));
    expect(callsIn(await bench.connection.read(1))).toEqual(["a/error"]);
    bench.connection.write(accepted);
    expect(callsIn(await bench.connection.read(2))).toEqual(["next"]);
  });

  test.each([
    { what: "a background handler's", name: "responds", end: '"done"' },
    { what: "streamed", name: "streams", end: "\r\n0\r\n\r\n" },
  ])("don't arrive together when it is $what: the handler works on", async ({ name, end }) => {
    await using bench = await Bench.open(name);
    const { connection } = bench;
    connection.write(eventAnswer("a", {}));
    await connection.until((received) => received.endsWith(end));
    connection.write(accepted);
    await bench.passGate(() => {
      expect(callsIn(connection.reads.join(""))).toEqual(["next", "a/response"]);
    });
    await connection.until((received) => callsIn(received).length === 3);
    expect(callsIn(connection.reads.at(-1) ?? "")).toEqual(["next"]);
  });
});

describe.concurrent("a response that was not taken", () => {
  const refusals = [
    { status: 400, errorType: "InvalidRequestID" },
    { status: 413, errorType: "RequestEntityTooLarge" },
  ];

  test.each(refusals)("is logged, and the event that came with the $status is handled", async (refused) => {
    await using bench = await Bench.open("returns");
    const { connection, process } = bench;
    connection.write(eventAnswer("a", {}));
    await connection.read(1);
    connection.write(answer(refused.status, refused), eventAnswer("b", {}));
    expect(callsIn(await connection.read(2))).toEqual(["b/response", "next"]);
    connection.write(accepted, eventAnswer("c", {}));
    expect(callsIn(await connection.read(3))).toEqual(["c/response", "next"]);
    const output = await process.stop();
    expect(output.match(/\tERROR\t/g)).toHaveLength(1);
    expect(output).toMatch(new RegExp(`\\tERROR\\t.* ${refused.status} .*${refused.errorType}`));
  });

  test.each(refusals)(
    "is logged, and the event that comes long after the $status is handled",
    async (refused) => {
      await using bench = await Bench.open("returns");
      const { connection, process } = bench;
      connection.write(eventAnswer("a", { deed: "passes the gate" }));
      await connection.read(1);
      connection.write(answer(refused.status, refused));
      await bench.passGate();
      connection.write(eventAnswer("b", {}));
      expect(callsIn(await connection.read(2))).toEqual(["b/response", "next"]);
      expect((await process.stop()).match(/\tERROR\t/g)).toHaveLength(1);
    },
  );

  test("ends the process if the answer is a 500, though no event comes", async () => {
    await using bench = await Bench.open("returns");
    bench.connection.write(eventAnswer("a", {}));
    await bench.connection.read(1);
    bench.connection.write(answer(500, { errorType: "InternalServerError" }));
    expect(await bench.process.exited).toBe(1);
    expect(bench.process.output).toMatch(/\tFATAL\t.*The Runtime API answered 500 to response/);
    expect(callsIn(await bench.connection.everything())).toEqual(["next", "a/response", "next"]);
  });

  test("is sent again when the connection breaks, and then the next event is asked for", async () => {
    await using bench = await Bench.open("returns");
    bench.connection.write(eventAnswer("a", {}));
    await bench.connection.read(1);
    bench.connection.destroy();
    const second = await bench.api.connection(1);
    expect(await second.read(0)).toMatch(/\/a\/response [^"]*"done"$/);
    second.write(accepted);
    expect(callsIn(await second.read(1))).toEqual(["next"]);
    second.write(eventAnswer("b", {}));
    expect(callsIn(await second.read(2))).toEqual(["b/response", "next"]);
    second.write(accepted, eventAnswer("c", {}));
    expect(callsIn(await second.read(3))).toEqual(["c/response", "next"]);
  });

  test("is given up when the second connection breaks as well", async () => {
    await using bench = await Bench.open("returns");
    bench.connection.write(eventAnswer("a", {}));
    await bench.connection.read(1);
    bench.connection.destroy();
    const second = await bench.api.connection(1);
    await second.read(0);
    second.destroy();
    const third = await bench.api.connection(2);
    expect(callsIn(await third.read(0))).toEqual(["next"]);
    third.write(eventAnswer("b", {}));
    expect(callsIn(await third.read(1))).toEqual(["b/response", "next"]);
  });
});

test("a response that was taken is not sent again when the connection breaks", async () => {
  await using bench = await Bench.open("returns");
  bench.connection.write(eventAnswer("a", {}));
  await bench.connection.read(1);
  bench.connection.write(accepted);
  bench.connection.end();
  const second = await bench.api.connection(1);
  expect(callsIn(await second.read(0))).toEqual(["next"]);
  second.write(eventAnswer("b", {}));
  expect(callsIn(await second.read(1))).toEqual(["b/response", "next"]);
});

describe.concurrent("a process that ends as its function returns has answered, and asks for no event", () => {
  test.each([
    { name: "returns", deed: "rejects a promise", code: 128 },
    { name: "callsBack", deed: "rejects a promise", code: 128 },
    { name: "returns", deed: "rejects a promise in a microtask", code: 128 },
    { name: "hasReturned", deed: "rejects a promise", code: 128 },
    { name: "returns", deed: "rejects a promise in a tick", code: 128 },
    { name: "returns", deed: "throws in a tick", code: 129 },
    { name: "callsBack", deed: "throws in a tick", code: 129 },
    { name: "returns", deed: "throws in an immediate", code: 129 },
    { name: "returns", deed: "exits in a tick", code: 3 },
    { name: "hasReturned", deed: "exits in a tick", code: 3 },
    { name: "returns", deed: "exits in an immediate", code: 3 },
  ])("$name, and $deed: $code", async ({ name, deed, code }) => {
    await using bench = await Bench.open(name);
    bench.connection.write(eventAnswer("a", { deed }));
    expect(await bench.process.exited).toBe(code);
    const sent = await bench.connection.everything();
    expect(callsIn(sent)).toEqual(["next", "a/response"]);
    expect(sent).toMatch(/"done"$/);
    if (code !== 3) expect(bench.process.output).toMatch(/\ta\tFATAL\t.*RangeError: boom/);
  });
});

describe("a function", () => {
  test("does not see that the platform reads ahead", async () => {
    await using process = await FunctionProcess.start({
      handler: "pipelining.variables",
      environment: pipelining,
    });
    const variables = JSON.parse((await process.invoke({})).body.toString());
    expect(variables).toContain("AWS_LAMBDA_RUNTIME_API");
    expect(variables).not.toContain("SLUICE_PIPELINING");
  });

  const length = 500_000;
  test.each([
    { what: "a large response", name: "text", event: { length }, bytes: length + 2 },
    { what: "a large response of bytes", name: "bytes", event: { length }, bytes: length },
    { what: "an empty response", name: "bytes", event: { length: 0 }, bytes: 0 },
    { what: "a large event", name: "measures", event: { text: "ä".repeat(length) }, bytes: 6 },
  ])("that is invoked again and again may have $what", async ({ name, event, bytes }) => {
    await using process = await FunctionProcess.start({
      handler: `pipelining.${name}`,
      environment: pipelining,
    });
    const results = await Promise.all(Array.from({ length: 5 }, () => process.invoke(event)));
    for (const { kind, body, complete } of results) {
      expect({ kind, bytes: body.length, complete }).toEqual({ kind: "response", bytes, complete: true });
    }
    await process.api.waitForNext();
    expect(process.api).toMatchObject({ connections: 1, protocolErrors: [] });
  });

  test("gets a large event that comes with the answer to a large response", async () => {
    await using bench = await Bench.open("text");
    const { connection } = bench;
    connection.write(eventAnswer("a", { length }));
    await connection.until((sent) => callsIn(sent).length === 3);
    connection.write(accepted, eventAnswer("b", { length, padding: "ä".repeat(length) }));
    const sent = await connection.until((sent) => callsIn(sent).length === 5);
    expect(callsIn(sent)).toEqual(["next", "a/response", "next", "b/response", "next"]);
    expect(sent.match(/"a+"/g)?.map((text) => text.length)).toEqual([length + 2, length + 2]);
  });

  test("may have as many invocations at once as the platform wants", async () => {
    const maxConcurrency = 16;
    await using process = await FunctionProcess.start({
      handler: "pipelining.measures",
      environment: pipelining,
      maxConcurrency,
    });
    const texts = Array.from({ length: 10 * maxConcurrency }, (_, index) => "a".repeat(index));
    const results = await Promise.all(texts.map((text) => process.invoke({ text })));
    expect(results.map(({ body }) => Number(body.toString()))).toEqual(texts.map((text) => text.length));
    await process.api.waitForNext(maxConcurrency);
    expect(process.api).toMatchObject({ connections: maxConcurrency, protocolErrors: [] });
    // Node.js warns of a leak on the way.
    expect(await process.stop()).toBe("");
  });
});
