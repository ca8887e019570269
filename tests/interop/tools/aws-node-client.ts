import { join, resolve } from "node:path";
import { exists, install, run, skip, succeeds, type Tool } from "./tool.ts";

/** The benchmarks' package: it pins the client, and knows that it may run its install script. */
const folder = resolve(import.meta.dirname, "../../../bench");
const client = join(folder, "node_modules", "aws-lambda-ric");

/** Finds the program of AWS's own Node.js client of the Runtime API, or builds it: part of it is native code. */
export async function findAwsNodeClient(): Promise<Tool<string>> {
  const program = join(client, "index.mjs");
  const addon = join(client, "rapid-client.node");
  if (await exists(addon)) return { tool: program };
  for (const [tool, args] of Object.entries({
    cmake: ["--version"],
    make: ["--version"],
    "c++": ["--version"],
  })) {
    if (!(await succeeds(tool, args)))
      return skip(`aws-lambda-ric has native code, and ${tool} is not in PATH.`);
  }
  return install("aws-lambda-ric", async () => {
    await run("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"]);
    if (!(await exists(addon))) throw new Error("its native code was not built");
    return program;
  });
}
