import { describe, expect, test } from "vitest";
import { onDemand } from "./emulator/modes.ts";

const environment = { AWS_LAMBDA_FUNCTION_TIMEOUT: "1" };

describe.skipIf(onDemand.isMissing)("the deadline, under the runtime interface emulator", () => {
  test("a handler that misses it is stopped, and the next event has a new process", async () => {
    const emulated = await onDemand.start("tests/interop/functions/buffered.ts", { environment });
    const before = await emulated.invoke({ do: "describe" });
    const { body } = await emulated.invoke({ do: "never-answer" });
    expect(body.toString()).toBe("Task timed out after 1.00 seconds");

    const after = await emulated.invoke({ do: "describe" });
    expect(JSON.parse(after.body.toString()).pid).not.toBe(JSON.parse(before.body.toString()).pid);
  });

  test("a handler that listens to its signal ends the stream in time", async () => {
    const emulated = await onDemand.start("tests/interop/functions/until-signal.ts", { environment });
    const { body } = await emulated.invoke({});
    const { remainingTimeMs, text } = JSON.parse(body.toString());
    expect(text).toBe("The deadline is near.");
    expect(remainingTimeMs).toBeGreaterThan(0);
    expect(remainingTimeMs).toBeLessThanOrEqual(500);
    expect(emulated.output).not.toContain("Reset initiated: Timeout");
  });
});
