import { Platform, receive } from "@sluice/platform";
import "@sluice/platform/vitest";
import { describe, expect, test } from "vitest";
import { app } from "./index.ts";

describe("the application alone", () => {
  test.each([
    { path: "/", status: 200, text: "Ask for /count/3.\n" },
    { path: "/count/2", status: 200, text: "Number: 1\nNumber: 2\n" },
    { path: "/count/many", status: 404, text: "404 Not Found" },
  ])("answers $path with $status", async ({ path, status, text }) => {
    const response = await app.request(path);

    expect(response.status).toBe(status);
    expect(await response.text()).toBe(text);
  });
});

// What template.yaml describes, on this machine: the application in a process of its own, behind its Function URL.
describe("the template on the platform", () => {
  test("numbers arrive one by one", async () => {
    await using platform = await Platform.start({ template: new URL("../template.yaml", import.meta.url) });

    const received = await receive(await platform.function("Web").fetch("/count/3"));
    expect(received).toHaveArrivedInPieces(3, { apartMs: 100 });
    expect(received).toHaveStreamed("Number: 1\nNumber: 2\nNumber: 3\n");
  });
});
