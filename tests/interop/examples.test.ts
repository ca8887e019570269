import { describe, expect, test } from "vitest";
import event from "../../examples/streaming-api-gateway/events/get.json" with { type: "json" };
import { onDemand } from "./emulator/modes.ts";

describe.skipIf(onDemand.isMissing)("the examples, under the runtime interface emulator", () => {
  test("streaming-api-gateway sends its numbers", async () => {
    const emulated = await onDemand.start("examples/streaming-api-gateway/src/index.ts");
    const { status, body } = await emulated.invoke(event);
    const prelude = {
      statusCode: 200,
      headers: { "Content-Type": "text/plain", "x-my-custom-header": "streaming-example" },
    };
    const text = "Number: 1\nNumber: 2\nNumber: 3\nStreaming complete!\n";
    expect([status, body.toString()]).toEqual([200, `${JSON.stringify(prelude)}${"\0".repeat(8)}${text}`]);
  });
});
