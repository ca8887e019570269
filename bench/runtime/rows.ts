import type { FunctionName } from "./clients.ts";
import type { Placement } from "./placement.ts";
import type { Session } from "./session.ts";

/** The aim for our number divided by the official client's. */
export type Aim = { readonly atLeast: number } | { readonly atMost: number };

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Decimals in the table. */
  readonly digits: number;
  readonly aim?: Aim;
  /** Reported for the first placement of the scenario only: it does not depend on it, or says nothing there. */
  readonly once?: true;
  /** Stands in the aim column where there is no ratio. */
  readonly note?: string;
}

/** One kind of client process, and the rows that are read from it. */
export interface Scenario {
  readonly rows: readonly Row[];
  readonly functionName: FunctionName;
  /** Measured in each; the aims hold for the first. */
  readonly placements: readonly Placement[];
  readonly rounds: number;
  /** Resolves with one number per row, in their order; `undefined` where the system does not tell. */
  measure(session: Session): Promise<readonly (number | undefined)[]>;
}

const kilobyteEvent = paddedEvent(1024);

export const scenarios: readonly Scenario[] = [
  {
    rows: [
      { id: "echo", title: "1 KB echo", unit: "invocations/s", digits: 0, aim: { atLeast: 2.2 } },
      { id: "cpu", title: "CPU per 1,000 echoes", unit: "ms", digits: 1, aim: { atMost: 0.4 }, once: true },
      {
        id: "memory-echo",
        title: "resident memory after 15,000 echoes",
        unit: "MB",
        digits: 1,
        aim: { atMost: 1 },
        once: true,
      },
    ],
    functionName: "echo",
    placements: ["same core", "other core"],
    rounds: 9,
    async measure(session) {
      await session.run(echoes(5_000));
      const before = session.usage();
      const { totalMs } = await session.run(echoes(10_000));
      const after = session.usage();
      const cpuMs = before && after && (after.cpuMs - before.cpuMs) / 10;
      return [10_000 / (totalMs / 1_000), cpuMs, after?.residentMb];
    },
  },
  {
    rows: [
      {
        id: "first-byte",
        title: "first byte of a stream of 3 chunks",
        unit: "µs",
        digits: 1,
        aim: { atMost: 0.35 },
      },
    ],
    functionName: "stream",
    placements: ["same core", "other core"],
    rounds: 9,
    async measure(session) {
      await session.run(streams(1_000, { chunks: 3, size: 16 }));
      const { firstByteMs } = await session.run(streams(3_000, { chunks: 3, size: 16 }));
      return [firstByteMs * 1_000];
    },
  },
  {
    rows: [{ id: "chunks", title: "10,000 chunks of 16 bytes", unit: "ms", digits: 2, aim: { atMost: 0.3 } }],
    functionName: "stream",
    placements: ["same core", "other core"],
    rounds: 9,
    async measure(session) {
      await session.run(streams(30, { chunks: 10_000, size: 16 }));
      const { responseMs } = await session.run(streams(60, { chunks: 10_000, size: 16 }));
      return [responseMs];
    },
  },
  {
    rows: [
      { id: "throughput", title: "100 MB in 64 KB chunks", unit: "GB/s", digits: 2, aim: { atLeast: 1 } },
    ],
    functionName: "stream",
    placements: ["same core", "other core"],
    rounds: 7,
    async measure(session) {
      const order = streams(5, { chunks: 1_600, size: 65_536 });
      await session.run({ ...order, invocations: 1 });
      const { responseMs } = await session.run(order);
      return [order.responseBytes / 1e6 / responseMs];
    },
  },
  {
    rows: [{ id: "start", title: "process start to first /next", unit: "ms", digits: 1, aim: { atMost: 1 } }],
    functionName: "stream",
    placements: ["other core"],
    rounds: 25,
    async measure(session) {
      return [session.startMs];
    },
  },
  {
    rows: [
      {
        id: "memory-stream",
        title: "resident memory after streaming 1 GB",
        unit: "MB",
        digits: 1,
        aim: { atMost: 1 },
      },
      {
        id: "memory-growth",
        title: "its growth over a second 1 GB",
        unit: "MB",
        digits: 1,
        note: "flat",
      },
    ],
    functionName: "stream",
    placements: ["other core"],
    rounds: 5,
    async measure(session) {
      const gigabyte = streams(1, { chunks: 16_000, size: 65_536 });
      await session.run(gigabyte);
      const first = session.usage();
      await session.run(gigabyte);
      const second = session.usage();
      return [first?.residentMb, first && second && second.residentMb - first.residentMb];
    },
  },
];

function echoes(invocations: number) {
  return { event: kilobyteEvent, invocations, responseBytes: kilobyteEvent.length };
}

function streams(invocations: number, order: { readonly chunks: number; readonly size: number }) {
  return { event: JSON.stringify(order), invocations, responseBytes: order.chunks * order.size };
}

/** A JSON event of a few nested values, filled up to exactly `bytes`. */
function paddedEvent(bytes: number): string {
  const items = Array.from({ length: 8 }, (_, id) => ({
    id,
    name: `item ${id}`,
    price: id * 1.25,
    tags: ["a", "b"],
  }));
  const unpadded = JSON.stringify({ items, active: true, padding: "" }).length;
  return JSON.stringify({ items, active: true, padding: "x".repeat(bytes - unpadded) });
}
