import type { TestProject } from "vitest/node";
import { skip, succeeds, type Tool } from "../tools/tool.ts";
import { findEmulator } from "./install.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Its path. */
    emulator: Tool<string>;
    /** Whether the emulator can act as Lambda Managed Instances here. */
    hasManagedInstances: boolean;
  }
}

/** Installs the emulator once, before any test file runs, and says what can't be run here. */
export default async function setup(project: TestProject): Promise<void> {
  const hasManagedInstances = await canMount();
  if (!hasManagedInstances) {
    skip("as Lambda Managed Instances: only root on Linux can give the emulator a /var/task of its own.");
  }
  project.provide("emulator", await findEmulator());
  project.provide("hasManagedInstances", hasManagedInstances);
}

/** As Lambda Managed Instances the emulator starts nothing but `/var/task/bootstrap`, and that as another user. */
async function canMount(): Promise<boolean> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return succeeds("unshare", ["--mount", "true"]);
}
