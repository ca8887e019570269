import type { PlatformResults, RowResult } from "./measure.ts";
import type { Aim } from "./rows.ts";
import type { ServerName } from "./server.ts";

/** An aim and what became of it. */
export interface JudgedAim {
  /** What our number was compared with. */
  readonly than: string;
  readonly aim: string;
  /** A ratio, or our number itself. */
  readonly value: number;
  readonly isMet: boolean;
}

/** Our median divided by theirs. */
export function ratioTo({ servers }: RowResult, name: ServerName): number | undefined {
  const ours = servers.sluice?.median;
  const theirs = servers[name]?.median;
  return ours === undefined || theirs === undefined ? undefined : ours / theirs;
}

/** The aims of a row, as far as there are numbers for them. */
export function judge(row: RowResult, servers: PlatformResults["servers"]): readonly JudgedAim[] {
  return row.aims.flatMap((aim): JudgedAim[] => {
    const ours = row.servers.sluice?.median;
    if (ours === undefined) return [];
    if (aim.than === undefined) {
      const text = `≤ ${aim.atMost} ${row.unit}`;
      return [{ than: "", aim: text, value: ours, isMet: ours <= aim.atMost }];
    }
    const best = bestOf(row, aim.than, servers);
    if (best === undefined) return [];
    const value = ours / best.median;
    const { atLeast, atMost } = aim;
    const isMet = value >= (atLeast ?? 0) && value <= (atMost ?? Number.POSITIVE_INFINITY);
    const text = atLeast === undefined ? `≤ ${atMost}` : atLeast === 1 ? "> 1" : `≥ ${atLeast}`;
    return [{ than: best.label, aim: text, value, isMet }];
  });
}

function bestOf(
  row: RowResult,
  than: NonNullable<Aim["than"]>,
  servers: PlatformResults["servers"],
): { readonly label: string; readonly median: number } | undefined {
  const candidates = servers.flatMap(({ name, kind, label }) => {
    const result = row.servers[name];
    return result === undefined || (name !== than && kind !== than) ? [] : [{ label, median: result.median }];
  });
  const sorted = candidates.sort((a, b) =>
    row.better === "more" ? b.median - a.median : a.median - b.median,
  );
  return sorted[0];
}
