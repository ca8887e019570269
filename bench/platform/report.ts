import { aligned, describeEnvironment, type Environment, format } from "../runtime/report.ts";
import { judge } from "./aims.ts";
import type { PlatformResults, RowResult } from "./measure.ts";

export interface PlatformReport extends PlatformResults {
  readonly environment: Environment;
}

export function platformReport(results: PlatformResults): PlatformReport {
  return { environment: describeEnvironment(), ...results };
}

/** All numbers, as a Markdown page. */
export function platformMarkdown({ environment, servers, rows, missing }: PlatformReport): string {
  const { date, node, platform, cpu, cores } = environment;
  const lines = [
    "# Local platform benchmark",
    "",
    `${date}, Node ${node}, ${platform}, ${cpu}, ${cores} cores. Medians of interleaved rounds.`,
    "The bare fronts and the two-hop proxy are limits, not platforms one can use.",
  ];
  for (const { what, reason } of missing) lines.push("", `Not measured: ${what}: ${reason}.`);
  for (const group of groupsOf(rows)) {
    const shown = servers.filter(({ name }) => group.some((row) => row.servers[name] !== undefined));
    lines.push(
      "",
      ...aligned([
        ["row", "unit", ...shown.map(({ label }) => label)],
        ...group.map((row) => [
          row.title,
          row.unit,
          ...shown.map(({ name }) => format(row.servers[name]?.median, row.digits)),
        ]),
      ]),
    );
  }
  lines.push("", ...aimsTable(rows, servers));
  return `${lines.join("\n")}\n`;
}

/** Every aim with its number; empty if no row has any. */
export function aimsTable(rows: readonly RowResult[], servers: PlatformResults["servers"]): string[] {
  const judged = rows.flatMap((row) => judge(row, servers).map((aim) => ({ row, ...aim })));
  if (judged.length === 0) return [];
  return aligned([
    ["row", "Sluice ÷", "is", "aim", ""],
    ...judged.map(({ row, than, value, aim, isMet }) => [
      row.title,
      than === "" ? "itself" : than,
      than === "" ? `${format(value, row.digits)} ${row.unit}` : format(value, 2),
      aim,
      isMet ? "met" : "missed",
    ]),
  ]);
}

/** Rows that the same servers were measured for, in one table. */
function groupsOf(rows: readonly RowResult[]): readonly (readonly RowResult[])[] {
  const groups = new Map<string, RowResult[]>();
  for (const row of rows) {
    const key = Object.keys(row.servers).sort().join();
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}
