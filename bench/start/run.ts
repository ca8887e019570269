/**
 * `node bench/start/run.ts [--rounds <n>] [--json]`, after `npm run build`: from the start of a process to its first `/next`, for
 * what `sluice archive` makes, against the official client with the same bundle. See bench/README.md.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median, monotonicMs } from "../runtime/messages.ts";
import { installPeers, officialUnavailable } from "../runtime/peers.ts";
import { Cores } from "../runtime/placement.ts";
import { usageOf } from "../runtime/process-usage.ts";
import { type Contender, prepare, type StartedFunction } from "./contenders.ts";

const { values } = parseArgs({ options: { rounds: { type: "string" }, json: { type: "boolean" } } });
const rounds = Math.max(1, Number.parseInt(values.rounds ?? "25", 10));
const patienceMs = 30_000;
const log = (line: string): void => void process.stderr.write(`${line}\n`);
const cores = new Cores();

let asked: ((at: number) => void) | undefined;
const server = createServer((socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", (data) => {
    if (data.includes("/runtime/invocation/next")) asked?.(monotonicMs());
  });
});
await once(server.listen(0, "127.0.0.1"), "listening");
const endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Of one start, in milliseconds. */
interface Start {
  readonly ms: number;
  /** What all its threads had of a core; nothing where the system does not tell. */
  readonly cpuMs: number | undefined;
}

async function start({ name, command, task }: Contender): Promise<Start> {
  const next = Promise.withResolvers<number>();
  asked = next.resolve;
  const [program = "", ...args] = cores.clientCommand(cores.placement("other core"), command);
  const before = monotonicMs();
  const child = spawn(program, args, {
    cwd: task,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      PATH: process.env["PATH"],
      AWS_LAMBDA_RUNTIME_API: endpoint,
      _HANDLER: "index.handler",
      LAMBDA_TASK_ROOT: task,
      AWS_REGION: "us-east-1",
      AWS_LAMBDA_FUNCTION_NAME: "bench",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
    },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const closed = once(child, "close");
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  const at = await Promise.race([next.promise, closed.then(() => undefined)]);
  const cpuMs = child.pid === undefined ? undefined : usageOf(child.pid)?.cpuMs;
  clearTimeout(timer);
  child.kill("SIGKILL");
  await closed;
  if (at === undefined) throw new Error(`${name} asked for no event: ${said.slice(0, 1000)}`);
  return { ms: at - before, cpuMs };
}

async function measure({ name, contenders }: StartedFunction): Promise<Start[][]> {
  log(`${name}: ${rounds} rounds`);
  const starts: Start[][] = contenders.map(() => []);
  // One uncounted round, so that files are in memory for all of them.
  for (let round = -1; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (round + 1 + turn) % contenders.length;
      const contender = contenders[index];
      if (contender === undefined) continue;
      const measured = await start(contender);
      if (round >= 0) starts[index]?.push(measured);
    }
  }
  return starts;
}

function ratio(own: number, official = Number.NaN): string {
  return Number.isNaN(own / official) ? "–" : (own / official).toFixed(2);
}

installPeers(log);
const missing = officialUnavailable();
if (missing !== undefined) log(`Not measured: the official client, ${missing}.`);
const folder = await mkdtemp(join(tmpdir(), "sluice-start-"));
const lines = [
  "# Process start to first /next",
  "",
  `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${process.platform} ${process.arch}, ${cpus()[0]?.model.trim()}, ${cpus().length} cores.`,
  `Medians of ${rounds} starts of each, in turns.`,
  "",
  "| function | bundle, bytes | what starts | ms | ÷ official | CPU, ms | ÷ official |",
  "| --- | --- | --- | --- | --- | --- | --- |",
];
const results = [];
try {
  for (const each of await prepare(folder, missing === undefined, log)) {
    const all = (await measure(each)).map((starts) => ({
      ms: median(starts.map(({ ms }) => ms)),
      cpuMs: median(starts.flatMap(({ cpuMs }) => cpuMs ?? [])),
      rounds: starts,
    }));
    const official = missing === undefined ? all[0] : undefined;
    for (const [index, { name }] of each.contenders.entries()) {
      const own = all[index];
      if (own === undefined) continue;
      const cells = [own.ms.toFixed(1), ratio(own.ms, official?.ms), own.cpuMs.toFixed(1)];
      const row = [each.name, each.bytes, name, ...cells, ratio(own.cpuMs, official?.cpuMs)];
      lines.push(`| ${row.join(" | ")} |`);
      results.push({ function: each.name, bundleBytes: each.bytes, name, ...own });
    }
  }
} finally {
  server.close();
  await rm(folder, { recursive: true, force: true });
}
const report = `${lines.join("\n")}\n`;
process.stdout.write(values.json === true ? `${JSON.stringify(results, undefined, 2)}\n` : report);
const directory = new URL("../results/", import.meta.url);
await mkdir(directory, { recursive: true });
await writeFile(new URL("start.md", directory), report);
await writeFile(new URL("start.json", directory), `${JSON.stringify(results, undefined, 2)}\n`);
