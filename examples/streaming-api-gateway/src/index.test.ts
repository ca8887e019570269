import { invoke } from "@sluice/runtime/testing";
import { expect, test, vi } from "vitest";
import event from "../events/get.json" with { type: "json" };
import { numbers } from "./handler.ts";

// The seconds between the numbers pass at once.
vi.mock("node:timers/promises", () => ({ setTimeout: vi.fn() }));

test("status and headers come first, then a chunk for each number", async () => {
  const { prelude, chunks, error } = await invoke(numbers, event);

  expect(prelude).toEqual({
    statusCode: 200,
    headers: { "Content-Type": "text/plain", "x-my-custom-header": "streaming-example" },
  });
  expect(chunks.map(String)).toEqual(["Number: 1\n", "Number: 2\n", "Number: 3\n", "Streaming complete!\n"]);
  expect(error).toBeUndefined();
});
