import { Platform } from "@sluice/platform";
import "@sluice/platform/vitest";
import { invoke } from "@sluice/runtime/testing";
import { describe, expect, test } from "vitest";
import { handler } from "./index.ts";

const order = {
  customer: "Ada",
  items: [
    { name: "tea", price: 4.5 },
    { name: "cup", price: 12 },
  ],
};
const lines = [
  '{"name":"tea","price":4.5,"total":4.5}\n',
  '{"name":"cup","price":12,"total":16.5}\n',
  '{"customer":"Ada","total":16.5}\n',
];

describe("the function alone", () => {
  test("sends each item as a line of JSON, then the total", async () => {
    const result = await invoke(handler, order);

    expect(result).toHaveStreamed(lines);
    expect(result.contentType).toBe("application/x-ndjson");
    expect(result.logs).toEqual([expect.stringContaining("Invoice for Ada: 16.5")]);
  });

  test("says where an event is no order", async () => {
    const result = await invoke(handler, { ...order, items: [{ name: "tea", price: "free" }] });

    expect(result).toHaveFailedWith("items[0].price");
  });
});

// What template.yaml describes, on this machine: the function in a process of its own, behind Lambda's API.
describe("the template on the platform", () => {
  test("the caller gets each line as it is written, and Lambda's error for a wrong event", async () => {
    await using platform = await Platform.start({ template: new URL("../template.yaml", import.meta.url) });
    const priceOrder = platform.function("PriceOrder");

    const stream = await priceOrder.invokeStreaming(order);
    const invocation = await stream.over();
    expect(invocation).toHaveArrivedInPieces(2, { apartMs: 100 });
    expect(invocation).toHaveStreamed(lines);

    expect(await priceOrder.invoke({ customer: "Ada" })).toHaveFailedWith("Runtime.EventValidation");
  });
});
