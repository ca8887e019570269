import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { officialUnavailable } from "./peers.ts";

const functions = new URL("./functions/", import.meta.url);
const output = new URL("../dist/", import.meta.url);

export const clientNames = ["sluice", "official", "raw", "raw-pipelined"] as const;
export type ClientName = (typeof clientNames)[number];
export type FunctionName = "echo" | "stream";

export interface Client {
  readonly name: ClientName;
  /** Why it cannot run here, if it cannot. */
  readonly unavailable?: string;
  /** Arguments for Node and the `_HANDLER` that select the function. */
  start(name: FunctionName): { readonly args: readonly string[]; readonly handler: string };
}

/** Where the functions are; the official client loads them from `LAMBDA_TASK_ROOT`. */
export const taskRoot = fileURLToPath(output);

/** Bundles the measured functions the way they would be deployed and returns the clients that run them. */
export async function prepareClients(): Promise<readonly Client[]> {
  await bundle(["./official.ts", "../raw-loop.ts"]);
  const officialReason = officialUnavailable();
  const sluiceReason = await sluiceUnavailable();
  const raw = fileURLToPath(new URL("raw-loop.mjs", output));
  return [
    {
      name: "sluice",
      ...(sluiceReason === undefined ? {} : { unavailable: sluiceReason }),
      start: (name) => ({
        args: [fileURLToPath(new URL(`sluice-${name}.mjs`, output))],
        handler: `index.${name}`,
      }),
    },
    {
      name: "official",
      ...(officialReason === undefined ? {} : { unavailable: officialReason }),
      start: (name) => ({
        args: [fileURLToPath(new URL("../node_modules/aws-lambda-ric/index.mjs", import.meta.url))],
        handler: `official.${name}`,
      }),
    },
    { name: "raw", start: (name) => ({ args: [raw], handler: `raw.${name}` }) },
    { name: "raw-pipelined", start: (name) => ({ args: [raw], handler: `raw-pipelined.${name}` }) },
  ];
}

async function sluiceUnavailable(): Promise<string | undefined> {
  const built = new URL("../../packages/runtime/dist/index.js", import.meta.url);
  if (!existsSync(built)) return "packages/runtime is not built (npm run build)";
  await bundle(["./sluice-echo.ts", "./sluice-stream.ts"]);
  return undefined;
}

async function bundle(entries: readonly string[]): Promise<void> {
  await build({
    entryPoints: entries.map((entry) => fileURLToPath(new URL(entry, functions))),
    entryNames: "[name]",
    outdir: taskRoot,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    minify: true,
    logLevel: "error",
  });
}
