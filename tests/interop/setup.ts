import type { TestProject } from "vitest/node";
import { findEmulator } from "./emulator/install.ts";
import { findAwsNodeClient } from "./tools/aws-node-client.ts";
import { type Chromium, findChromium } from "./tools/chromium.ts";
import { findCurl } from "./tools/curl.ts";
import { findExpress } from "./tools/express.ts";
import { findGoFunction } from "./tools/go.ts";
import { findPython, type Python } from "./tools/python.ts";
import { findRustPrograms, type RustPrograms } from "./tools/rust.ts";
import { skip, succeeds, type Tool } from "./tools/tool.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Path of the Lambda runtime interface emulator. */
    emulator: Tool<string>;
    /** Whether the emulator can act as Lambda Managed Instances here. */
    hasManagedInstances: boolean;
    /** Program of AWS's Node.js client of the Runtime API. */
    awsNodeClient: Tool<string>;
    /** Its program. */
    curl: Tool<string>;
    python: Tool<Python>;
    chromium: Tool<Chromium>;
    /** Folder `node_modules` with Express. */
    express: Tool<string>;
    /** The `bootstrap` of a function with aws-lambda-go. */
    goFunction: Tool<string>;
    rust: Tool<RustPrograms>;
  }
}

/** Finds or installs what isn't ours once, before any test file runs, and says what can't be run here. */
export default async function setup(project: TestProject): Promise<void> {
  // One of them keeps the processor busy, the others the network.
  const [emulator, hasManagedInstances, ...tools] = await Promise.all([
    findEmulator(),
    canMount(),
    findAwsNodeClient(),
    findCurl(),
    findPython(),
    findChromium(),
    findExpress(),
    findGoFunction(),
    findRustPrograms(),
  ]);
  const [awsNodeClient, curl, python, chromium, express, goFunction, rust] = tools;
  if (!hasManagedInstances) {
    skip("as Lambda Managed Instances: only root on Linux can give the emulator a /var/task of its own.");
  }
  project.provide("emulator", emulator);
  project.provide("hasManagedInstances", hasManagedInstances);
  project.provide("awsNodeClient", awsNodeClient);
  project.provide("curl", curl);
  project.provide("python", python);
  project.provide("chromium", chromium);
  project.provide("express", express);
  project.provide("goFunction", goFunction);
  project.provide("rust", rust);
}

/** As Lambda Managed Instances the emulator starts nothing but `/var/task/bootstrap`, and that as another user. */
async function canMount(): Promise<boolean> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return succeeds("unshare", ["--mount", "true"]);
}
