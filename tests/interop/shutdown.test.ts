import { describe, expect, test } from "vitest";
import { managedInstances, onDemand } from "./emulator/modes.ts";

const hookFunction = "tests/interop/functions/shutdown-hook.ts";

for (const mode of [onDemand, managedInstances]) {
  describe.skipIf(mode.isMissing)(`SIGTERM to the runtime interface emulator, ${mode.name}`, () => {
    test("onShutdown runs, thanks to the internal extension", async () => {
      const emulated = await mode.start(hookFunction);
      await emulated.invoke({ answer: true });
      await emulated.written(/Internal agent.*sluice-shutdown/);

      expect(await emulated.terminate()).toBe(0);
      expect(emulated.output).toContain("the connections are closed");
      expect(emulated.output).not.toContain("SIGKILL");
    });

    test("an onShutdown that never ends is cut off before the emulator kills the process", async () => {
      const environment = { SHUTDOWN_HOOK: "endless" };
      const emulated = await mode.start(hookFunction, { environment });
      await emulated.invoke({ answer: true });
      await emulated.terminate();
      expect(emulated.output).toContain("onShutdown took more than 500 ms and was cut off.");
      expect(emulated.output).not.toContain("SIGKILL");
    });

    test("without onShutdown no extension is registered, and the process is killed at once", async () => {
      const emulated = await mode.start("tests/interop/functions/buffered.ts");
      await emulated.invoke({ do: "describe" });
      await emulated.terminate();
      expect(emulated.output).not.toContain("Internal agent");
      expect(emulated.output).toContain("Sending SIGKILL to");
    });
  });
}

describe.skipIf(onDemand.isMissing)("a timeout", () => {
  test("runs onShutdown too", async () => {
    const environment = { AWS_LAMBDA_FUNCTION_TIMEOUT: "1" };
    const emulated = await onDemand.start(hookFunction, { environment });
    const { body } = await emulated.invoke({ answer: false });
    expect(body.toString()).toBe("Task timed out after 1.00 seconds");
    await emulated.written(/the connections are closed/);
  });
});
