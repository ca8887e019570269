import { invoke } from "@sluice/runtime/testing";
import { expect, test, vi } from "vitest";
import event from "../events/get.json" with { type: "json" };
import { numbers } from "./handler.ts";

// The seconds between the numbers pass at once.
vi.mock("node:timers/promises", () => ({ setTimeout: vi.fn() }));

test("status and headers come first, then as many numbers as the environment says", async () => {
  vi.stubEnv("NUMBERS", "2");
  const { prelude, chunks, logs } = await invoke(numbers, event);

  expect(prelude).toEqual({ statusCode: 200, headers: { "Content-Type": "text/plain" } });
  expect(chunks.map(String)).toEqual(["Number: 1\n", "Number: 2\n", "Streaming complete!\n"]);
  expect(logs.join("")).toContain("Streaming to arn:aws:iam::111122223333:user/ada");
});

test("an event that is no request fails before the first byte", async () => {
  const { kind, error } = await invoke(numbers, {});

  expect(kind).toBe("error");
  expect(error?.errorMessage).toBe("The event is no request to the REST API.");
});
