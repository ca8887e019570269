import type { LoadClient } from "./load-client.ts";
import { memoryOf, treeMemoryMb } from "./process-tree.ts";
import type { RunningServer } from "./running-server.ts";
import type { Server, ServerName } from "./server.ts";

/**
 * What our number, or our number divided by the best of those it is compared with, is to be. `best` is over all servers of
 * a kind that were measured.
 */
export type Aim =
  | {
      readonly than: "isolated" | "in-process" | ServerName;
      readonly atLeast?: number;
      readonly atMost?: number;
    }
  | { readonly than?: undefined; readonly atMost: number };

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Decimals in the table. */
  readonly digits: number;
  readonly better: "more" | "less";
  readonly aims: readonly Aim[];
}

/** A server that was started for one round. */
export interface Subject {
  readonly server: Server;
  readonly running: RunningServer;
  readonly client: LoadClient;
}

/** What is read from one start of a server. */
export interface Scenario {
  readonly rows: readonly Row[];
  readonly rounds: number;
  /** Which function answers first, and so what a server must have to take part. */
  readonly uses: "trivial" | "stream";
  /** Records one number per row, in their order; `undefined` where the system does not tell. */
  measure(subject: Subject, record: Record): Promise<void>;
}

/** Takes the numbers of the next rows. What was recorded before an error counts. */
export type Record = (...values: readonly (number | undefined)[]) => void;

const connections = [1, 10, 50] as const;

/**
 * Servers and functions are JavaScript, which is compiled while it runs, for the longer the more of it there is. What is
 * measured is how fast each is when that is nearly over; nobody runs more of it than Sluice.
 */
export const warmUpMs = 15_000;
const durationMs = 3_000;

const isolated = { than: "isolated", atLeast: 1 } as const;
const inProcess = { than: "in-process", atLeast: 1 } as const;

/** One megabyte of the throughput and memory rows is 16 chunks. */
const chunkBytes = 64 * 1024;
const openStreams = 50;

export const scenarios: readonly Scenario[] = [
  {
    rows: connections.flatMap((count): Row[] => {
      const at = count === 1 ? "1 connection" : `${count} connections`;
      return [
        {
          id: `platform-requests-${count}`,
          title: `requests, ${at}`,
          unit: "per second",
          digits: 0,
          better: "more",
          aims: count === 1 ? [isolated] : [isolated, inProcess],
        },
        { id: `platform-p50-${count}`, title: `p50, ${at}`, unit: "ms", digits: 2, better: "less", aims: [] },
        { id: `platform-p99-${count}`, title: `p99, ${at}`, unit: "ms", digits: 2, better: "less", aims: [] },
      ];
    }),
    rounds: 3,
    uses: "trivial",
    async measure({ server, running, client }, record) {
      const { trivial } = server;
      if (trivial === undefined) return;
      for (const count of connections) {
        const { perSecond, p50Us, p99Us } = await client.order({
          kind: "load",
          port: running.port,
          request: trivial.request,
          bodyBytes: running.bodyBytes,
          connections: count,
          warmUpMs,
          durationMs,
        });
        record(perSecond, p50Us / 1_000, p99Us / 1_000);
      }
    },
  },
  {
    rows: [
      {
        id: "platform-first-byte",
        title: "first byte of a stream",
        unit: "µs",
        digits: 0,
        better: "less",
        aims: [{ than: "two-hop", atMost: 2 }],
      },
      {
        id: "platform-gap",
        title: "function's write to client's receipt",
        unit: "µs",
        digits: 0,
        better: "less",
        aims: [{ than: "two-hop", atMost: 2 }],
      },
      {
        id: "platform-throughput",
        title: "500 MB in 64 KB chunks",
        unit: "MB/s",
        digits: 0,
        better: "more",
        aims: [{ than: "two-hop", atLeast: 0.5 }],
      },
    ],
    rounds: 5,
    uses: "stream",
    async measure({ server, running, client }, record) {
      const { stream } = server;
      if (stream === undefined) return;
      const { port } = running;
      const load = await client.order({
        kind: "load",
        port,
        request: stream("chunks=2&size=16"),
        bodyBytes: 32,
        connections: 1,
        warmUpMs,
        durationMs,
      });
      record(load.firstByteUs);
      const paced = await client.order({
        kind: "paced",
        port,
        request: stream("chunks=300&size=64&everyMs=4"),
      });
      record(paced.gapUs);
      await drain({ server, running, client }, 50);
      record(await drain({ server, running, client }, 500));
    },
  },
  {
    rows: [
      {
        id: "platform-start",
        title: "start to the last byte of the first answer",
        unit: "ms",
        digits: 0,
        better: "less",
        aims: [{ atMost: 400 }],
      },
    ],
    rounds: 7,
    uses: "trivial",
    async measure({ running }, record) {
      record(running.startMs);
    },
  },
  {
    rows: [
      {
        id: "platform-memory-stream",
        title: "resident memory after streaming 1 GB",
        unit: "MB",
        digits: 1,
        better: "less",
        aims: [],
      },
      {
        id: "platform-memory-growth",
        title: "growth of its peak over a second 1 GB",
        unit: "MB",
        digits: 1,
        better: "less",
        aims: [{ atMost: 16 }],
      },
      {
        id: "platform-memory-open",
        title: "platform's memory per open stream",
        unit: "MB",
        digits: 2,
        better: "less",
        aims: [],
      },
      {
        id: "platform-memory-tree",
        title: "memory per open stream, the function's process included",
        unit: "MB",
        digits: 1,
        better: "less",
        aims: [],
      },
    ],
    rounds: 3,
    uses: "stream",
    async measure(subject, record) {
      const { server, running, client } = subject;
      const { stream } = server;
      if (stream === undefined) return;
      const { port, pid } = running;
      await drain(subject, 1_000);
      const before = memoryOf(pid);
      await drain(subject, 1_000);
      const after = memoryOf(pid);
      record(before?.residentMb, before && after && after.peakMb - before.peakMb);
      const treeBefore = treeMemoryMb(pid);
      await client.order({
        kind: "hold",
        port,
        request: stream("chunks=1&size=16&holdMs=120000"),
        connections: openStreams,
      });
      const open = memoryOf(pid);
      const treeOpen = treeMemoryMb(pid);
      await client.order({ kind: "release" });
      record(
        after && open && (open.residentMb - after.residentMb) / openStreams,
        treeBefore && treeOpen && (treeOpen - treeBefore) / openStreams,
      );
    },
  },
];

/** Resolves with the throughput in MB/s. */
async function drain({ server, running, client }: Subject, megabytes: number): Promise<number | undefined> {
  const chunks = Math.round((megabytes * 1e6) / chunkBytes);
  const request = server.stream?.(`chunks=${chunks}&size=${chunkBytes}`);
  if (request === undefined) return undefined;
  const { megabytesPerSecond } = await client.order({
    kind: "drain",
    port: running.port,
    request,
    bodyBytes: chunks * chunkBytes,
  });
  return megabytesPerSecond;
}
