import { invoke } from "@sluice/runtime/testing";
import { expect, test, vi } from "vitest";
import event from "../events/get.json" with { type: "json" };
import { numbers } from "./handler.ts";

// The seconds between the numbers pass at once.
vi.mock("node:timers/promises", () => ({ setTimeout: vi.fn() }));

test.each([
  { query: { count: "5" }, last: "Number: 5\n", chunks: 6 },
  { query: undefined, last: "Number: 3\n", chunks: 4 },
])("counts as far as the query says: $query", async ({ query, last, chunks }) => {
  const result = await invoke(numbers, { ...event, queryStringParameters: query });

  expect(result.prelude).toMatchObject({ statusCode: 200, headers: { "Content-Type": "text/plain" } });
  expect(result.chunks).toHaveLength(chunks);
  expect(result.text).toMatch(new RegExp(`${last}Streaming complete!\n$`));
});

test.each(["0", "51", "2.5", "many"])("refuses to count to %s", async (count) => {
  const result = await invoke(numbers, { ...event, queryStringParameters: { count } });

  expect(result.prelude?.statusCode).toBe(400);
  expect(result.text).toBe("count is a whole number from 1 to 50.\n");
});
