import type { HttpPrelude, TimedChunk } from "@sluice/protocol";

/**
 * What the matchers look at: an `InvocationRecord`, a `ReceivedResponse`, or the `InvokeResult` of
 * `@sluice/runtime/testing`.
 */
export interface Streamed {
  readonly kind?: "buffered" | "stream" | "error" | undefined;
  readonly chunks: readonly TimedChunk[];
  readonly text: string;
  readonly functionName?: string;
  readonly prelude?: Partial<HttpPrelude> | undefined;
  readonly preludeAtMs?: number | undefined;
  readonly status?: number | undefined;
  readonly error?:
    | {
        readonly errorType: string;
        readonly errorMessage: string;
        readonly reported?: "response" | "trailers" | "platform";
      }
    | undefined;
  readonly endedAtMs?: number | undefined;
  readonly leftAtMs?: number | undefined;
}

/** Pieces that a timeline shows at its beginning and at its end. */
const shownPieces = 10;
const shownCharacters = 48;

/** What happened and when, a line each. */
export function timelineOf(streamed: Streamed): string {
  const { chunks, prelude, error, leftAtMs } = streamed;
  const lines: { atMs: number | undefined; text: string }[] = [];
  if (prelude !== undefined) {
    const { statusCode = "no status", ...rest } = prelude;
    const more = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : "";
    lines.push({ atMs: streamed.preludeAtMs, text: `prelude ${statusCode}${more}` });
  }
  const hidden = chunks.slice(shownPieces, -shownPieces);
  for (const [index, chunk] of chunks.entries()) {
    if (index === shownPieces && hidden.length > 0) {
      lines.push({ atMs: undefined, text: `… ${counted(hidden.length, "piece")} more` });
    }
    if (!hidden.includes(chunk)) lines.push({ atMs: chunk.atMs, text: describe(chunk) });
  }
  if (leftAtMs !== undefined) {
    const next = lines.findIndex(({ atMs }) => atMs !== undefined && atMs > leftAtMs);
    lines.splice(next === -1 ? lines.length : next, 0, { atMs: leftAtMs, text: "the client left" });
  }
  const end = error === undefined ? endOf(streamed) : `failed: ${failureOf(error)}`;
  lines.push({ atMs: streamed.endedAtMs, text: end });
  const width = Math.max(...lines.map(({ atMs }) => (atMs === undefined ? 0 : atMs.toFixed(1).length)));
  return lines
    .map(
      ({ atMs, text }) => `  ${(atMs?.toFixed(1) ?? "").padStart(width)}${width > 0 ? " ms  " : ""}${text}`,
    )
    .join("\n");
}

/** An error in one line. */
export function failureOf({ errorType, errorMessage, reported }: NonNullable<Streamed["error"]>): string {
  const where = {
    response: " (instead of a response)",
    trailers: " (in trailers)",
    platform: " (found by Lambda)",
  };
  return `${errorType}${errorMessage === "" ? "" : `: ${errorMessage}`}${reported ? where[reported] : ""}`;
}

/** A number and what it counts. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function endOf(streamed: Streamed): string {
  // Only recordings of a platform can be looked at before their end.
  return "endedAtMs" in streamed && streamed.endedAtMs === undefined ? "not over yet" : "the end";
}

function describe(chunk: TimedChunk): string {
  const text = String(chunk);
  const isText = !text.includes("\ufffd");
  const whole = isText ? JSON.stringify(text) : chunk.toString("hex");
  const shown = whole.length > shownCharacters ? `${whole.slice(0, shownCharacters)}…` : whole;
  return `${counted(chunk.wholeLength, "byte")} ${shown}`;
}
