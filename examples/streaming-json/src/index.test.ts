import { invoke } from "@sluice/runtime/testing";
import { expect, test, vi } from "vitest";
import order from "../events/order.json" with { type: "json" };
import wrongOrder from "../events/wrong-order.json" with { type: "json" };
import { priceOrder } from "./handler.ts";

vi.mock("node:timers/promises", () => ({ setTimeout: vi.fn() }));

test("each item is a line of JSON, and so is the total", async () => {
  const { kind, contentType, chunks } = await invoke(priceOrder, order);

  expect(kind).toBe("stream");
  expect(contentType).toBe("application/x-ndjson");
  expect(chunks.map((chunk) => JSON.parse(String(chunk)))).toEqual([
    { name: "tea", price: 4.5, total: 4.5 },
    { name: "cup", price: 12, total: 16.5 },
    { name: "spoon", price: 3, total: 19.5 },
    { customer: "Ada", total: 19.5 },
  ]);
});

test("the invoice is written after the response", async () => {
  const { logs, error } = await invoke(priceOrder, order);

  expect(logs).toEqual([expect.stringContaining("Invoice for Ada: 19.5")]);
  expect(error).toBeUndefined();
});

test("an event that is no order is an error that says where", async () => {
  const { kind, error } = await invoke(priceOrder, wrongOrder);

  expect(kind).toBe("error");
  expect(error?.errorType).toBe("Runtime.EventValidation");
  expect(error?.errorMessage).toContain("items[1].price");
});
