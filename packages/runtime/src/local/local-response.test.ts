import { describe, expect, test } from "vitest";
import { call, exchange } from "../../test/api-call.ts";
import { LocalFunction } from "../../test/local-function.ts";
import { buffered } from "../handlers/buffered.ts";
import { streaming } from "../handlers/streaming.ts";
import type { ResponseStreamWriter } from "../response-stream.ts";
import { sse } from "../server-sent-events.ts";

const nuls = "\0".repeat(8);
const integration = "application/vnd.awslambda.http-integration-response";

type Handle = (event: unknown, response: ResponseStreamWriter) => Promise<void>;

describe("a streamed answer", () => {
  test("has the status and headers of the prelude before there is a body, and each piece when it is written", async () => {
    const gates = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
    const handler = streaming(async (_event, response) => {
      await response.writeStatusAndHeaders({
        statusCode: 418,
        headers: { "Content-Type": "text/plain", "X-Custom": "é" },
        cookies: ["a=1", "b=2"],
      });
      for (const [index, { promise }] of gates.entries()) {
        await promise;
        await response.write(`piece ${index}`);
      }
      await response.finish();
    });
    await using served = await LocalFunction.start(handler);
    const answer = await served.invoke({});
    expect(answer.status).toBe(418);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "text/plain",
      "x-custom": "é",
      "x-amz-executed-version": "$LATEST",
    });
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    const body = answer.body?.getReader();
    for (const [index, { resolve }] of gates.entries()) {
      resolve();
      expect(Buffer.from((await body?.read())?.value ?? "").toString()).toBe(`piece ${index}`);
    }
    expect((await body?.read())?.done).toBe(true);
  });

  test.each<[string, Handle, object]>([
    [
      "no prelude",
      async (_event, response) => {
        response.setContentType("text/csv");
        await response.writeAndFinish("a,b\n");
      },
      { status: 200, headers: { "content-type": "text/csv" }, body: "a,b\n" },
    ],
    [
      "no prelude and no content type",
      (_event, response) => response.writeAndFinish("x"),
      { status: 200, headers: { "content-type": "application/octet-stream" }, body: "x" },
    ],
    [
      "nothing at all",
      (_event, response) => response.finish(),
      { status: 200, headers: { "content-type": "application/octet-stream" }, body: "" },
    ],
    [
      "a prelude only",
      async (_event, response) => {
        await response.writeStatusAndHeaders({ statusCode: 302, headers: { Location: "/there" } });
        await response.finish();
      },
      { status: 302, headers: { location: "/there", "content-type": "application/octet-stream" }, body: "" },
    ],
    [
      "a name in both maps, whose list counts",
      async (_event, response) => {
        await response.writeStatusAndHeaders({
          statusCode: 200,
          headers: { "X-Both": "single", "content-type": "text/plain" },
          multiValueHeaders: { "x-both": ["first", "second"], "Set-Cookie": ["a=1"] },
        });
        await response.writeAndFinish("x");
      },
      {
        headers: { "x-both": "first, second", "content-type": "text/plain", "set-cookie": ["a=1"] },
        body: "x",
      },
    ],
    [
      "headers that are the connection's, which stay out",
      async (_event, response) => {
        await response.writeStatusAndHeaders({
          statusCode: 200,
          headers: { "Transfer-Encoding": "gzip", "Keep-Alive": "timeout=1000", Trailer: "X" },
        });
        await response.writeAndFinish("x");
      },
      { status: 200, headers: { "transfer-encoding": "chunked" }, body: "x" },
    ],
    [
      "NULs in its body",
      async (_event, response) => {
        await response.writeStatusAndHeaders({ statusCode: 200 });
        await response.writeAndFinish(`${nuls}{}${nuls}`);
      },
      { body: `${nuls}{}${nuls}` },
    ],
    [
      "a prelude of its own making, in three pieces, the last with the first bytes of the body",
      async (_event, response) => {
        response.setContentType(integration);
        await response.write('{"statusCode":201}\0\0');
        await response.write("\0\0\0");
        await response.writeAndFinish("\0\0\0body");
      },
      { status: 201, body: "body" },
    ],
    [
      "a prelude that is no JSON",
      async (_event, response) => {
        response.setContentType(integration);
        await response.write(`oops${nuls}`);
        await response.writeAndFinish("body");
      },
      { status: 502, headers: { "content-type": "text/plain" }, body: "Internal Server Error" },
    ],
    [
      "a prelude that never ends",
      async (_event, response) => {
        response.setContentType(integration);
        await response.writeAndFinish("{}");
      },
      { status: 502, body: "Internal Server Error" },
    ],
    [
      "a prelude that is too long",
      async (_event, response) => {
        response.setContentType(integration);
        for (let piece = 0; piece < 20; piece++) await response.write(" ".repeat(1024));
        await response.finish();
      },
      { status: 502, body: "Internal Server Error" },
    ],
  ])("with %s", async (_, handle, expected) => {
    await using served = await LocalFunction.start(streaming(handle));
    expect(await call(served.address, "POST", "/invoke")).toMatchObject(expected);
    const { status = 200 } = expected as { status?: number };
    await served.printed(new RegExp(` ${status} · `));
  });

  test("of server-sent events is one that a browser reads", async () => {
    const handler = streaming(async (_event, response) => {
      const events = await sse(response);
      await events.send({ data: "hello" });
      await events.close();
    });
    await using served = await LocalFunction.start(handler);
    expect(await call(served.address, "POST", "/invoke")).toMatchObject({
      headers: { "content-type": "text/event-stream", "cache-control": "no-cache" },
      body: "data: hello\n\n",
    });
  });
});

describe("the raw view", () => {
  const handler = streaming<{ fails?: boolean }>(async ({ fails }, response) => {
    await response.writeStatusAndHeaders({ statusCode: 201, headers: { "X-Custom": "1" } });
    await response.write("first");
    if (fails) throw new RangeError("The database is gone.");
    await response.finish();
  });
  const raw = `{"statusCode":201,"headers":{"X-Custom":"1"}}${nuls}first`;

  test.each<[string, string, Record<string, string>, string]>([
    ["the header", "/invoke", { "Sluice-View": "raw" }, raw],
    ["the query", "/invoke?view=raw", {}, raw],
    ["neither", "/invoke", {}, "first"],
    ["another view", "/invoke?view=other", { "sluice-view": "http" }, "first"],
  ])("with %s", async (_, path, headers, body) => {
    await using served = await LocalFunction.start(handler);
    const answer = await call(served.address, "POST", path, { headers });
    expect(answer.body).toBe(body);
    const isRaw = body === raw;
    expect(answer.status).toBe(isRaw ? 200 : 201);
    expect(answer.headers["content-type"]).toBe(isRaw ? integration : "application/octet-stream");
    expect(answer.headers["x-custom"]).toBe(isRaw ? undefined : "1");
  });

  test("shows the trailers of a stream that fails", async () => {
    await using served = await LocalFunction.start(handler);
    const { received } = exchange(
      served.address,
      'POST /invoke HTTP/1.1\r\nHost: localhost\r\nSluice-View: raw\r\nConnection: close\r\nContent-Length: 14\r\n\r\n{"fails":true}',
    );
    const text = await received;
    expect(text).toContain(
      "\r\nTrailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n",
    );
    const [, type, body = ""] =
      /\r\n0\r\nLambda-Runtime-Function-Error-Type: (.*)\r\nLambda-Runtime-Function-Error-Body: (.*)\r\n\r\n$/.exec(
        text,
      ) ?? [];
    expect(type).toBe("RangeError");
    expect(JSON.parse(Buffer.from(body, "base64").toString())).toMatchObject({
      errorType: "RangeError",
      errorMessage: "The database is gone.",
    });
  });
});

describe("an error", () => {
  test.each<[string, Handle, object, string]>([
    [
      "before the first byte",
      async () => {
        throw new RangeError("No such page.");
      },
      { errorType: "RangeError", errorMessage: "No such page." },
      "function error: RangeError",
    ],
    [
      "by a return without an end",
      async () => {},
      { errorType: "Runtime.ResponseNotFinished" },
      "function error: Runtime.ResponseNotFinished",
    ],
  ])("%s is answered as Invoke answers it", async (_, handle, error, printed) => {
    await using served = await LocalFunction.start(streaming(handle));
    for (const headers of [{}, { "Sluice-View": "raw" }]) {
      const answer = await served.invoke({}, headers);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("x-amz-function-error")).toBe("Unhandled");
      expect(answer.headers.get("content-type")).toBe("application/json");
      expect(await answer.json()).toMatchObject(error);
    }
    await served.printed(new RegExp(` 200 · .* · ${printed}\\n`));
  });

  test("after the first byte breaks the answer off, and what was written still arrives", async () => {
    const handler = streaming<string>(async (event, response) => {
      await response.write("first half, ");
      if (event === "fails") throw new Error("The database is gone.");
      await response.finish();
    });
    await using served = await LocalFunction.start(handler);
    const answer = await served.invoke("fails");
    const pieces: Uint8Array[] = [];
    const reading = (async () => {
      for await (const piece of answer.body ?? []) pieces.push(piece);
    })();
    await expect(reading).rejects.toThrow();
    expect(Buffer.concat(pieces).toString()).toBe("first half, ");
    await served.printed(/ 200 · .* · the stream broke: Error\n/);
    expect(await (await served.invoke("works")).text()).toBe("first half, ");
  });

  test("of a buffered response of more than 6 MB is that it is too large", async () => {
    const limit = 6_291_556;
    const handler = buffered<number, Uint8Array>((bytes) => new Uint8Array(bytes));
    await using served = await LocalFunction.start(handler);
    expect((await (await served.invoke(limit)).arrayBuffer()).byteLength).toBe(limit);
    const answer = await served.invoke(limit + 1);
    expect(answer.headers.get("x-amz-function-error")).toBe("Unhandled");
    expect(await answer.json()).toEqual({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: `Response payload size exceeded maximum allowed payload size (${limit} bytes).`,
    });
    await served.printed(/The answer could not be delivered/);
  });
});

test("the deadline ends an invocation: before the first byte with Lambda's error, after it by breaking off", async () => {
  const signals: unknown[] = [];
  const late = Promise.withResolvers<unknown>();
  const never = new Promise(() => {});
  const silent = streaming<string>(async (event, response, context) => {
    if (event === "next") return response.writeAndFinish("next");
    context.signal.addEventListener("abort", () => signals.push(context.signal.reason.name));
    await never;
  });
  const halfway = streaming<string>(async (event, response) => {
    if (event === "next") return response.writeAndFinish("next");
    await response.write("half");
    await new Promise((resolve) => response.signal.addEventListener("abort", resolve));
    late.resolve(await response.write("late").catch((error) => error.code));
  });
  const environment = { LOCAL_LAMBDA_TIMEOUT: "1" };
  await using first = await LocalFunction.start(silent, environment);
  await using second = await LocalFunction.start(halfway, environment);
  const [answer, broken] = await Promise.all([
    call(first.address, "POST", "/invoke", { body: '"hangs"' }),
    call(second.address, "POST", "/invoke", { body: '"hangs"' }).catch(({ code }) => code),
  ]);
  const requestId = answer.headers["x-amzn-requestid"];
  expect(answer).toMatchObject({ status: 200, headers: { "x-amz-function-error": "Unhandled" } });
  expect(answer.body).toBe(
    `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ${requestId} Error: Task timed out after 1.00 seconds"}`,
  );
  expect(signals).toEqual(["TimeoutError"]);
  expect(broken).toBe("ECONNRESET");
  expect(await late.promise).toBe("Runtime.ResponseClosed");
  for (const { address } of [first, second]) {
    expect((await call(address, "POST", "/invoke", { body: '"next"' })).body).toBe("next");
  }
});
