import { invoke } from "@sluice/runtime/testing";
import { expect, test, vi } from "vitest";
import event from "../events/get.json" with { type: "json" };
import resumed from "../events/get-resumed.json" with { type: "json" };
import { progress } from "./handler.ts";

vi.mock("node:timers/promises", () => ({ setTimeout: vi.fn() }));

test("each step is an event, and the last event says that it is over", async () => {
  const { prelude, text } = await invoke(progress, event);

  expect(prelude?.headers).toMatchObject({ "Content-Type": "text/event-stream" });
  expect(text).toBe(
    [
      "retry: 2000",
      'event: progress\nid: 1\ndata: {"step":"fetched","done":1,"of":3}',
      'event: progress\nid: 2\ndata: {"step":"converted","done":2,"of":3}',
      'event: progress\nid: 3\ndata: {"step":"stored","done":3,"of":3}',
      "event: done\ndata: All steps are done.\n\n",
    ].join("\n\n"),
  );
});

test("a client that comes back gets what it has not seen", async () => {
  const { text } = await invoke(progress, resumed);

  expect(text.match(/^id: .*$/gm)).toEqual(["id: 3"]);
});
