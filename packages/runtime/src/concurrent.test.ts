import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Fault } from "../test/fault.ts";
import { serveFunction } from "../test/served-function.ts";
import type { LambdaContext } from "./context.ts";
import { streaming } from "./handlers/streaming.ts";
import { currentContext } from "./invocation-scope.ts";

// https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-execution-environment.html

const slots = 3;
beforeEach(() => {
  vi.stubEnv("AWS_LAMBDA_MAX_CONCURRENCY", String(slots));
  vi.stubEnv("AWS_LAMBDA_LOG_FORMAT", "JSON");
});

/** Holds whoever waits until the test opens it. */
class Gates {
  readonly #gates = new Map<string, PromiseWithResolvers<void>>();
  wait(name: string): Promise<void> {
    return this.#gate(name).promise;
  }
  open(name: string): void {
    this.#gate(name).resolve();
  }
  #gate(name: string): PromiseWithResolvers<void> {
    const gate = this.#gates.get(name) ?? Promise.withResolvers<void>();
    this.#gates.set(name, gate);
    return gate;
  }
}

interface Event {
  readonly name: string;
}

/** Writes its name twice; between the two it waits for the gate of that name. */
function serveGated(gates: Gates, between: (name: string, context: LambdaContext) => void = () => {}) {
  const handler = streaming(async ({ name }: Event, response, context) => {
    await response.write(`${name} `);
    await gates.wait(name);
    between(name, context);
    await response.writeAndFinish(name);
  });
  return serveFunction(handler, { api: { maxConcurrency: slots } });
}

describe("several invocations at once", () => {
  test("are as many as the variable says; the next one waits, and may overtake", async () => {
    const gates = new Gates();
    await using served = await serveGated(gates);
    await served.api.waitForNext(slots);
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => served.api.invoke({ name }));
    for (const invocation of [a, b, c]) await invocation?.chunk(0);
    expect(served.api.requests.filter(({ path }) => path.endsWith("/next"))).toHaveLength(slots);
    gates.open("b");
    expect((await b?.result)?.body.toString()).toBe("b b");
    gates.open("d");
    expect((await d?.result)?.body.toString()).toBe("d d");
    gates.open("a");
    gates.open("c");
    expect((await c?.result)?.body.toString()).toBe("c c");
    expect((await a?.result)?.body.toString()).toBe("a a");
    expect(served.api.connections).toBe(slots);
  });

  test("each have their own context, wherever their code looks for it", async () => {
    const gates = new Gates();
    const seen: Record<string, unknown> = {};
    await using served = await serveGated(gates, (name, context) => {
      const later = currentContext();
      seen[name] = [later === context, later?.traceId, process.env["_X_AMZN_TRACE_ID"]];
      console.log("from %s", name);
      context.logger.warn("to %s", name);
    });
    const names = ["a", "b", "c"];
    const invocations = names.map((name) =>
      served.api.invoke(
        { name },
        { requestId: `id-${name}`, tenantId: `of-${name}`, traceId: `Root=${name}` },
      ),
    );
    for (const invocation of invocations) await invocation.chunk(0);
    // The last one that began is the first to go on.
    for (const name of names.toReversed()) {
      gates.open(name);
      await invocations[names.indexOf(name)]?.result;
    }
    expect(seen).toEqual({
      a: [true, "Root=a", undefined],
      b: [true, "Root=b", undefined],
      c: [true, "Root=c", undefined],
    });
    const records = served.lines.map((line) => JSON.parse(line));
    expect(records.map(({ requestId, tenantId, message }) => [requestId, tenantId, message])).toEqual(
      names.toReversed().flatMap((name) => [
        [`id-${name}`, `of-${name}`, `from ${name}`],
        [`id-${name}`, `of-${name}`, `to ${name}`],
      ]),
    );
    expect(currentContext()).toBeUndefined();
  });

  test.each<[string, Fault, RegExp]>([
    ["a 403", { status: 403, errorType: "InvalidStateTransition", errorMessage: "no" }, /403/],
    ["a broken connection", { close: "mid-headers" }, /middle of an answer/],
    ["garbage", { raw: "garbage\r\n\r\n" }, /malformed/],
  ])("don't notice when one of them gets %s", async (_, fault, text) => {
    const gates = new Gates();
    await using served = await serveGated(gates);
    const [a, b] = ["a", "b"].map((name) => served.api.invoke({ name }, { requestId: `id-${name}` }));
    await a?.chunk(0);
    await b?.chunk(0);
    served.api.failNext("response", fault);
    // The fault is for the next response that begins: that of c.
    const c = served.api.invoke({ name: "c" }, { requestId: "id-c" });
    gates.open("c");
    expect(JSON.parse(await served.line(text))).toMatchObject({ level: "ERROR", requestId: "id-c" });
    gates.open("a");
    gates.open("b");
    expect((await a?.result)?.body.toString()).toBe("a a");
    expect((await b?.result)?.body.toString()).toBe("b b");
    await served.api.waitForNext(slots);
    void c;
  });

  test("are left alone when another one answers too late", async () => {
    const gates = new Gates();
    await using served = await serveGated(gates);
    const late = served.api.invoke({ name: "late" }, { requestId: "id-late", deadlineMs: Date.now() - 1 });
    const other = served.api.invoke({ name: "other" });
    await other.chunk(0);
    gates.open("late");
    expect(JSON.parse(await served.line(/410/))).toMatchObject({
      requestId: "id-late",
      message: expect.stringMatching(/could not be delivered.*InvokeTimeout/),
    });
    expect(await late.result).toMatchObject({ errorType: "Sandbox.Timedout" });
    gates.open("other");
    expect((await other.result).body.toString()).toBe("other other");
  });

  test("are all answered before the runtime stops", async () => {
    const gates = new Gates();
    await using served = await serveGated(gates);
    const invocations = ["a", "b"].map((name) => served.api.invoke({ name }));
    for (const invocation of invocations) await invocation.chunk(0);
    served.stop();
    gates.open("a");
    gates.open("b");
    const results = await Promise.all(invocations.map(({ result }) => result));
    expect(results.map(({ body }) => body.toString())).toEqual(["a a", "b b"]);
    await served.running;
    expect(served.lines).toEqual([]);
  });
});
