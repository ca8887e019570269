import { simulateReadableStream } from "ai";
import { MockLanguageModelV4 } from "ai/test";

/** Makes an answer up, and says a word of it every `wordMs`. Asked to fail, it fails in the middle. */
export function mockModel({ wordMs = 40 } = {}): MockLanguageModelV4 {
  return new MockLanguageModelV4({
    doStream: async ({ prompt }) => {
      const questions = prompt.flatMap(({ role, content }) =>
        role === "user" ? content.map((part) => (part.type === "text" ? part.text : "")) : [],
      );
      const question = questions.at(-1) ?? "";
      const words = answer(question, questions.length).split(/(?<= )/);
      const fails = /\bfail\b/i.test(question);
      const said = fails ? words.slice(0, words.length / 2) : words;
      return {
        stream: simulateReadableStream<Part>({
          initialDelayInMs: wordMs,
          chunkDelayInMs: wordMs,
          chunks: [
            { type: "text-start", id: "answer" },
            ...said.map((delta): Part => ({ type: "text-delta", id: "answer", delta })),
            ...(fails ? failure() : end),
          ],
        }),
      };
    },
  });
}

/** What a model's stream consists of. */
type Part =
  Awaited<ReturnType<MockLanguageModelV4["doStream"]>>["stream"] extends ReadableStream<infer P> ? P : never;

function failure(): Part[] {
  return [{ type: "error", error: new Error("The mock model was asked to fail.") }];
}

const end: Part[] = [
  { type: "text-end", id: "answer" },
  {
    type: "finish",
    finishReason: { unified: "stop", raw: undefined },
    // A mock counts no tokens.
    usage: {
      inputTokens: { total: 0, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
      outputTokens: { total: 0, text: undefined, reasoning: undefined },
    },
  },
];

function answer(question: string, count: number): string {
  return [
    `“${question}” is question ${count} of this conversation, and I don't know the answer: I am a mock model.`,
    "My words come one after the other, without a key and without a network.",
    "Put a real model into src/model.ts, and ask again.",
  ].join(" ");
}
