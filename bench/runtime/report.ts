import { cpus } from "node:os";
import type { BundleSize } from "../bundle-size.ts";
import { type ClientName, clientNames } from "./clients.ts";
import type { RowResult, RuntimeResults } from "./measure.ts";
import { officialVersion } from "./peers.ts";
import type { Aim } from "./rows.ts";

export interface Environment {
  readonly date: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  /** Version of `aws-lambda-ric`. */
  readonly official?: string;
}

export interface Report extends RuntimeResults {
  readonly environment: Environment;
  readonly bundle?: BundleSize;
}

export function describeEnvironment(): Environment {
  const processors = cpus();
  const official = officialVersion();
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    ...(official === undefined ? {} : { official }),
  };
}

const labels: Record<ClientName, string> = {
  sluice: "Sluice",
  official: "official",
  raw: "raw loop",
  "raw-pipelined": "raw, one write",
};

/** The report as a Markdown page. */
export function markdown({ environment, rows, missing, bundle }: Report): string {
  const official = environment.official === undefined ? "" : ` aws-lambda-ric ${environment.official},`;
  const lines = [
    "# Runtime API client benchmark",
    "",
    `${environment.date},${official} Node ${environment.node}, ${environment.platform}, ${environment.cpu}, ${environment.cores} cores.`,
    "Medians of interleaved rounds against the same mock Runtime API. The raw loop is the limit, not a client one can use.",
  ];
  for (const [name, reason] of Object.entries(missing)) lines.push("", `Not measured: ${name}, ${reason}.`);
  if (rows.length > 0) lines.push("", ...table(rows));
  if (bundle !== undefined) lines.push("", ...bundleTable(bundle));
  return `${lines.join("\n")}\n`;
}

function table(rows: readonly RowResult[]): string[] {
  const header = ["row", "unit", "client and mock", ...clientNames.map((name) => labels[name])];
  return aligned([
    [...header, "Sluice ÷ official", "aim", "Sluice ÷ raw"],
    ...rows.map((row) => [
      row.title,
      row.unit,
      row.placement,
      ...clientNames.map((name) => format(row.clients[name]?.median, row.digits)),
      row.note === undefined ? format(ratio(row, "official"), 2) : "",
      row.note ?? aimText(row.aim),
      row.note === undefined ? format(ratio(row, "raw"), 2) : "",
    ]),
  ]);
}

function bundleTable({ bytes, gzipBytes, aimBytes }: BundleSize): string[] {
  return aligned([
    ["bundle", "minified bytes", "gzip bytes", "aim"],
    ["hello world, streaming", format(bytes, 0), format(gzipBytes, 0), `≤ ${format(aimBytes, 0)}`],
  ]);
}

function ratio({ clients }: RowResult, to: ClientName): number | undefined {
  const ours = clients.sluice?.median;
  const theirs = clients[to]?.median;
  return ours === undefined || theirs === undefined ? undefined : ours / theirs;
}

function aimText(aim: Aim | undefined): string {
  if (aim === undefined) return "";
  return "atLeast" in aim ? `≥ ${aim.atLeast}` : `≤ ${aim.atMost}`;
}

/** A number as tables show it. */
export function format(value: number | undefined, digits: number): string {
  if (value === undefined) return "–";
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A Markdown table whose columns also line up on a terminal. */
export function aligned(cells: readonly (readonly string[])[]): string[] {
  const [header = []] = cells;
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...cells.slice(1).map(line)];
}
