import { Platform, receive } from "@sluice/platform";
import "@sluice/platform/vitest";
import { invoke } from "@sluice/runtime/testing";
import { describe, expect, test } from "vitest";
import { handler } from "./index.ts";

describe("the function alone", () => {
  test("sends status and headers, then a number at a time", async () => {
    const result = await invoke(handler, { queryStringParameters: { count: "2" } });

    expect(result).toHavePrelude({ statusCode: 200, headers: { "content-type": "text/plain" } });
    expect(result).toHaveStreamed(["Number: 1\n", "Number: 2\n", "That is all.\n"]);
  });

  test.each(["0", "51", "2.5", "many"])("refuses to count to %s", async (count) => {
    const result = await invoke(handler, { queryStringParameters: { count } });

    expect(result).toHavePrelude({ statusCode: 400 });
    expect(result).toHaveStreamed("count is a whole number from 1 to 50.\n");
  });
});

// What template.yaml describes, on this machine: the function in a process of its own, behind its Function URL.
describe("the template on the platform", () => {
  test("numbers arrive one by one, and only who signs gets them", async () => {
    await using platform = await Platform.start({ template: new URL("../template.yaml", import.meta.url) });

    const response = await platform.function("Numbers").fetch("/");
    expect(response.status).toBe(200);
    const received = await receive(response);
    expect(received).toHaveArrivedInPieces(3, { apartMs: 100 });
    expect(received).toHaveStreamed("Number: 1\nNumber: 2\nNumber: 3\nThat is all.\n");

    expect((await fetch(platform.function("Numbers").url)).status).toBe(403);
  });
});
