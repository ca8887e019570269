import { describe, expect, test, vi } from "vitest";
import type { InvokeOptions } from "../test/double-invocation.ts";
import { serveFunction } from "../test/served-function.ts";
import type { LambdaContext } from "./context.ts";
import { buffered } from "./handlers/buffered.ts";

// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html

const requestId = "26f237fd-bd45-4051-aa9a-125a3ba3b2d1";
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

interface Setting {
  readonly format?: string;
  readonly level?: string;
}

/** The lines that a handler logs. */
async function linesOf(
  { format, level }: Setting,
  log: (context: LambdaContext) => void,
  options: InvokeOptions = {},
): Promise<readonly string[]> {
  vi.stubEnv("AWS_LAMBDA_LOG_FORMAT", format);
  vi.stubEnv("AWS_LAMBDA_LOG_LEVEL", level);
  await using served = await serveFunction(buffered(async (_event, context) => log(context)));
  await served.api.invoke({}, { requestId, ...options }).result;
  return served.lines;
}

async function recordOf(
  log: (context: LambdaContext) => void,
  options: InvokeOptions = {},
): Promise<Record<string, unknown>> {
  const lines = await linesOf({ format: "JSON" }, log, options);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? "");
}

/** Every way to log, with the level that it stands for. */
const ways: Record<string, [(context: LambdaContext) => void, string]> = {
  "logger.trace": [({ logger }) => logger.trace("a %s", "b"), "TRACE"],
  "logger.debug": [({ logger }) => logger.debug("a %s", "b"), "DEBUG"],
  "logger.info": [({ logger }) => logger.info("a %s", "b"), "INFO"],
  "logger.warn": [({ logger }) => logger.warn("a %s", "b"), "WARN"],
  "logger.error": [({ logger }) => logger.error("a %s", "b"), "ERROR"],
  "logger.fatal": [({ logger }) => logger.fatal("a %s", "b"), "FATAL"],
  "console.trace": [() => console.trace("a %s", "b"), "TRACE"],
  "console.debug": [() => console.debug("a %s", "b"), "DEBUG"],
  "console.log": [() => console.log("a %s", "b"), "INFO"],
  "console.info": [() => console.info("a %s", "b"), "INFO"],
  "console.warn": [() => console.warn("a %s", "b"), "WARN"],
  "console.error": [() => console.error("a %s", "b"), "ERROR"],
  "console.fatal, which the managed runtimes add": [
    () => (console as unknown as { fatal: Console["error"] }).fatal("a %s", "b"),
    "FATAL",
  ],
  "console.assert": [() => console.assert(false, "a %s", "b"), "WARN"],
};
const levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

describe("in text", () => {
  test.each(Object.entries(ways))("%s", async (name, [log, level]) => {
    const [line = "", ...more] = await linesOf({}, log, { tenantId: "blue" });
    expect(more).toEqual([]);
    const [time, id, printed, message, ...rest] = line.split("\t");
    expect(time).toMatch(timestamp);
    expect([id, printed, message, ...rest]).toEqual([
      requestId,
      level,
      name === "console.assert" ? "Assertion failed: a b" : "a b",
    ]);
  });

  test.each<[string, () => void, string | RegExp]>([
    ["an object", () => console.log({ a: { b: [1] } }), "{ a: { b: [ 1 ] } }"],
    ["several values", () => console.log("a", 1, null, undefined), "a 1 null undefined"],
    ["nothing", () => console.log(), ""],
    ["line breaks", () => console.log("a\nb\r\nc"), "a\rb\rc"],
    ["an error", () => console.error(new RangeError("boom")), /^RangeError: boom\r {4}at /],
    ["an object to inspect", () => console.dir({ a: 1 }), "{ a: 1 }"],
    ["a count", () => console.count("calls"), "calls: 1"],
    [
      "a time",
      () => {
        console.time("work");
        console.timeEnd("work");
      },
      /^work: [\d.]+ms$/,
    ],
    ["a table", () => console.table([1]), /^┌─+┬─+┐\r│.+\r└─+┴─+┘$/s],
  ])("%s is one line", async (_, log, message) => {
    const lines = await linesOf({}, log);
    expect(lines).toHaveLength(1);
    const text = lines[0]?.split("\t")[3];
    if (typeof message === "string") expect(text).toBe(message);
    else expect(text).toMatch(message);
  });

  test.each(["Text", "text", "XML", undefined])("no level is left out: format %s", async (format) => {
    const lines = await linesOf(
      { level: "FATAL", ...(format === undefined ? {} : { format }) },
      ({ logger }) => logger.trace("a"),
    );
    expect(lines).toEqual([expect.stringMatching(/\tTRACE\ta$/)]);
  });
});

describe("in JSON", () => {
  test.each(Object.entries(ways))("%s", async (name, [log, level]) => {
    const lines = await linesOf({ format: "JSON", level: "TRACE" }, log, { tenantId: "blue" });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        timestamp: expect.stringMatching(timestamp),
        level,
        requestId,
        tenantId: "blue",
        message: name === "console.assert" ? "Assertion failed: a b" : "a b",
      },
    ]);
  });

  const circular: Record<string, unknown> = { a: 1 };
  circular["self"] = circular;
  test.each<[string, readonly unknown[], unknown]>([
    ["text", ["a\nb"], "a\nb"],
    ["an object, as it is", [{ a: { b: [1] } }], { a: { b: [1] } }],
    ["null", [null], null],
    ["nothing", [], ""],
    ["undefined", [undefined], "undefined"],
    ["a symbol", [Symbol("a")], "Symbol(a)"],
    ["a function", [function a() {}], "[Function: a]"],
    ["a BigInt", [1n], "1n"],
    ["several values", ["a", { b: 1 }], "a { b: 1 }"],
    ["a cycle", [circular], "<ref *1> { a: 1, self: [Circular *1] }"],
    [
      "what can't be made JSON",
      [
        {
          a: 1,
          toJSON() {
            throw new Error("no");
          },
        },
      ],
      "{ a: 1, toJSON: [Function: toJSON] }",
    ],
  ])("the message may be %s", async (_, parameters, message) => {
    expect(await recordOf(() => console.log(...parameters))).toEqual({
      timestamp: expect.stringMatching(timestamp),
      level: "INFO",
      requestId,
      message,
    });
  });

  class TeapotError extends Error {
    readonly volume = 3;
  }
  const described = {
    errorType: "TeapotError",
    errorMessage: "short",
    stackTrace: expect.arrayContaining([expect.stringMatching(/^ {4}at /)]),
  };
  test.each<[string, readonly unknown[], object]>([
    ["alone is the message", [new TeapotError("short")], { message: { ...described, volume: 3 } }],
    [
      "among other values is described beside the message",
      ["brewing:", new TeapotError("short")],
      { message: expect.stringMatching(/^brewing: .*short\n/), ...described },
    ],
    [
      "has the name that it was given",
      [Object.assign(new Error("short"), { name: "TeapotError" })],
      { message: described },
    ],
    [
      "within an object keeps its place",
      [{ cause: new TeapotError("short") }],
      { message: { cause: { ...described, volume: 3 } } },
    ],
  ])("an error %s", async (_, parameters, expected) => {
    expect(await recordOf(() => console.error(...parameters))).toMatchObject(expected);
  });

  test.each<[string | undefined, readonly string[]]>([
    ["TRACE", levels],
    ["debug", levels.slice(1)],
    [undefined, levels.slice(2)],
    ["LOUD", levels.slice(2)],
    ["WARN", levels.slice(3)],
    ["ERROR", levels.slice(4)],
    ["FATAL", levels.slice(5)],
  ])("the level %s lets through %j", async (level, printed) => {
    const lines = await linesOf(
      { format: "json", ...(level === undefined ? {} : { level }) },
      ({ logger: { trace, debug, info, warn, error, fatal } }) => {
        for (const log of [trace, debug, info, warn, error, fatal]) log("a");
      },
    );
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(printed);
  });

  test("what the runtime itself has to say is JSON, too", async () => {
    vi.stubEnv("AWS_LAMBDA_LOG_FORMAT", "JSON");
    await using served = await serveFunction(
      buffered(async () => {
        throw new RangeError("boom");
      }),
    );
    await served.api.invoke({}, { requestId, tenantId: "blue" }).result;
    expect(served.lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: "ERROR",
        requestId,
        tenantId: "blue",
        errorType: "RangeError",
        errorMessage: "boom",
        message: expect.stringMatching(/^Invoke Error RangeError: boom/),
      }),
    ]);
  });
});
