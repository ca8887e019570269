import { join } from "node:path";
import { cached, install, run, type Tool } from "./tool.ts";

const express = { package: "express", version: "5.3.0" };

/** Installs Express. Resolves to the `node_modules` with it and what it needs. */
export function findExpress(): Promise<Tool<string>> {
  const { version } = express;
  return install(`Express ${version}`, () =>
    cached(`express-${version}`, async (scratch) => {
      const spec = `${express.package}@${version}`;
      await run("npm", ["install", "--prefix", scratch, "--no-save", "--no-audit", spec]);
      return join(scratch, "node_modules");
    }),
  );
}
