import { describe, expect, test } from "vitest";
import { managedInstances } from "./emulator/modes.ts";

const streamingFunction = "tests/interop/functions/streaming.ts";
const modeHeader = "lambda-runtime-function-response-mode";

/** The other half of the emulator says what it heard from the runtime in headers, and what trailers said as the body. */
describe.skipIf(managedInstances.isMissing)("what the runtime tells Lambda Managed Instances", () => {
  test.each([
    {
      what: "status and headers",
      order: { prelude: { statusCode: 200 }, chunks: ["a"] },
      contentType: "application/vnd.awslambda.http-integration-response",
    },
    { what: "bytes", order: { chunks: ["a"] }, contentType: "application/octet-stream" },
    { what: "nothing", order: {}, contentType: "application/octet-stream" },
    {
      what: "a content type",
      order: { contentType: "text/event-stream", chunks: ["data: a\n\n"] },
      contentType: "text/event-stream",
    },
  ])("a streaming handler that sends $what streams $contentType", async ({ order, contentType }) => {
    const emulated = await managedInstances.start(streamingFunction);
    const { headers } = await emulated.invoke(order);
    expect(headers.get(modeHeader)).toBe("streaming");
    expect(headers.get("content-type")).toBe(contentType);
  });

  test.each([
    { what: "JSON", order: { do: "describe" }, contentType: "application/json" },
    { what: "bytes", order: { do: "fill", bytes: 3 }, contentType: "application/octet-stream" },
  ])("a buffered handler answers $what as $contentType", async ({ order, contentType }) => {
    const emulated = await managedInstances.start("tests/interop/functions/buffered.ts");
    const { headers } = await emulated.invoke(order);
    expect(headers.get(modeHeader)).toBe("buffered");
    expect(headers.get("content-type")).toBe(contentType);
  });

  test.each([
    { what: "before the first byte, in an error report", order: {}, errorType: "Function.RangeError" },
    // AWS sanitizes the type in a trailer here, and forwards it as it is on demand.
    {
      what: "after status and headers, in trailers",
      order: { prelude: { statusCode: 200 } },
      errorType: "Runtime.Unknown",
    },
    { what: "after the first byte, in trailers", order: { chunks: ["a"] }, errorType: "Runtime.Unknown" },
  ])("an error $what", async ({ order, errorType }) => {
    const emulated = await managedInstances.start(streamingFunction);
    const { headers, body } = await emulated.invoke({ ...order, failure: "böm" });
    expect(headers.get("error-type")).toBe(errorType);
    expect(JSON.parse(body.toString())).toEqual({
      errorType: "RangeError",
      errorMessage: "böm",
      trace: expect.arrayContaining(["RangeError: böm"]),
    });

    const next = await emulated.invoke({ chunks: ["next"] });
    expect(next.body.toString()).toBe("next");
  });

  test("an error too long for trailers reaches the caller shortened", async () => {
    const emulated = await managedInstances.start(streamingFunction);
    const { headers, body } = await emulated.invoke({ chunks: ["a"], failure: "x".repeat(8_000) });
    expect(headers.get("error-type")).toBe("Runtime.Unknown");
    expect(JSON.parse(body.toString())).toMatchObject({
      errorType: "RangeError",
      errorMessage: expect.stringMatching(/^x{1000}/),
    });
  });

  test("the trace of the caller reaches the handler", async () => {
    const emulated = await managedInstances.start("tests/interop/functions/buffered.ts");
    const traceId = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    const { body } = await emulated.invoke({ do: "describe" }, { "X-Amzn-Trace-Id": traceId });
    expect(JSON.parse(body.toString()).traceId).toBe(traceId);
  });

  test("an init error ends the environment with its type", async () => {
    const emulated = await managedInstances.start("tests/interop/functions/init-error.ts");
    await emulated.written(/INIT failed.*err=Function\.TypeError/);
  });
});

describe.skipIf(managedInstances.isMissing)("two invocations at once", () => {
  test("run in one process, each with its own context, response and log lines", async () => {
    const environment = { AWS_LAMBDA_LOG_FORMAT: "JSON" };
    const emulated = await managedInstances.start("tests/interop/functions/meeting.ts", { environment });
    const answers = await Promise.all(
      ["Ada", "Grace"].map(async (name) => JSON.parse((await emulated.invoke({ name })).body.toString())),
    );

    expect(answers.map(({ name, met }) => ({ name, met }))).toEqual([
      { name: "Ada", met: ["Ada", "Grace"] },
      { name: "Grace", met: ["Ada", "Grace"] },
    ]);
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
    for (const { name, requestId } of answers) {
      const line = await emulated.written(new RegExp(`^{.*"message":"${name} was here".*}$`, "m"));
      expect(JSON.parse(line[0])).toMatchObject({ requestId });
    }
  });
});
