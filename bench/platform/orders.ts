/** What the driver of the benchmark and its load generator tell each other over their IPC channel. */

/** One HTTP request, sent as it is. */
export interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Besides `Host` and `Content-Length`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Target {
  readonly port: number;
  readonly request: Request;
}

export type Order =
  /** The same request over and over, one at a time on each connection. */
  | (Target & {
      readonly kind: "load";
      readonly connections: number;
      /** Answers that count come after this time, and after the first answer of every connection. */
      readonly warmUpMs: number;
      readonly durationMs: number;
      /** Length that every body must have, so that no server is fast by answering something else. */
      readonly bodyBytes: number;
    })
  /** One answer whose chunks begin with the time at which they were written. */
  | (Target & { readonly kind: "paced" })
  /** One long answer. */
  | (Target & { readonly kind: "drain"; readonly bodyBytes: number })
  /** Answers that begin and do not end until `release`. */
  | (Target & { readonly kind: "hold"; readonly connections: number })
  | { readonly kind: "release" };

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Median time from the request to the first byte of the body. */
  readonly firstByteUs: number;
}

/** By the kind of the order. */
export interface Results {
  readonly load: LoadResult;
  /** Median time from the function's write to the receipt, in microseconds. */
  readonly paced: { readonly gapUs: number };
  readonly drain: { readonly megabytesPerSecond: number };
  readonly hold: Record<string, never>;
  readonly release: Record<string, never>;
}

export type Reply =
  | { readonly kind: "done"; readonly result: Results[Order["kind"]] }
  | { readonly kind: "failed"; readonly reason: string };
