import { aligned, format } from "../runtime/report.ts";
import { ratioTo } from "./aims.ts";
import type { PlatformResults, RowResult } from "./measure.ts";
import { type BarGroup, plot } from "./plot.ts";
import { aimsTable, type PlatformReport } from "./report.ts";
import { warmUpMs } from "./rows.ts";

/** The page of the documentation that a run over all rows writes, and the name of its picture. */
export const picture = "images/platform-requests.svg";

/** Ratios only: numbers of one machine say little about another. */
export function page(report: PlatformReport): string {
  const { environment, rows, servers, missing } = report;
  const others = servers.filter(({ kind }) => kind !== "sluice");
  const requests = rows.filter(({ id }) => /-(?:requests|p50|p99)-/.test(id));
  const streams = rows.filter(({ id }) => /first-byte|gap|throughput/.test(id));
  const rest = rows.filter(({ id }) => /-(?:start|memory-stream)$/.test(id));
  return `# Benchmarks of the local platform

\`npm run bench -- platform\` wrote this page on ${environment.date}: ${environment.platform}, ${environment.cores} cores, Node.js
${environment.node.slice(1)}. It runs \`sluice dev\` and other local platforms in turn on one machine, each as its users start it, and two
limits beside them. Every number is Sluice's divided by the other's. Absolute numbers are in
[bench/results/platform.md](../bench/results/platform.md); how everything is measured is in
[bench/README.md](../bench/README.md#the-local-platform).

Sluice runs with real processes, the Runtime API, signatures, freezing and the log on, through a Function URL. Only the bandwidth
of streams is lifted.

## Aims

${aimsTable(rows, servers).join("\n")}

## Requests

A function that answers \`ok\`. Each server is warmed up for ${warmUpMs / 1_000} seconds before its requests are counted. More is better for requests per second, less for the times.

![Requests per second, Sluice divided by the others](${picture})

${ratios(requests, others, servers).join("\n")}

The in-process platforms run the function in their own event loop: nothing is isolated. The limits do nothing but pass requests on:
the _bare front_ gives each to a child at its Runtime API, without events, checks or a log.

## Streams

${ratios(streams, others, servers).join("\n")}

The _two-hop proxy_ is \`node:http\`, piping the same function's output from a second process.

## Start and memory

The start is that of the command line, to the last byte of the first answer, with what it builds in place. Memory is that of the
platform's own process.

${ratios(rest, others, servers).join("\n")}
${openStreams(rows)}${missing.map(({ what, reason }) => `\nNot measured: ${what}: ${reason}.\n`).join("")}`;
}

/** What one more open stream costs: no ratio, because the others have no process for each. */
function openStreams(rows: readonly RowResult[]): string {
  const ours = (suffix: string) => rows.find(({ id }) => id.endsWith(suffix))?.servers.sluice?.median;
  const [platform, tree] = [ours("-memory-open"), ours("-memory-tree")];
  if (platform === undefined || tree === undefined) return "";
  return `
An open stream takes ${format(Math.max(0, platform), 2)} MB in the platform's process, and ${format(tree, 0)} MB with the function's own.
`;
}

/** The picture that goes with it. */
export function requestsPicture({ rows, servers }: PlatformReport): string {
  const groups = rows.flatMap((row): BarGroup[] => {
    if (!row.id.includes("-requests-")) return [];
    const bars = servers.flatMap(({ name, label, kind }) => {
      const value = kind === "sluice" ? undefined : ratioTo(row, name);
      return value === undefined ? [] : [{ label, value, isLimit: kind === "limit" }];
    });
    return [{ title: row.title.replace(/^requests, /, ""), bars }];
  });
  return plot("Requests per second, Sluice ÷ the others (logarithmic)", groups);
}

function ratios(
  rows: readonly RowResult[],
  others: PlatformResults["servers"],
  servers: PlatformResults["servers"],
): string[] {
  const shown = others.filter(({ name }) => rows.some((row) => row.servers[name] !== undefined));
  if (!servers.some(({ name }) => name === "sluice") || shown.length === 0) return ["Not measured."];
  return aligned([
    ["Sluice ÷", ...rows.map(({ title, better }) => `${title} ${better === "more" ? "(↑)" : "(↓)"}`)],
    ...shown.map(({ name, label, kind }) => [
      kind === "limit" ? `_${label}_` : label,
      ...rows.map((row) => format(ratioTo(row, name), 2)),
    ]),
  ]);
}
