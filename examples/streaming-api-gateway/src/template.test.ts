import { Platform, receive } from "@sluice/platform";
import "@sluice/platform/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// What template.yaml describes, on this machine: the function in a process of its own, behind its REST API and its URL.
let platform: Platform;
beforeAll(async () => {
  platform = await Platform.start({ template: new URL("../template.yaml", import.meta.url) });
});
afterAll(() => platform.close());

const lines = ["Number: 1\n", "Number: 2\n", "Number: 3\n", "Streaming complete!\n"];

describe.concurrent("the stream", () => {
  test("arrives piece by piece through the REST API", async ({ expect }) => {
    const response = await platform.api("StreamingApi").fetch("/stream");
    expect(response.status).toBe(200);
    expect(response.headers.get("x-my-custom-header")).toBe("streaming-example");

    const received = await receive(response);
    expect(received).toHaveArrivedInPieces(4, { apartMs: 500 });
    expect(received).toHaveStreamed(lines);
  });

  test("goes on to its end in the function when the client leaves", async ({ expect }) => {
    const leaving = new AbortController();
    const response = await platform.function("StreamingNumbers").fetch("/", { signal: leaving.signal });
    leaving.abort();

    const invocation = await platform.invocationOf(response);
    expect(invocation.leftAtMs).toBeDefined();
    expect(invocation).toHavePrelude({ statusCode: 200, headers: { "content-type": "text/plain" } });
    expect(invocation).toHaveStreamed(lines);
  });
});

test("nobody gets in without a signature", async () => {
  const { url } = platform.api("StreamingApi");
  expect((await fetch(`${url}stream`)).status).toBe(403);
  expect((await fetch(platform.function("StreamingNumbers").url)).status).toBe(403);
});
