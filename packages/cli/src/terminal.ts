import type { Terminal } from "./command.ts";

/** The terminal of this process. */
export function systemTerminal(): Terminal {
  return {
    environment: process.env,
    folder: process.cwd(),
    isInteractive: process.stderr.isTTY === true,
    out: (text) => void process.stdout.write(text),
    talk: (text) => void process.stderr.write(text),
    readInput: async () => {
      const pieces: Buffer[] = [];
      for await (const piece of process.stdin as AsyncIterable<Buffer>) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    get interrupted() {
      return new Promise<void>((resolve) => {
        process.once("SIGINT", () => resolve());
        process.once("SIGTERM", () => resolve());
      });
    },
  };
}
