import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";

/** One way for bytes from a process to us. */
export interface OutputPipe {
  readonly reader: Readable;
  /** For the process. It must be closed here once the process has it. */
  readonly writerFd: number;
}

/**
 * Opens pipes for a process's standard output and error.
 *
 * What Node.js would make for a child is a socket, and `/dev/stdout` and `/dev/stderr` can't be opened on one; scripts
 * and servers do that. A named pipe whose name is gone is a pipe like any other.
 */
export async function openOutputPipes(): Promise<readonly [OutputPipe, OutputPipe]> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-output-"));
  try {
    const paths = [join(folder, "stdout"), join(folder, "stderr")] as const;
    await promisify(execFile)("mkfifo", ["-m", "600", ...paths]);
    const stdout = openPipe(paths[0]);
    try {
      return [stdout, openPipe(paths[1])];
    } catch (error) {
      discardPipes([stdout]);
      throw error;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function openPipe(path: string): OutputPipe {
  // Without waiting for the other end, which is opened next.
  const readerFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writerFd = openSync(path, constants.O_WRONLY);
    return { reader: new Socket({ fd: readerFd, readable: true, writable: false }), writerFd };
  } catch (error) {
    closeSync(readerFd);
    throw error;
  }
}

/** Closes our copy of the ends that a process has by now. */
export function closeWriters(pipes: readonly OutputPipe[]): void {
  for (const { writerFd } of pipes) closeSync(writerFd);
}

/** Closes both ends: there is no process for them. */
export function discardPipes(pipes: readonly OutputPipe[]): void {
  closeWriters(pipes);
  for (const { reader } of pipes) reader.destroy();
}
