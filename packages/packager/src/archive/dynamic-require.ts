import { resolve } from "node:path";
import type { BuildProblem } from "../build-error.ts";
import type { FunctionBundle } from "../function-bundle.ts";
import { importPlace } from "./import-place.ts";

/**
 * Finds calls of `require` that are left over in an ES module, which has none: Node.js would throw
 * `Dynamic require of "x" is not supported` when it comes to them.
 */
export async function findDynamicRequires({
  metafile,
  root,
  format,
  banner,
}: FunctionBundle): Promise<BuildProblem[]> {
  if (format !== "esm" || banner.includes("createRequire")) return [];
  const problems: BuildProblem[] = [];
  for (const [path, { imports }] of Object.entries(metafile.inputs)) {
    const left = imports.find(({ kind, external }) => external === true && kind === "require-call");
    if (left === undefined) continue;
    const file = resolve(root, path);
    const { line, column } = await importPlace(left.path, file);
    problems.push({
      message: `This calls require("${left.path}"), and the bundle is an ES module, which has no require: Node.js will throw.`,
      hint: `Give it one: Banner: ['js=import { createRequire } from "node:module"; const require = createRequire(import.meta.url);']`,
      file,
      line,
      column,
    });
  }
  return problems;
}
