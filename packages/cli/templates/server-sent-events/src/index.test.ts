import { Platform, receive } from "@sluice/platform";
import "@sluice/platform/vitest";
import { invoke } from "@sluice/runtime/testing";
import { describe, expect, test } from "vitest";
import { handler } from "./index.ts";

describe("the function alone", () => {
  test("sends an event for each step, and one when all are done", async () => {
    const result = await invoke(handler, {});

    expect(result).toHavePrelude({ statusCode: 200, headers: { "content-type": "text/event-stream" } });
    expect(result).toHaveStreamed([
      'event: progress\nid: 1\ndata: {"step":"fetched","done":1,"of":3}\n\n',
      'event: progress\nid: 2\ndata: {"step":"converted","done":2,"of":3}\n\n',
      'event: progress\nid: 3\ndata: {"step":"stored","done":3,"of":3}\n\n',
      "event: done\ndata: All steps are done.\n\n",
    ]);
  });
});

// What template.yaml describes, on this machine: the function in a process of its own, behind its Function URL.
describe("the template on the platform", () => {
  test("a client that comes back gets the events that it has not seen, as they happen", async () => {
    await using platform = await Platform.start({ template: new URL("../template.yaml", import.meta.url) });

    const response = await platform.function("Progress").fetch("/", { headers: { "last-event-id": "1" } });
    const received = await receive(response);
    expect(received).toHaveArrivedInPieces(2, { apartMs: 100 });
    expect(received.text.match(/^id: .*$/gm)).toEqual(["id: 2", "id: 3"]);
  });
});
