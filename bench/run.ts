/**
 * `npm run bench -- [row ...] [--json] [--rounds <n>]`: measures the Runtime API client against the official one and a raw
 * socket loop, and the local platform against other platforms and two limits. `runtime` and `platform` stand for all rows
 * of one of them. Prints tables (or JSON) and, on a run over all rows of either, writes bench/results/. See bench/README.md.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { measureBundleSize } from "./bundle-size.ts";
import { measurePlatform } from "./platform/measure.ts";
import { page, picture, requestsPicture } from "./platform/page.ts";
import { platformMarkdown, platformReport } from "./platform/report.ts";
import { isSelected, measureRuntime } from "./runtime/measure.ts";
import { installPeers } from "./runtime/peers.ts";
import { describeEnvironment, markdown, type Report } from "./runtime/report.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, rounds: { type: "string" } },
});
const log = (line: string) => process.stderr.write(`${line}\n`);
const rounds = values.rounds === undefined ? {} : { rounds: Math.max(1, Number.parseInt(values.rounds, 10)) };

/** The ids of the platform's rows begin with its name. */
const platformFilters = positionals.filter((filter) => filter.startsWith("platform"));
const runtimeFilters = positionals.filter((filter) => !filter.startsWith("platform"));
const measuresAll = positionals.length === 0;
/** What was measured, by benchmark. */
const reports: Record<string, unknown> = {};

installPeers(log);
if (measuresAll || runtimeFilters.length > 0) {
  await benchRuntime(runtimeFilters.includes("runtime") ? [] : runtimeFilters);
}
if (measuresAll || platformFilters.length > 0) {
  await benchPlatform(platformFilters.includes("platform") ? [] : platformFilters);
}
if (values.json) {
  const all = Object.values(reports);
  process.stdout.write(`${JSON.stringify(all.length === 1 ? all[0] : reports, undefined, 2)}\n`);
}

async function benchRuntime(filters: readonly string[]): Promise<void> {
  const results = await measureRuntime({ filters, log, ...rounds });
  const withBundle = isSelected("bundle-size", filters) && results.missing.sluice === undefined;
  const report: Report = {
    environment: describeEnvironment(),
    ...results,
    ...(withBundle ? { bundle: await measureBundleSize() } : {}),
  };
  if (results.rows.length === 0 && !withBundle) log(`no row to measure for: ${filters.join(" ")}`);
  await give("runtime", report, markdown(report), filters.length === 0);
}

async function benchPlatform(filters: readonly string[]): Promise<void> {
  const report = platformReport(await measurePlatform({ filters, log, ...rounds }));
  if (report.rows.length === 0) log(`no row to measure for: ${filters.join(" ")}`);
  await give("platform", report, platformMarkdown(report), filters.length === 0);
  if (filters.length > 0) return;
  const docs = new URL("../docs/", import.meta.url);
  await mkdir(new URL("images/", docs), { recursive: true });
  await writeFile(new URL("benchmarks.md", docs), page(report));
  await writeFile(new URL(picture, docs), requestsPicture(report));
}

/** Prints a table and, of a whole run, keeps it beside the value of every round. */
async function give(name: string, report: unknown, text: string, isWhole: boolean): Promise<void> {
  reports[name] = report;
  if (!values.json) process.stdout.write(text);
  if (!isWhole) return;
  const directory = new URL("./results/", import.meta.url);
  await mkdir(directory, { recursive: true });
  await writeFile(new URL(`${name}.md`, directory), text);
  await writeFile(new URL(`${name}.json`, directory), `${JSON.stringify(report, undefined, 2)}\n`);
}
