/** Sends what the driver orders and measures what comes back: one process for all servers, on plain sockets. */
import { median } from "../runtime/messages.ts";
import { ClientConnection, encodeRequest } from "./client-connection.ts";
import type { LoadResult, Order, Reply, Results } from "./orders.ts";

/** Connections with answers that are open on purpose. */
let held: ClientConnection[] = [];

process.on("message", (order: Order) => {
  carryOut(order).then(
    (result) => reply({ kind: "done", result }),
    (error: unknown) =>
      reply({ kind: "failed", reason: error instanceof Error ? error.message : String(error) }),
  );
});
process.on("disconnect", () => process.exit());

function reply(message: Reply): void {
  process.send?.(message);
}

async function carryOut(order: Order): Promise<Results[Order["kind"]]> {
  switch (order.kind) {
    case "load":
      return load(order);
    case "paced":
      return paced(order);
    case "drain":
      return drain(order);
    case "hold":
      return hold(order);
    case "release":
      for (const connection of held) connection.destroy();
      held = [];
      return {};
  }
}

function load(order: Extract<Order, { kind: "load" }>): Promise<LoadResult> {
  const request = encodeRequest(order.request, order.port);
  const connections = Array.from({ length: order.connections }, () => new ClientConnection(order.port));
  const answered = new Set<ClientConnection>();
  const durations: number[] = [];
  const firstBytes: number[] = [];
  const startedAt = performance.now();
  /** When answers begin to count; nothing while it is too early. */
  let countsFrom: number | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();

  const next = (connection: ClientConnection) => {
    const sentAt = performance.now();
    let firstByteAt = 0;
    connection.send(request, {
      firstByte: () => {
        firstByteAt = performance.now();
      },
      end: (bodyBytes) => {
        const now = performance.now();
        if (bodyBytes !== order.bodyBytes) {
          reject(new Error(`answered ${bodyBytes} bytes, not ${order.bodyBytes}`));
          return;
        }
        if (countsFrom === undefined) {
          answered.add(connection);
          if (now - startedAt >= order.warmUpMs && answered.size === connections.length) countsFrom = now;
        } else if (sentAt >= countsFrom) {
          durations.push(now - sentAt);
          firstBytes.push(firstByteAt - sentAt);
        }
        if (countsFrom === undefined || now - countsFrom < order.durationMs) next(connection);
        else resolve(summary(durations, firstBytes, now - countsFrom));
      },
      failed: reject,
    });
  };
  for (const connection of connections) next(connection);
  return promise.finally(() => {
    for (const connection of connections) connection.destroy();
  });
}

function summary(durations: readonly number[], firstBytes: readonly number[], elapsedMs: number): LoadResult {
  const sorted = Float64Array.from(durations).sort();
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN) * 1_000;
  return {
    perSecond: sorted.length / (elapsedMs / 1_000),
    p50Us: at(0.5),
    p99Us: at(0.99),
    firstByteUs: median(firstBytes) * 1_000,
  };
}

async function paced(order: Extract<Order, { kind: "paced" }>): Promise<Results["paced"]> {
  const gaps: number[] = [];
  await answerTo(order, (bytes) => {
    const now = process.hrtime.bigint();
    for (const [written] of bytes.toString("latin1").matchAll(/\d{12,}(?=x)/g)) {
      gaps.push(Number(now - BigInt(written)) / 1_000);
    }
  });
  return { gapUs: median(gaps) };
}

async function drain(order: Extract<Order, { kind: "drain" }>): Promise<Results["drain"]> {
  const startedAt = performance.now();
  const bodyBytes = await answerTo(order);
  const seconds = (performance.now() - startedAt) / 1_000;
  if (bodyBytes !== order.bodyBytes) throw new Error(`answered ${bodyBytes} bytes, not ${order.bodyBytes}`);
  return { megabytesPerSecond: bodyBytes / 1e6 / seconds };
}

/** Resolves with the length of the body. */
async function answerTo(
  { request, port }: Extract<Order, { kind: "paced" | "drain" }>,
  data?: (bytes: Buffer) => void,
): Promise<number> {
  const connection = new ClientConnection(port);
  try {
    return await new Promise<number>((resolve, reject) => {
      connection.send(encodeRequest(request, port), {
        ...(data === undefined ? {} : { data }),
        end: resolve,
        failed: reject,
      });
    });
  } finally {
    connection.destroy();
  }
}

/** Resolves when every answer has begun. */
async function hold(order: Extract<Order, { kind: "hold" }>): Promise<Results["hold"]> {
  const request = encodeRequest(order.request, order.port);
  await Promise.all(
    Array.from({ length: order.connections }, () => {
      const connection = new ClientConnection(order.port);
      held.push(connection);
      return new Promise<void>((resolve, reject) => {
        connection.send(request, {
          firstByte: resolve,
          end: () => reject(new Error("the answer ended")),
          failed: reject,
        });
      });
    }),
  );
  return {};
}
