import { readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { HttpPreludeDecoder, httpIntegrationContentType } from "@sluice/protocol";
import { Hono } from "hono";
import { streamText } from "hono/streaming";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { type ServedFunction, serveFunction } from "../../test/served-function.ts";
import { type WebContext, web } from "./web.ts";

type Handle = (request: Request, context: WebContext) => Response | Promise<Response>;

/** The event of a file in `test/events`. */
function eventOf(name: string): object {
  return JSON.parse(readFileSync(new URL(`../../test/events/${name}.json`, import.meta.url), "utf8"));
}

interface Answer {
  readonly mode: "stream" | "buffered";
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly cookies?: string[];
  readonly multiValueHeaders?: Record<string, string[]>;
  readonly body: Buffer;
}

/** Invokes a function, and returns what a front door makes of its response in either form. */
async function answerTo(served: ServedFunction, event: object): Promise<Answer> {
  const { kind, headers, body, complete, trailers } = await served.api.invoke(event).result;
  expect({ kind, complete, trailers }).toEqual({ kind: "response", complete: true, trailers: {} });
  if (headers["lambda-runtime-function-response-mode"] === "streaming") {
    expect(headers["content-type"]).toBe(httpIntegrationContentType);
    const decoded = new HttpPreludeDecoder().push(body);
    if (decoded.kind !== "complete") throw new Error(`no prelude: ${body}`);
    return {
      mode: "stream",
      ...(decoded.prelude as Omit<Answer, "mode" | "body">),
      body: Buffer.from(decoded.rest),
    };
  }
  expect(headers["content-type"]).toBe("application/json");
  const { body: text, isBase64Encoded, ...prelude } = JSON.parse(body.toString());
  return { mode: "buffered", ...prelude, body: Buffer.from(text, isBase64Encoded ? "base64" : "utf8") };
}

const sources = [
  { source: "a REST API", name: "rest-post-text", mode: "stream", cookies: "multiValueHeaders" },
  { source: "a Function URL", name: "function-url-multipart", mode: "stream", cookies: "cookies" },
  { source: "an HTTP API (2.0)", name: "http-v2-post-form", mode: "buffered", cookies: "cookies" },
  { source: "an HTTP API (1.0)", name: "http-v1-get", mode: "buffered", cookies: "multiValueHeaders" },
] as const;

describe.each(sources)("behind $source", ({ name, mode, cookies }) => {
  test("the request comes from the event, and the response goes out", async () => {
    const seen: unknown[] = [];
    const handler = web(async (request, context) => {
      seen.push(new URL(request.url).pathname, await request.text(), context.event, context.requestId);
      const headers = new Headers({ "Content-Type": "text/plain", "X-Custom": "1" });
      headers.append("Set-Cookie", "a=1; Path=/");
      headers.append("Set-Cookie", "b=2");
      return new Response("grüße", { status: 201, headers });
    });
    await using served = await serveFunction(handler);
    const event = eventOf(name);
    const answer = await answerTo(served, event);
    const [path, body, seenEvent, requestId] = seen;
    const raw = event as { path?: string; rawPath?: string; body?: string; isBase64Encoded: boolean };
    expect(path).toBe(raw.rawPath ?? raw.path);
    expect(body).toBe(Buffer.from(raw.body ?? "", raw.isBase64Encoded ? "base64" : "utf8").toString());
    expect(seenEvent).toEqual(event);
    expect(requestId).toMatch(/^[\da-f-]{36}$/);
    expect(answer).toMatchObject({
      mode,
      statusCode: 201,
      headers: { "content-type": "text/plain", "x-custom": "1" },
      ...(cookies === "cookies"
        ? { cookies: ["a=1; Path=/", "b=2"] }
        : { multiValueHeaders: { "set-cookie": ["a=1; Path=/", "b=2"] } }),
    });
    expect(answer.headers).not.toHaveProperty("set-cookie");
    expect(answer.body.toString()).toBe("grüße");
  });

  test.each<[string, Handle, Partial<Answer>, string | Uint8Array]>([
    ["no body", () => new Response(null, { status: 204 }), { statusCode: 204 }, ""],
    ["an empty body", () => new Response(""), { statusCode: 200 }, ""],
    ["bytes", () => new Response(new Uint8Array([0, 255])), {}, new Uint8Array([0, 255])],
    ["JSON", () => Response.json({ a: 1 }), { headers: { "content-type": "application/json" } }, '{"a":1}'],
    ["a stream", () => new Response(ReadableStream.from([Buffer.from("a"), Buffer.from("b")])), {}, "ab"],
    ["a redirection", () => Response.redirect("https://a.example/", 307), { statusCode: 307 }, ""],
    ["a network error", () => Response.error(), { statusCode: 502 }, ""],
  ])("a response may have or be %s", async (_, handle, expected, body) => {
    await using served = await serveFunction(web(handle));
    const answer = await answerTo(served, eventOf(name));
    expect(answer).toMatchObject({ mode, ...expected });
    expect(answer.body.equals(Buffer.from(body as string))).toBe(true);
  });

  test("the mode can be chosen", async () => {
    for (const responseMode of ["stream", "buffered"] as const) {
      await using served = await serveFunction(web({ responseMode }, () => new Response("x")));
      expect(await answerTo(served, eventOf(name))).toMatchObject({ mode: responseMode, statusCode: 200 });
    }
  });

  test("an event that the schema refuses is a 400 that names the place, and never reaches the handler", async () => {
    const schema = z.object({
      requestContext: z.object({ authorizer: z.object({ role: z.literal("admin") }) }),
    });
    let calls = 0;
    const handler = web({ event: schema }, () => {
      calls++;
      return new Response("never");
    });
    await using served = await serveFunction(handler);
    const event = eventOf(name) as { requestContext: object };
    const wrong = { ...event, requestContext: { ...event.requestContext, authorizer: { role: 1 } } };
    const answer = await answerTo(served, wrong);
    expect(answer).toMatchObject({ mode, statusCode: 400, headers: { "content-type": "application/json" } });
    const { message, issues } = JSON.parse(answer.body.toString());
    expect(message).toContain("requestContext.authorizer.role: ");
    expect(issues).toEqual([{ path: "requestContext.authorizer.role", message: expect.any(String) }]);
    expect(calls).toBe(0);
  });

  test("what the schema makes of the event is the context's event", async () => {
    const schema = z.object({ requestContext: z.object({ accountId: z.string() }) });
    const handler = web(
      { event: schema.transform(({ requestContext }) => requestContext.accountId.length) },
      (_, context) => Response.json(context.event),
    );
    await using served = await serveFunction(handler);
    const event = eventOf(name) as { requestContext: { accountId: string } };
    const { body } = await answerTo(served, event);
    expect(Number(body.toString())).toBe(event.requestContext.accountId.length);
  });

  const broken = () =>
    new ReadableStream({
      pull: (controller) => controller.error(new RangeError("too far")),
    });
  test.each<[string, Handle, string]>([
    [
      "throws",
      () => {
        throw new RangeError("too far");
      },
      "RangeError",
    ],
    ["rejects", () => Promise.reject(new RangeError("too far")), "RangeError"],
    ["returns something else", (() => ({ statusCode: 200 })) as never, "TypeError"],
    ["returns nothing", (() => {}) as never, "TypeError"],
    [
      "returns a response that was read already",
      async () => {
        const response = new Response("x");
        await response.text();
        return response;
      },
      "TypeError",
    ],
    [
      "returns a response that is being read",
      () => {
        const response = new Response("x");
        response.body?.getReader();
        return response;
      },
      "TypeError",
    ],
  ])("a handler that %s is an invocation error", async (_, handle, errorType) => {
    await using served = await serveFunction(web(handle));
    const { kind, body } = await served.api.invoke(eventOf(name)).result;
    expect(kind).toBe("error");
    expect(JSON.parse(body.toString())).toMatchObject({ errorType });
    await served.line(new RegExp(`\\tERROR\\tInvoke Error\\s+${errorType}`));
  });

  test("a body that fails ends a stream with trailers, and is the error of a buffered one", async () => {
    await using served = await serveFunction(web(() => new Response(broken())));
    const result = await served.api.invoke(eventOf(name)).result;
    if (mode === "stream") {
      expect(result).toMatchObject({ kind: "response", complete: true, errorType: "RangeError" });
    } else {
      expect(result).toMatchObject({ kind: "error", errorType: "Function.RangeError" });
    }
  });
});

test("a stream leaves piece by piece: status and headers first, before there is a body", async () => {
  const gates = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  async function* body() {
    for (const [index, { promise }] of gates.entries()) {
      await promise;
      yield Buffer.from(`piece ${index}`);
    }
  }
  await using served = await serveFunction(web(() => new Response(ReadableStream.from(body()))));
  const invocation = served.api.invoke(eventOf("rest-get"));
  expect((await invocation.chunk(0)).bytes.toString()).toBe(
    '{"statusCode":200,"headers":{}}\0\0\0\0\0\0\0\0',
  );
  for (const [index, { resolve }] of gates.entries()) {
    resolve();
    expect((await invocation.chunk(index + 1)).bytes.toString()).toBe(`piece ${index}`);
  }
  expect(await invocation.result).toMatchObject({ complete: true });
});

test("a body that nobody can take any more is cancelled", async () => {
  const cancelled = Promise.withResolvers<unknown>();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from("x")),
    cancel: cancelled.resolve,
  });
  await using served = await serveFunction(web(() => new Response(body)));
  const invocation = served.api.invoke(eventOf("function-url-get"));
  await invocation.chunk(1);
  invocation.disconnect();
  expect(await cancelled.promise).toMatchObject({ code: "Runtime.ResponseClosed" });
  await served.line(/could not be delivered/);
});

test("a method that a Request can't have is answered with 405", async () => {
  await using served = await serveFunction(web(() => new Response("never")));
  const answer = await answerTo(served, eventOf("function-url-trace"));
  expect(answer.statusCode).toBe(405);
  expect(JSON.parse(answer.body.toString()).message).toContain('"TRACE"');
});

test.each([
  ["of a queue", JSON.stringify(eventOf("other-queue")), "Runtime.NotAnHttpEvent"],
  ["of a load balancer", JSON.stringify(eventOf("other-load-balancer")), "Runtime.NotAnHttpEvent"],
  ["that is null", "null", "Runtime.NotAnHttpEvent"],
  ["that is no JSON", "{", "Runtime.EventNotJson"],
])("an event %s is an invocation error", async (_, event, errorType) => {
  await using served = await serveFunction(web(() => new Response("never")));
  expect(await served.api.invoke(event).result).toMatchObject({ kind: "error", errorType });
});

test("the request's signal aborts shortly before the deadline", async () => {
  const handler = web(async (request) => {
    await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
    return new Response(request.signal.reason.name);
  });
  await using served = await serveFunction(handler, { runtime: { deadlineMarginMs: 29_990 } });
  expect((await answerTo(served, eventOf("function-url-get"))).body.toString()).toBe("TimeoutError");
});

test("the signal of a request that nobody else holds aborts too", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const waiting = Promise.withResolvers<void>();
  const handler = web(async ({ signal }) => {
    const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
    waiting.resolve();
    await aborted;
    return new Response("aborted");
  });
  await using served = await serveFunction(handler, { runtime: { deadlineMarginMs: 29_000 } });
  const answer = answerTo(served, eventOf("function-url-get"));
  await waiting.promise;
  // References live to the end of the turn in which they were made.
  await turn();
  collectGarbage();
  expect((await answer).body.toString()).toBe("aborted");
});

test("a framework's fetch is a handler", async () => {
  const app = new Hono();
  app.get("/orders/:id", (context) =>
    streamText(context, async (stream) => {
      await stream.write(`order ${context.req.param("id")}`);
      await stream.write(", shipped");
    }),
  );
  await using served = await serveFunction(web((request) => app.fetch(request)));
  const found = await answerTo(served, eventOf("rest-get"));
  expect([found.mode, found.statusCode, found.body.toString()]).toEqual(["stream", 200, "order 17, shipped"]);
  expect(await answerTo(served, eventOf("http-v2-get"))).toMatchObject({ mode: "buffered", statusCode: 404 });
});

test("a handler is still a function that can be called", async () => {
  const handler = web((request) => new Response(request.method));
  const response = await handler(new Request("https://a.example/", { method: "PUT" }), undefined as never);
  expect(await response.text()).toBe("PUT");
});
