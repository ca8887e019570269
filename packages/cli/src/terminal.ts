import type { Terminal } from "./command.ts";

/** The terminal of this process. */
export function systemTerminal(): Terminal {
  // Whoever reads may stop reading, as head does: then there is nobody to tell.
  process.stdout.on("error", leaveQuietly);
  process.stderr.on("error", () => {});
  return {
    environment: process.env,
    folder: process.cwd(),
    isInteractive: process.stderr.isTTY === true,
    out: (content) => void process.stdout.write(content),
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

function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit();
  throw error;
}
