import { createUIMessageStreamResponse, type LanguageModel, streamText, toUIMessageStream } from "ai";
import * as z from "zod";

/** What a request may hold, so that nobody makes a model read a book; in UTF-16 units. */
const maxLength = 50_000;

/** What `useChat` of the AI SDK sends, too, as far as it concerns a chat of texts. */
const Conversation = z.object({
  messages: z
    .array(
      z.object({
        role: z.enum(["user", "assistant"]),
        parts: z.array(z.object({ type: z.string(), text: z.string().optional() })),
      }),
    )
    .min(1),
});

/**
 * Answers the last of a conversation's messages with a UI message stream: server-sent events, each a part of the answer
 * or an error.
 * @see https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol
 */
export function chat(model: LanguageModel): (request: Request) => Promise<Response> {
  return async (request) => {
    const body = await request.text();
    if (body.length > maxLength) return refusal(413, "This conversation is too long. Begin another.");
    const conversation = Conversation.safeParse(parsed(body));
    if (!conversation.success)
      return refusal(400, `This is no conversation:\n${z.prettifyError(conversation.error)}`);

    const leaving = new AbortController();
    const { stream } = streamText({
      model,
      instructions: "You are a helpful assistant. Answer in plain text, without Markdown.",
      // Texts alone: the SDK would fetch a file from whatever address a client names.
      messages: conversation.data.messages.map(({ role, parts }) => ({ role, content: textOf(parts) })),
      maxOutputTokens: 2000,
      // The request's signal aborts shortly before the function's timeout.
      abortSignal: AbortSignal.any([request.signal, leaving.signal]),
    });
    return createUIMessageStreamResponse({
      stream: toUIMessageStream({ stream, onError: () => "The model has failed." }).pipeThrough(
        // The SDK lets the model talk on when nobody reads any more.
        new TransformStream({ cancel: () => leaving.abort() }),
      ),
      // A comment keeps the connection open while the model thinks.
      keepAliveMs: 15_000,
    });
  };
}

function textOf(parts: readonly { readonly type: string; readonly text?: string | undefined }[]): string {
  return parts.map(({ type, text = "" }) => (type === "text" ? text : "")).join("");
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function refusal(status: number, message: string): Response {
  return Response.json({ message }, { status });
}
