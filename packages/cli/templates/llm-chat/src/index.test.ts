import { Platform, receive } from "@sluice/platform";
import "@sluice/platform/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// What template.yaml describes, on this machine: the function in a process of its own, behind its Function URL.
const template = new URL("../template.yaml", import.meta.url);
/** An answer takes two seconds, and longer on a busy machine. */
const timeout = 20_000;

function ask(platform: Platform, text: string, signal?: AbortSignal): Promise<Response> {
  return platform.function("Chat").fetch("/api/chat", {
    method: "POST",
    body: JSON.stringify({ messages: [{ role: "user", parts: [{ type: "text", text }] }] }),
    ...(signal && { signal }),
  });
}

describe("the template on the platform", { timeout }, () => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await Platform.start({ template });
  });
  afterAll(() => platform.close());

  test("everyone gets the page", async () => {
    const response = await fetch(platform.function("Chat").url);

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await response.text()).toContain("<title>Chat</title>");
  });

  test("words arrive one by one", async () => {
    const received = await receive(await ask(platform, "Why?"));

    expect(received).toHaveArrivedInPieces(5, { apartMs: 20 });
    expect(received).toHaveStreamed(/\n\ndata: \[DONE\]\n\n$/);
  });

  test("a model that fails in the middle is an error on a stream that comes to its end", async () => {
    const received = await receive(await ask(platform, "Please fail."));

    expect(received).toHaveStreamed(
      /"type":"text-delta".*"type":"error","errorText":"The model has failed\."/s,
    );
  });

  test.each([
    { method: "GET", path: "/api/chat", status: 404 },
    { method: "GET", path: "/else", status: 404 },
    { method: "POST", path: "/api/chat", status: 400 },
  ])("$method $path without a conversation: $status", async ({ method, path, status }) => {
    expect((await platform.function("Chat").fetch(path, { method })).status).toBe(status);
  });

  test("as on AWS, the function speaks to the end though its client has left", async () => {
    const leaving = new AbortController();
    const response = await ask(platform, "Why?", leaving.signal);
    leaving.abort();

    expect(await platform.invocationOf(response)).toHaveStreamed(/\n\ndata: \[DONE\]\n\n$/);
  });
});

test("on a platform that tells the function, a client that leaves ends the answer", { timeout }, async () => {
  await using platform = await Platform.start({ template, abortsOnDisconnect: true });
  const leaving = new AbortController();
  const response = await ask(platform, "Why?", leaving.signal);
  leaving.abort();

  expect((await platform.invocationOf(response)).text).not.toContain("[DONE]");
});
