import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { type Emulator, installEmulator } from "./install.ts";

declare module "vitest" {
  interface ProvidedContext {
    emulator: Emulator;
    /** Whether the emulator can act as Lambda Managed Instances here. */
    hasManagedInstances: boolean;
  }
}

/** Installs the emulator once, before any test file runs, and says what can't be run here. */
export default async function setup(project: TestProject): Promise<void> {
  const print = (line: string) => void process.stderr.write(`${line}\n`);
  const emulator = await installEmulator(print);
  if ("missing" in emulator) print(`Skipped: ${emulator.missing}`);
  const hasManagedInstances = await canMount();
  if (!hasManagedInstances) {
    print(
      "Skipped as Lambda Managed Instances: only root on Linux can give the emulator a /var/task of its own.",
    );
  }
  project.provide("emulator", emulator);
  project.provide("hasManagedInstances", hasManagedInstances);
}

/** As Lambda Managed Instances the emulator starts nothing but `/var/task/bootstrap`, and that as another user. */
async function canMount(): Promise<boolean> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return promisify(execFile)("unshare", ["--mount", "true"]).then(
    () => true,
    () => false,
  );
}
