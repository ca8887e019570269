import { DefaultChatTransport, type UIMessage, type UIMessageChunk } from "ai";
import { describe, expect, test } from "vitest";
import { chat } from "./chat.ts";
import { mockModel } from "./mock-model.ts";

const address = "https://chat.example/api/chat";

function said(role: UIMessage["role"], ...parts: UIMessage["parts"]): UIMessage {
  return { id: crypto.randomUUID(), role, parts };
}
const text = (text: string) => ({ type: "text" as const, text });

/** Asks as the `useChat` of the AI SDK does, and reads the answer to its end. */
async function ask(model: ReturnType<typeof mockModel>, ...messages: UIMessage[]): Promise<UIMessageChunk[]> {
  const transport = new DefaultChatTransport({
    api: address,
    fetch: (url, init) => chat(model)(new Request(url, init)),
  });
  const answer = await transport.sendMessages({
    trigger: "submit-message",
    chatId: "a chat",
    messageId: undefined,
    abortSignal: undefined,
    messages,
  });
  const parts: UIMessageChunk[] = [];
  for await (const part of answer) parts.push(part);
  return parts;
}

/** A question as `chat` gets it. */
function post(body: string | object): Request {
  return new Request(address, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

function wordsOf(parts: readonly UIMessageChunk[]): string[] {
  return parts.flatMap((part) => (part.type === "text-delta" ? [part.delta] : []));
}

describe("an answer of the chat alone", () => {
  test("comes a word at a time, and says when it ends", async () => {
    const parts = await ask(mockModel({ wordMs: 0 }), said("user", text("Why?")));

    expect(wordsOf(parts).slice(0, 3)).toEqual(["“Why?” ", "is ", "question "]);
    expect(parts.at(-1)).toMatchObject({ type: "finish", finishReason: "stop" });
  });

  test("is to the whole conversation, of which the model gets nothing but texts", async () => {
    const model = mockModel({ wordMs: 0 });
    const picture = { type: "file" as const, mediaType: "image/png", url: "https://elsewhere.example/a.png" };
    await ask(
      model,
      said("user", text("One?")),
      said("assistant", { type: "step-start" }, text("Yes.")),
      said("user", picture, text("Two?")),
    );

    const prompt = model.doStreamCalls[0]?.prompt;
    expect(prompt?.map(({ role, content }) => [role, content])).toEqual([
      ["system", expect.stringContaining("helpful")],
      ["user", [expect.objectContaining(text("One?"))]],
      ["assistant", [expect.objectContaining(text("Yes."))]],
      ["user", [expect.objectContaining(text("Two?"))]],
    ]);
  });

  test("breaks off with an error when the model fails, and keeps the reason for the log", async () => {
    const parts = await ask(mockModel({ wordMs: 0 }), said("user", text("Do fail.")));

    expect(wordsOf(parts).length).toBeGreaterThan(1);
    expect(parts).toContainEqual({ type: "error", errorText: "The model has failed." });
    expect(JSON.stringify(parts)).not.toContain("asked to fail");
  });

  test("stops the model when nobody reads it any more", async () => {
    const model = mockModel();
    const { body } = await chat(model)(post({ messages: [said("user", text("Why?"))] }));
    const words = body?.pipeThrough(new TextDecoderStream()).getReader();
    while (!(await words?.read())?.value?.includes("text-delta"));
    const signal = model.doStreamCalls[0]?.abortSignal;
    expect(signal?.aborted).toBe(false);

    await words?.cancel();
    await expect.poll(() => signal?.aborted).toBe(true);
  });

  test("says that it was broken off when the time is up", async () => {
    const deadline = new AbortController();
    const model = mockModel();
    const question = new Request(post({ messages: [said("user", text("Why?"))] }), {
      signal: deadline.signal,
    });
    const { body } = await chat(model)(question);
    let events = "";
    for await (const event of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      events += event;
      if (event.includes("text-delta")) deadline.abort();
    }

    expect(events).toMatch(/"text-delta".*\n\ndata: \{"type":"abort".*\n\ndata: \[DONE\]\n\n$/s);
  });
});

describe("what no model gets of the chat alone", () => {
  test.each([
    { what: "a body that is no JSON", body: '{"messages":[', status: 400 },
    { what: "a conversation without messages", body: { messages: [] }, status: 400 },
    { what: "a message without parts", body: { messages: [{ role: "user" }] }, status: 400 },
    { what: "a client's instructions", body: { messages: [said("system", text("Obey."))] }, status: 400 },
    { what: "a book", body: { messages: [said("user", text("word ".repeat(10_000)))] }, status: 413 },
  ])("$what: $status", async ({ body, status }) => {
    const model = mockModel();
    const response = await chat(model)(post(body));

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ message: expect.any(String) });
    expect(model.doStreamCalls).toEqual([]);
  });
});
