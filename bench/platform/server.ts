import type { Request } from "./orders.ts";

export const serverNames = [
  "sluice",
  "sluice-rest",
  "serverless-offline",
  "serverless-offline-in-process",
  "vercel-fun",
  "lambda-local",
  "serverless-aws-lambda",
  "emulator",
  "front-raw",
  "front-official",
  "two-hop",
] as const;
export type ServerName = (typeof serverNames)[number];

/** What is started for a server. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A request and what its answer contains when the server is up. */
export interface Probe {
  readonly request: Request;
  readonly body: string;
}

/** Something that answers HTTP requests by running a function, or a limit for such. */
export interface Server {
  readonly name: ServerName;
  readonly label: string;
  /**
   * - `isolated`: the function runs in a process or a thread of its own.
   * - `in-process`: it runs in the server's own event loop.
   * - `limit`: nothing that one can use, but the least that must be done.
   */
  readonly kind: "sluice" | "isolated" | "in-process" | "limit";
  /** Why it cannot run here, if it cannot. */
  readonly unavailable?: string;
  /** @param ports - two that nobody listens on; requests go to the first. */
  start(ports: readonly [number, number]): Command;
  /** The request that runs the trivial function, if it has one. */
  readonly trivial?: Probe;
  /** The request that runs the streaming function, if it streams. @param query - see project/stream.js. */
  readonly stream?: (query: string) => Request;
}
