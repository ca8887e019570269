import { createInterface } from "node:readline/promises";
import type { Terminal } from "./command.ts";

/** The terminal of this process. */
export function systemTerminal(): Terminal {
  // Whoever reads may stop reading, as head does: then there is nobody to tell.
  process.stdout.on("error", leaveQuietly);
  process.stderr.on("error", () => {});
  const talk = new TurnWriter((text) => void process.stderr.write(text));
  process.once("exit", () => talk.flush());
  return {
    environment: process.env,
    folder: process.cwd(),
    isInteractive: process.stderr.isTTY === true,
    out: (content) => {
      // Both may be the same screen.
      talk.flush();
      process.stdout.write(content);
    },
    talk: (text) => talk.add(text),
    readInput: async () => {
      const pieces: Buffer[] = [];
      for await (const piece of process.stdin as AsyncIterable<Buffer>) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    ask:
      process.stdin.isTTY === true && process.stderr.isTTY === true
        ? async (question) => {
            talk.flush();
            const lines = createInterface({ input: process.stdin, output: process.stderr });
            try {
              return await lines.question(question);
            } finally {
              lines.close();
            }
          }
        : undefined,
    get interrupted() {
      return new Promise<void>((resolve) => {
        process.once("SIGINT", () => resolve());
        process.once("SIGTERM", () => resolve());
      });
    },
  };
}

/** How long a line may wait for more of them, in milliseconds: nobody sees that. */
const togetherMs = 15;

/**
 * Writes at once what is said in one turn of the event loop, and of a busy platform, which says five lines for each
 * invocation, what is said in a few milliseconds.
 */
class TurnWriter {
  readonly #write: (text: string) => void;
  #text = "";
  #wroteMs = Number.NEGATIVE_INFINITY;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  add(text: string): void {
    if (this.#text === "") this.#flushSoon();
    this.#text += text;
  }

  flush(): void {
    const text = this.#text;
    if (text === "") return;
    this.#text = "";
    this.#wroteMs = performance.now();
    this.#write(text);
  }

  #flushSoon(): void {
    const passedMs = performance.now() - this.#wroteMs;
    if (passedMs < togetherMs) setTimeout(() => this.flush(), togetherMs - passedMs);
    else setImmediate(() => this.flush());
  }
}

function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit();
  throw error;
}
