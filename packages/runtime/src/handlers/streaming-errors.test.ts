import { describe, expect, test } from "vitest";
import { errorOf, TeapotError } from "../../test/handler-failures.ts";
import { serveFunction } from "../../test/served-function.ts";
import type { ResponseStreamWriter } from "../response-stream.ts";
import { streaming } from "./streaming.ts";

const nuls = "\0".repeat(8);

describe("a handler that fails", () => {
  test.each<[string, () => unknown, string, { errorType: string; errorMessage: string }]>([
    [
      "an error",
      () => new TeapotError("no coffee"),
      "Function.TeapotError",
      { errorType: "TeapotError", errorMessage: "no coffee" },
    ],
    ["a text", () => "no coffee", "Function.String", { errorType: "string", errorMessage: "no coffee" }],
    [
      "an object",
      () => ({ coffee: 0 }),
      "Function.Object",
      { errorType: "object", errorMessage: '{"coffee":0}' },
    ],
    ["nothing", () => undefined, "Function.Undefined", { errorType: "undefined", errorMessage: "undefined" }],
    ["null", () => null, "Function.Object", { errorType: "object", errorMessage: "null" }],
    [
      "an error whose name is no text",
      () => Object.assign(new Error("odd"), { name: undefined }),
      "Function.Error",
      { errorType: "Error", errorMessage: "odd" },
    ],
    [
      "an error whose message is no text",
      () => Object.assign(new Error("odd"), { message: 7 }),
      "Function.Error",
      { errorType: "Error", errorMessage: "7" },
    ],
    [
      "a circular object",
      () => {
        const circular: Record<string, unknown> = {};
        circular["self"] = circular;
        return circular;
      },
      "Function.Object",
      { errorType: "object", errorMessage: "[object Object]" },
    ],
    [
      "an object that has no JSON",
      () => ({ toJSON: () => undefined }),
      "Function.Object",
      { errorType: "object", errorMessage: "[object Object]" },
    ],
  ])("before the first byte is an invocation error: %s", async (_, make, typeHeader, document) => {
    await using served = await serveFunction(
      streaming(async () => {
        throw make();
      }),
    );
    const { kind, headers, body } = await served.api.invoke({}).result;
    expect(kind).toBe("error");
    expect(headers["lambda-runtime-function-error-type"]).toBe(typeHeader);
    expect(headers["content-type"]).toBe("application/json");
    expect(JSON.parse(body.toString())).toEqual({ ...document, trace: expect.any(Array) });
    await served.line(/\tERROR\tInvoke Error/);
  });

  test("synchronously is an invocation error, too", async () => {
    await using served = await serveFunction(
      streaming(() => {
        throw new TeapotError("at once");
      }),
    );
    expect(await served.api.invoke({}).result).toMatchObject({
      kind: "error",
      errorType: "Function.TeapotError",
    });
  });

  test.each<[string, (response: ResponseStreamWriter) => Promise<void>, string]>([
    [
      "a prelude",
      (response) => response.writeStatusAndHeaders({ statusCode: 200 }),
      `{"statusCode":200}${nuls}`,
    ],
    ["bytes", (response) => response.write("some"), "some"],
  ])("after %s ends the stream with trailers", async (_, write, sent) => {
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await write(response);
        throw new TeapotError("too late: é\nsecond line");
      }),
    );
    const { kind, body, trailers, complete, errorType } = await served.api.invoke({}).result;
    expect({ kind, body: body.toString(), complete, errorType }).toEqual({
      kind: "response",
      body: sent,
      complete: true,
      errorType: "TeapotError",
    });
    expect(trailers["lambda-runtime-function-error-body"]).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(errorOf(trailers)).toEqual({
      errorType: "TeapotError",
      errorMessage: "too late: é\nsecond line",
      trace: expect.arrayContaining([expect.stringContaining("streaming-errors.test.ts")]),
    });
    await served.line(/\tERROR\tInvoke Error/);
  });

  test("with a name that would end the trailer's line is still one trailer", async () => {
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await response.write("x");
        throw Object.assign(new Error("m"), { name: "Bad\r\nX-Injected: ü" });
      }),
    );
    const { trailers } = await served.api.invoke({}).result;
    expect(trailers["lambda-runtime-function-error-type"]).toBe("BadX-Injected:");
    expect(errorOf(trailers).errorType).toBe("Bad\r\nX-Injected: ü");
  });

  test("with more to say than trailers hold is told shortened, not as a truncated response", async () => {
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await response.write("some");
        throw new TeapotError(`no coffee${"!".repeat(8_000)}`);
      }),
    );
    const { trailers, complete, errorType } = await served.api.invoke({}).result;
    expect({ complete, errorType }).toEqual({ complete: true, errorType: "TeapotError" });
    expect(errorOf(trailers).errorMessage).toMatch(/^no coffee!{400,}…$/);
  });

  test("after finish is only logged, and the next invocation works", async () => {
    await using served = await serveFunction(
      streaming(async (event: { fail: boolean }, response) => {
        await response.writeAndFinish("whole");
        if (event.fail) throw new TeapotError("after all");
      }),
    );
    expect(await served.api.invoke({ fail: true }).result).toMatchObject({
      kind: "response",
      complete: true,
      trailers: {},
      errorType: undefined,
    });
    expect(await served.line(/TeapotError/)).toMatch(
      /\tERROR\tError after the response was finished: TeapotError/,
    );
    expect((await served.api.invoke({ fail: false }).result).body.toString()).toBe("whole");
  });

  test("after a finish it did not wait for is only logged", async () => {
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        void response.writeAndFinish("whole");
        throw new TeapotError("after all");
      }),
    );
    expect(await served.api.invoke({}).result).toMatchObject({ complete: true, trailers: {} });
    await served.line(/Error after the response was finished: TeapotError/);
  });

  test("by returning before the end is reported: before the first byte", async () => {
    await using served = await serveFunction(streaming(async () => {}));
    const { kind, body, errorType } = await served.api.invoke({}).result;
    expect({ kind, errorType }).toEqual({ kind: "error", errorType: "Runtime.ResponseNotFinished" });
    expect(body.toString()).toContain("returned before the response was finished");
  });

  test("by returning before the end is reported: after it", async () => {
    await using served = await serveFunction(streaming((_event, response) => response.write("half")));
    const { body, trailers } = await served.api.invoke({}).result;
    expect(body.toString()).toBe("half");
    expect(errorOf(trailers)).toMatchObject({ errorType: "Runtime.ResponseNotFinished" });
  });

  test("can't write to a response that it has failed", async () => {
    const caught: unknown[] = [];
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await response.write("x");
        await response.fail(new TeapotError("given up"));
        await response.fail(new Error("once is enough"));
        for (const write of [
          () => response.write("y"),
          () => response.finish(),
          () => response.writeAndFinish("y"),
          () => response.writeStatusAndHeaders({ statusCode: 200 }),
        ]) {
          await write().catch((error) => caught.push(error));
        }
      }),
    );
    const { trailers, body } = await served.api.invoke({}).result;
    expect(body.toString()).toBe("x");
    expect(errorOf(trailers)).toMatchObject({ errorType: "TeapotError", errorMessage: "given up" });
    await served.api.waitForNext();
    expect(caught).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ code: "Runtime.ResponseClosed" })),
    );
  });
});
