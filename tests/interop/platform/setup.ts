import type { TestProject } from "vitest/node";
import { type Chromium, findChromium } from "../tools/chromium.ts";
import { findCurl } from "../tools/curl.ts";
import { findPython, type Python } from "../tools/python.ts";
import type { Tool } from "../tools/tool.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Its program. */
    curl: Tool<string>;
    python: Tool<Python>;
    chromium: Tool<Chromium>;
  }
}

/** Finds or installs the clients once, before any test file runs, and says what can't be run here. */
export default async function setup(project: TestProject): Promise<void> {
  const [curl, python, chromium] = await Promise.all([findCurl(), findPython(), findChromium()]);
  project.provide("curl", curl);
  project.provide("python", python);
  project.provide("chromium", chromium);
}
