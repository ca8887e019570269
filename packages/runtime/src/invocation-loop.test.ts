import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fault, FaultRoute } from "../test/fault.ts";
import { type ServedFunction, serveFunction } from "../test/served-function.ts";
import { buffered } from "./handlers/buffered.ts";
import { streaming } from "./handlers/streaming.ts";

// What the Runtime API may answer: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

const accepted = 'HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n';

/** How the API may treat one call, and what the log must say about it. */
const faults: Record<string, [Fault, RegExp]> = {
  "a 400": [
    { status: 400, errorType: "InvalidRequestID", errorMessage: "Invalid request ID" },
    /The Runtime API answered 400 to (next|response|error): .*InvalidRequestID/,
  ],
  "a 403": [
    { status: 403, errorType: "InvalidStateTransition", errorMessage: "not allowed" },
    /The Runtime API answered 403 to (next|response|error): .*InvalidStateTransition/,
  ],
  "a 413": [
    { status: 413, errorType: "RequestEntityTooLarge", errorMessage: "Exceeded" },
    /The Runtime API answered 413 to (next|response|error): .*RequestEntityTooLarge/,
  ],
  "a 503 without a body": [
    { raw: "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n" },
    /The Runtime API answered 503 to (next|response|error)\.$/,
  ],
  "a redirect": [
    { raw: "HTTP/1.1 302 Found\r\nLocation: http://localhost/\r\nContent-Length: 0\r\n\r\n" },
    /The Runtime API answered 302 to/,
  ],
  // The double has taken the first of two answers when the connection breaks, so that it refuses the second.
  "a connection that closes without an answer": [
    { close: "before-response" },
    /closed the connection|lost|403/,
  ],
  "an answer that breaks off in its head": [{ close: "mid-headers" }, /middle of an answer/],
  "an answer that breaks off in its body": [{ close: "mid-body" }, /middle of an answer/],
  "no HTTP": [{ raw: "next please\r\n\r\n" }, /malformed|HTTP/i],
  "bytes at random": [{ raw: randomBytes(500), end: true }, /malformed|middle of an answer|HTTP/i],
  "another version of HTTP": [{ raw: accepted.replace("1.1", "2.0") }, /HTTP/],
  "a header line without a colon": [
    { raw: accepted.replace("Content-Length: 16", "Content-Length 16") },
    /header/i,
  ],
  "a header without a name": [{ raw: accepted.replace("Content-Length", "") }, /header/i],
  "a header that is folded": [{ raw: accepted.replace("Content", "A: b\r\n c: d\r\nContent") }, /header/i],
  "a length that is none": [{ raw: accepted.replace("16", "-1") }, /Content-Length/],
  "two lengths": [{ raw: accepted.replace("Content", "Content-Length: 1\r\nContent") }, /Content-Length/],
  "two framings": [
    { raw: accepted.replace("Content", "Transfer-Encoding: chunked\r\nContent") },
    /Transfer-Encoding/,
  ],
  "a chunk size that is none": [
    { raw: "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\nsixteen\r\n" },
    /chunk/,
  ],
  "a head without an end": [
    { raw: `HTTP/1.1 202 Accepted\r\nA: ${"b".repeat(70_000)}`, end: true },
    /head|too large|more than/i,
  ],
};

/** The calls, each with the event that leads to it. */
const calls: Record<string, [FaultRoute, object]> = {
  "the call for the next event": ["next", { kind: "buffered" }],
  "a buffered response": ["response", { kind: "buffered" }],
  "an invocation error": ["error", { kind: "fails" }],
};
const streamCalls: Record<string, [FaultRoute, object]> = {
  "the call for the next event": ["next", {}],
  "a streamed response": ["response", {}],
  "a response with error trailers": ["response", { fails: true }],
};

const answering = buffered(async (event: { kind: string }) => {
  if (event.kind === "fails") throw new RangeError("boom");
  return "fine";
});
const answeringInParts = streaming(async (event: { fails?: boolean }, response) => {
  await response.write("first ");
  if (event.fails) throw new RangeError("boom");
  await response.writeAndFinish("second");
});

describe.each([
  ["buffered", answering, calls],
  ["streaming", answeringInParts, streamCalls],
] as const)("a %s handler", (_, handler, callsOfKind) => {
  describe.each(Object.entries(callsOfKind))("when %s", (_, [route, event]) => {
    test.each(Object.entries(faults))(
      "is answered with %s, logs it and goes on",
      async (_, [fault, text]) => {
        await using served = await serveFunction(handler);
        served.api.failNext(route, fault);
        const first = served.api.invoke(event);
        await served.line(text);
        expect(served.lines.filter((line) => text.test(line))).toEqual([
          expect.stringMatching(/^[^\t]+\t[^\t]+\tERROR\t/),
        ]);
        // Whatever the API made of the call, it has the whole answer now, at the latest from its second delivery.
        expect(await first.result).toMatchObject({ complete: true });
        const second = await served.api.invoke({ kind: "buffered" }).result;
        expect(second).toMatchObject({ kind: "response", complete: true, errorType: undefined });
      },
    );
  });
});

describe("a connection", () => {
  const invokeAll = async ({ api }: ServedFunction, count: number) => {
    for (let index = 0; index < count; index++) {
      const { body } = await api.invoke({ kind: "buffered" }).result;
      expect(body.toString()).toBe('"fine"');
    }
  };

  test("that the API announces to close is followed by another one, without a word", async () => {
    await using served = await serveFunction(answering);
    served.api.failNext("error", { raw: accepted.replace("\r\n", "\r\nConnection: close\r\n"), end: true });
    // The scripted answer takes the API's place, so the event comes again.
    expect(await served.api.invoke({ kind: "fails" }).result).toMatchObject({ kind: "error" });
    await invokeAll(served, 2);
    expect(served.api.connections).toBe(2);
    expect(served.lines.filter((line) => !line.includes("Invoke Error"))).toEqual([]);
  });

  test("that breaks while the runtime waits is made again, however often", async () => {
    await using served = await serveFunction(answering);
    for (let count = 1; count <= 12; count++) {
      await served.api.waitForNext();
      served.api.dropConnections();
      await served.api.waitFor(({ connections }) => connections > count);
      // Ten failures in a row would end the process.
      await invokeAll(served, 1);
    }
    expect(served.lines).toHaveLength(12);
  });

  test("that carries bytes nobody asked for is given up", async () => {
    await using served = await serveFunction(answering);
    served.api.failNext("error", { raw: `${accepted}${accepted}` });
    await served.api.invoke({ kind: "fails" }).result;
    await invokeAll(served, 1);
    expect(served.api.connections).toBe(2);
  });
});

describe("an event", () => {
  const delivered = (header: string) =>
    `HTTP/1.1 200 OK\r\nLambda-Runtime-Deadline-Ms: 1\r\n${header}Content-Length: 2\r\n\r\n{}`;

  test.each([
    ["no request ID", "", /no request id/],
    ["an empty request ID", "Lambda-Runtime-Aws-Request-Id:\r\n", /no request id/],
    [
      "a request ID that would leave the path",
      "Lambda-Runtime-Aws-Request-Id: ../../init/error\r\n",
      /malformed request id/,
    ],
    ["a request ID with a space", "Lambda-Runtime-Aws-Request-Id: a HTTP/1.1\r\n", /malformed request id/],
    [
      "two request IDs",
      "Lambda-Runtime-Aws-Request-Id: a\r\nLambda-Runtime-Aws-Request-Id: b\r\n",
      /malformed request id/,
    ],
  ])("with %s can't be answered, and is logged", async (_, header, text) => {
    await using served = await serveFunction(answering);
    served.api.failNext("next", { raw: delivered(header) });
    await served.line(text);
    expect((await served.api.invoke({ kind: "buffered" }).result).kind).toBe("response");
    expect(served.api.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  test.each([
    ["is missing", { omitHeaders: ["Lambda-Runtime-Deadline-Ms"] }],
    ["is no number", { headers: { "Lambda-Runtime-Deadline-Ms": "soon" } }],
    ["is empty", { headers: { "Lambda-Runtime-Deadline-Ms": "" } }],
  ])("whose deadline %s is an invocation error", async (_, options) => {
    await using served = await serveFunction(answering);
    const result = await served.api.invoke({ kind: "buffered" }, options).result;
    expect(result).toMatchObject({ kind: "error", errorType: "Runtime.ApiProtocol" });
    expect(JSON.parse(result.body.toString()).errorMessage).toContain("deadline");
    expect((await served.api.invoke({ kind: "buffered" }).result).kind).toBe("response");
  });
});

test("whatever bytes come in place of an event, the loop goes on with the next one", async () => {
  const beginning = fc.constantFrom(
    "",
    "HTTP/1.1 ",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\r\nA: b\r\n\r\n",
  );
  await using served = await serveFunction(answering);
  await fc.assert(
    fc.asyncProperty(beginning, fc.uint8Array({ maxLength: 300 }), async (text, bytes) => {
      await served.api.waitForNext();
      served.api.failNext("next", { raw: Buffer.concat([Buffer.from(text), bytes]), end: true });
      const first = await served.api.invoke({ kind: "buffered" }).result;
      const second = await served.api.invoke({ kind: "buffered" }).result;
      expect([first.kind, second.kind]).toEqual(["response", "response"]);
    }),
    { numRuns: 40 },
  );
});

test("whatever goes wrong one after the other, each event is answered once and whole", async () => {
  const handler = streaming(async ({ end, bytes }: { end: string; bytes: number }, response) => {
    if (bytes > 0) await response.write("x".repeat(bytes));
    if (end === "throws") throw new RangeError("boom");
    if (end === "returns") return;
    await response.finish();
    if (end === "throws later") throw new RangeError("boom");
  });
  const step = fc.record({
    fault: fc.option(fc.constantFrom(...Object.values(faults).map(([fault]) => fault))),
    route: fc.constantFrom<FaultRoute>("next", "response", "error"),
    event: fc.record({
      bytes: fc.constantFrom(0, 1, 20_000, 200_000),
      end: fc.constantFrom("finishes", "throws", "throws later", "returns"),
    }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
      await using served = await serveFunction(handler);
      for (const { fault, route, event } of steps) {
        if (fault !== null) served.api.failNext(route, fault);
        const { complete, kind, body, trailers } = await served.api.invoke(event).result;
        const isError = event.end === "throws" || event.end === "returns";
        expect({ complete, kind, bytes: kind === "error" ? 0 : body.length }).toEqual({
          complete: true,
          kind: isError && event.bytes === 0 ? "error" : "response",
          bytes: event.bytes,
        });
        expect(Object.keys(trailers)).toHaveLength(isError && kind === "response" ? 2 : 0);
      }
    }),
    { numRuns: 25 },
  );
});

describe("the trace ID in _X_AMZN_TRACE_ID", () => {
  test("is that of the invocation under way, and of none if it has none", async () => {
    await using served = await serveFunction(
      buffered(async () => {
        await new Promise(setImmediate);
        return process.env["_X_AMZN_TRACE_ID"] ?? "none";
      }),
    );
    const invocations = [{ traceId: "Root=1-a;Sampled=1" }, {}, { traceId: "Root=1-b;Sampled=0" }].map(
      (options) => served.api.invoke({}, options).result,
    );
    const bodies = (await Promise.all(invocations)).map(({ body }) => JSON.parse(body.toString()));
    expect(bodies).toEqual(["Root=1-a;Sampled=1", "none", "Root=1-b;Sampled=0"]);
  });
});

describe("stopping", () => {
  test("lets the invocation under way be answered, and takes no other", async () => {
    const [begun, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await response.write("first ");
        begun.resolve();
        await mayEnd.promise;
        await response.writeAndFinish("second");
      }),
    );
    const invocation = served.api.invoke({});
    served.api.invoke({});
    await begun.promise;
    served.stop();
    mayEnd.resolve();
    expect((await invocation.result).body.toString()).toBe("first second");
    await served.running;
    expect(served.api.requests.filter(({ method }) => method === "GET")).toHaveLength(1);
  });

  test("is not forgotten between two attempts to get an event", async () => {
    await using served = await serveFunction(answering);
    served.api.failNext("next", { status: 403, errorType: "InvalidStateTransition", errorMessage: "no" });
    await served.line(/answered 403 to next/);
    served.stop();
    await served.running;
    expect(served.api.requests).toHaveLength(1);
  });

  test("does not wait for an event that may never come", async () => {
    await using served = await serveFunction(answering);
    await served.api.waitForNext();
    served.stop();
    await served.running;
    await served.api.waitFor(({ openConnections }) => openConnections === 0);
    expect(served.lines).toEqual([]);
  });
});
