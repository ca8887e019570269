import { describe, expect, test } from "vitest";
import { serveFunction } from "../../test/served-function.ts";
import { buffered } from "./buffered.ts";

describe("a buffered response", () => {
  test.each<[string, unknown, string, string]>([
    ["an object", { a: ["ü", null] }, '{"a":["ü",null]}', "application/json"],
    ["a text", "x", '"x"', "application/json"],
    ["null", null, "null", "application/json"],
    ["nothing", undefined, "null", "application/json"],
    ["a function, which JSON has no word for", () => {}, "null", "application/json"],
    ["zero", 0, "0", "application/json"],
    ["bytes", new Uint8Array([0x61, 0, 0xff]), "a\0\xff", "application/octet-stream"],
    ["no bytes", new Uint8Array(0), "", "application/octet-stream"],
    ["a Buffer", Buffer.from("plain"), "plain", "application/octet-stream"],
  ])("may be %s", async (_, output, body, contentType) => {
    await using served = await serveFunction(buffered(() => output));
    const result = await served.api.invoke({}).result;
    expect(result).toMatchObject({ kind: "response", complete: true, errorType: undefined });
    const isBytes = contentType === "application/octet-stream";
    expect(result.body.toString(isBytes ? "latin1" : "utf8")).toBe(body);
    expect(result.headers["content-type"]).toBe(contentType);
    expect(result.headers["content-length"]).toBe(String(result.body.length));
    expect(result.headers["lambda-runtime-function-response-mode"]).toBeUndefined();
  });

  test.each<[string, () => unknown]>([
    [
      "is circular",
      () => {
        const circular: unknown[] = [];
        circular.push(circular);
        return circular;
      },
    ],
    ["holds a BigInt", () => ({ id: 1n })],
    [
      "has a toJSON that throws",
      () => ({
        toJSON: () => {
          throw new Error("no");
        },
      }),
    ],
  ])("that JSON can't hold is an error: it %s", async (_, make) => {
    await using served = await serveFunction(buffered(make));
    const { kind, body, errorType } = await served.api.invoke({}).result;
    expect({ kind, errorType }).toEqual({ kind: "error", errorType: "Runtime.OutputNotSerializable" });
    expect(JSON.parse(body.toString())).toMatchObject({
      errorType: "Runtime.OutputNotSerializable",
      errorMessage: expect.stringContaining("can't be written as JSON"),
    });
  });

  test("of exactly the largest size passes; one byte more is refused, logged, and the loop goes on", async () => {
    await using served = await serveFunction(
      buffered((event: { bytes: number }) => new Uint8Array(event.bytes)),
    );
    expect((await served.api.invoke({ bytes: 6_291_556 }).result).body).toHaveLength(6_291_556);
    const tooLarge = await served.api.invoke({ bytes: 6_291_557 }).result;
    expect(tooLarge).toMatchObject({ kind: "error", errorType: "Function.ResponseSizeTooLarge" });
    expect(await served.line(/could not be delivered/)).toContain("413 to response");
    expect((await served.api.invoke({ bytes: 1 }).result).body).toHaveLength(1);
  });
});

test.each<[string, () => unknown]>([
  [
    "throws",
    () => {
      throw new RangeError("too far");
    },
  ],
  ["rejects", () => Promise.reject(new RangeError("too far"))],
])("a handler that %s is an invocation error", async (_, handle) => {
  await using served = await serveFunction(buffered(handle));
  const { kind, headers, body } = await served.api.invoke({}).result;
  expect(kind).toBe("error");
  expect(headers["lambda-runtime-function-error-type"]).toBe("Function.RangeError");
  expect(JSON.parse(body.toString())).toMatchObject({ errorType: "RangeError", errorMessage: "too far" });
  await served.line(/\tERROR\tInvoke Error\s+RangeError: too far/);
});

test("an event that is not JSON is an invocation error that says so", async () => {
  await using served = await serveFunction(buffered((event) => event));
  for (const event of ["{", "", "\0"]) {
    expect(await served.api.invoke(event).result).toMatchObject({
      kind: "error",
      errorType: "Runtime.EventNotJson",
    });
  }
});

test("a large event arrives whole, in chunks or not", async () => {
  const text = "é".repeat(1_500_000);
  await using served = await serveFunction(buffered((event: { text: string }) => event.text.length));
  for (const chunked of [false, true]) {
    expect((await served.api.invoke({ text }, { chunked }).result).body.toString()).toBe("1500000");
  }
});

test("n invocations need one connection", async () => {
  await using served = await serveFunction(buffered((event) => event));
  const events = Array.from({ length: 50 }, (_, number) => ({ number }));
  const results = await Promise.all(events.map((event) => served.api.invoke(event).result));
  expect(results.map(({ body }) => JSON.parse(body.toString()))).toEqual(events);
  expect(served.api.connections).toBe(1);
});

test("a handler is still a function that can be called", () => {
  const handler = buffered((event: number) => event * 2);
  expect(handler(21, undefined as never)).toBe(42);
  expect(() => buffered(undefined as never)).toThrow("buffered() takes a function");
});
