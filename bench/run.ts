/**
 * `npm run bench -- [row ...] [--json] [--rounds <n>]`: measures the Runtime API client against the official one and a raw
 * socket loop. Prints a table (or JSON) and, on a run over all rows, writes bench/results/. See bench/README.md.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { measureBundleSize } from "./bundle-size.ts";
import { isSelected, measureRuntime } from "./runtime/measure.ts";
import { installPeers } from "./runtime/peers.ts";
import { describeEnvironment, markdown, type Report } from "./runtime/report.ts";

const { positionals: filters, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, rounds: { type: "string" } },
});
const log = (line: string) => process.stderr.write(`${line}\n`);

installPeers(log);
const rounds = values.rounds === undefined ? {} : { rounds: Math.max(1, Number.parseInt(values.rounds, 10)) };
const results = await measureRuntime({ filters, log, ...rounds });
const withBundle = isSelected("bundle-size", filters) && results.missing.sluice === undefined;
const report: Report = {
  environment: describeEnvironment(),
  ...results,
  ...(withBundle ? { bundle: await measureBundleSize() } : {}),
};
if (results.rows.length === 0 && !withBundle) log(`no row to measure for: ${filters.join(" ")}`);
process.stdout.write(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : markdown(report));

if (filters.length === 0) {
  const directory = new URL("./results/", import.meta.url);
  await mkdir(directory, { recursive: true });
  await writeFile(new URL("runtime.md", directory), markdown(report));
  await writeFile(new URL("runtime.json", directory), `${JSON.stringify(report, undefined, 2)}\n`);
}
