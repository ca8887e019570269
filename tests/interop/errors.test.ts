import { describe, expect, test } from "vitest";
import { onDemand } from "./emulator/modes.ts";

const streamingFunction = "tests/interop/functions/streaming.ts";
const bufferedFunction = "tests/interop/functions/buffered.ts";

describe.skipIf(onDemand.isMissing)("errors, under the runtime interface emulator", () => {
  test.each([
    {
      what: "a streaming handler, before its first byte",
      source: streamingFunction,
      event: { failure: "boom" },
    },
    { what: "a buffered handler", source: bufferedFunction, event: { do: "throw", message: "boom" } },
  ])(
    "$what: the caller gets type, message and trace, and the next invocation works",
    async ({ source, event }) => {
      const emulated = await onDemand.start(source);
      const { status, body } = await emulated.invoke(event);

      expect(status).toBe(200);
      expect(JSON.parse(body.toString())).toEqual({
        errorType: "RangeError",
        errorMessage: "boom",
        trace: expect.arrayContaining(["RangeError: boom"]),
      });
      await emulated.written(/\t[0-9a-f-]{36}\tERROR\tInvoke Error RangeError: boom/);

      await emulated.invoke({ do: "describe" });
      expect(emulated.output.match(/INIT START/g)).toHaveLength(1);
    },
  );

  test.each([
    {
      what: "status and headers",
      order: { prelude: { statusCode: 200 } },
      sent: `{"statusCode":200}${"\0".repeat(8)}`,
    },
    { what: "its first byte", order: { chunks: ["a", "b"] }, sent: "ab" },
  ])("a streaming handler, after $what: the caller keeps what was sent", async ({ order, sent }) => {
    const emulated = await onDemand.start(streamingFunction);
    // Trailers are lost here: this side of the emulator reads the body alone. See managed-instances.test.ts.
    const { status, body } = await emulated.invoke({ ...order, failure: "boom" });
    expect([status, body.toString()]).toEqual([200, sent]);
    await emulated.written(/\tERROR\tInvoke Error RangeError: boom/);

    const next = await emulated.invoke({ chunks: ["next"] });
    expect(next.body.toString()).toBe("next");
  });

  test.each([
    { what: "an uncaught exception", order: "throw-uncaught", code: 129 },
    { what: "an unhandled rejection", order: "reject-unhandled", code: 128 },
  ])(
    "$what is reported, ends the process with $code, and the next event has a new one",
    async ({ order, code }) => {
      const emulated = await onDemand.start(bufferedFunction);
      const before = await emulated.invoke({ do: "describe" });
      const { status, body } = await emulated.invoke({ do: order, message: "boom" });

      expect(status).toBe(502);
      expect(JSON.parse(body.toString())).toMatchObject({ errorType: "RangeError", errorMessage: "boom" });
      await emulated.written(new RegExp(`Process runtime-1 exited: exit status ${code}`));

      const after = await emulated.invoke({ do: "describe" });
      expect(JSON.parse(after.body.toString()).pid).not.toBe(JSON.parse(before.body.toString()).pid);
    },
  );

  test.each([
    { code: 0, message: "Runtime exited without providing a reason" },
    { code: 3, message: "Runtime exited with error: exit status 3" },
  ])("a handler that exits with $code is an exit of the runtime", async ({ code, message }) => {
    const emulated = await onDemand.start(bufferedFunction);
    const { status, body } = await emulated.invoke({ do: "exit", code });

    expect(status).toBe(502);
    expect(JSON.parse(body.toString())).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringMatching(new RegExp(`^RequestId: [0-9a-f-]{36} Error: ${message}$`)),
    });
  });

  test("an init error reaches the caller of every invocation, and the process exits with 1", async () => {
    const emulated = await onDemand.start("tests/interop/functions/init-error.ts");
    for (let invocation = 0; invocation < 2; invocation++) {
      const { status, body } = await emulated.invoke({});
      expect(status).toBe(502);
      expect(JSON.parse(body.toString())).toEqual({
        errorType: "TypeError",
        errorMessage: "The table's name is not set.",
        trace: expect.arrayContaining(["TypeError: The table's name is not set."]),
      });
    }
    await emulated.written(/Process runtime-1 exited: exit status 1\n/);
  });
});
