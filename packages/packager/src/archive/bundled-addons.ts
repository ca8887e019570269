import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { BuildProblem } from "../build-error.ts";
import type { FunctionBundle } from "../function-bundle.ts";

/**
 * Finds packages that became part of a bundle and look for an addon of theirs when they run. It stays behind: they fail, or
 * fall back to something slower.
 */
export async function findBundledAddons({ metafile, root }: FunctionBundle): Promise<BuildProblem[]> {
  const folders = new Map<string, { name: string; file: string }>();
  for (const path of Object.keys(metafile.inputs)) {
    const match = /^(.*(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(path);
    if (match?.[1] === undefined || match[2] === undefined || folders.has(match[1])) continue;
    folders.set(match[1], { name: match[2], file: resolve(root, path) });
  }
  const found = await Promise.all(
    [...folders].map(async ([folder, { name, file }]) => {
      if (!(await exists(join(root, folder, "binding.gyp")))) return [];
      return [
        {
          message: `The package "${name}" has native code, which a bundle can't have: it will not find its addon.`,
          hint: `Add ${name} to BuildProperties.External; the archive then takes it along.`,
          file,
          line: undefined,
          column: undefined,
        },
      ];
    }),
  );
  return found.flat();
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
