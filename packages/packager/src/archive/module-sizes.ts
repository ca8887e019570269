import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { Metafile } from "esbuild";

/** What a module adds to a bundle. */
export interface ModuleSize {
  /** The name of a package, or the path of a source file of the project's own. */
  readonly name: string;
  /** In the bundle, so after minification. */
  readonly bytes: number;
}

/**
 * What a bundle consists of, largest first: packages as a whole, the project's own sources one by one.
 * @param root - Absolute; the paths in `outputs` are relative to it.
 */
export async function moduleSizes(
  outputs: Iterable<Metafile["outputs"][string]>,
  root: string,
): Promise<ModuleSize[]> {
  const sizes = new Map<string, number>();
  for (const { inputs } of outputs) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = await moduleName(path, root);
      sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return [...sizes]
    .map(([name, bytes]) => ({ name, bytes }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

async function moduleName(path: string, root: string): Promise<string> {
  const installed = /.*(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
  if (installed?.[1] !== undefined) return installed[1];
  if (!path.startsWith("../")) return path;
  // A package of the same workspace is linked, and its files are where they are.
  return (await packageAround(resolve(root, path), root)) ?? path;
}

async function packageAround(file: string, root: string): Promise<string | undefined> {
  for (let folder = dirname(file); dirname(folder) !== folder; folder = dirname(folder)) {
    if (!relative(folder, root).startsWith("..")) return undefined; // the project's own package
    try {
      const { name } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
      if (typeof name === "string") return name;
    } catch {
      // no package begins here
    }
  }
  return undefined;
}
