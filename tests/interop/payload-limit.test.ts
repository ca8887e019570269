import { describe, expect, test } from "vitest";
import { managedInstances, onDemand } from "./emulator/modes.ts";

/** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const limit = 6 * 1024 * 1024 + 100;

const half = "x".repeat(limit / 2);
const cases = [
  {
    kind: "buffered",
    source: "tests/interop/functions/buffered.ts",
    atLimit: { do: "fill", bytes: limit },
    overLimit: { do: "fill", bytes: limit + 1 },
  },
  {
    kind: "streamed",
    source: "tests/interop/functions/streaming.ts",
    atLimit: { repeat: 2, chunks: [half] },
    overLimit: { repeat: 2, chunks: [half, "y"] },
  },
] as const;

for (const mode of [onDemand, managedInstances]) {
  describe.skipIf(mode.isMissing)(`a response that the emulator collects, ${mode.name}`, () => {
    test.each(cases)("$kind: 6,291,556 bytes arrive whole", async ({ source, atLimit }) => {
      const emulated = await mode.start(source);
      const { status, body } = await emulated.invoke(atLimit);
      expect([status, body.length]).toEqual([200, limit]);
      expect(body.every((byte) => byte === "x".charCodeAt(0))).toBe(true);
    });

    test.each(cases)(
      "$kind: one byte more is refused, and logged, and the next invocation works",
      async (given) => {
        const emulated = await mode.start(given.source);
        const { status, body } = await emulated.invoke(given.overLimit);
        expect(status).toBe(200);
        expect(JSON.parse(body.toString())).toMatchObject({ errorType: "Function.ResponseSizeTooLarge" });
        await emulated.written(/could not be delivered|answered 413/);

        const next = await emulated.invoke(given.atLimit);
        expect(next.body.length).toBe(limit);
      },
    );
  });
}
