import { chmod, mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { BuildProblem } from "./build-error.ts";
import {
  bundleFunction,
  type FunctionBundle,
  type FunctionSource,
  hasSourceMapsOption,
  type Outputs,
  sourceMapsOption,
} from "./function-bundle.ts";

/** What a build left behind. */
export interface BuiltFunction {
  /** The deployment package, unpacked. */
  readonly folder: string;
  /** Where the handler is now: SAM takes the file's name alone if the build flattened its folders. */
  readonly handler: string | undefined;
  /**
   * `NODE_OPTIONS` that the function runs with: SAM turns source maps on where it made some. A `bootstrap` turns them on
   * itself.
   */
  readonly nodeOptions: string | undefined;
  /** Every source file that went in, absolute: what to watch. */
  readonly inputs: readonly string[];
  readonly warnings: readonly BuildProblem[];
}

/**
 * Builds a function's code into `folder`, for this machine, as {@link bundleFunction} makes it, so that its stack traces
 * show sources. For an OS-only runtime it has a `bootstrap` that starts the program.
 *
 * @throws {BuildError} with every problem that esbuild reports.
 */
export async function buildFunction(source: FunctionSource, folder: string): Promise<BuiltFunction> {
  const bundle = await bundleFunction(source, {
    outputFolder: folder,
    nodeVersion: process.versions.node,
    isTraceable: true,
  });
  const isCustomRuntime = source.runtime.startsWith("provided");
  for (const [name, content] of bundle.files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  if (isCustomRuntime) await writeBootstrap(folder, bundle);
  return {
    folder,
    handler: isCustomRuntime ? source.handler : handlerAfterBuild(source.handler, bundle.outputs),
    nodeOptions:
      bundle.hasSourceMaps && !isCustomRuntime ? withSourceMaps(source.nodeOptions) : source.nodeOptions,
    inputs: bundle.inputs,
    warnings: bundle.warnings,
  };
}

function handlerAfterBuild(handler: string | undefined, outputs: Outputs): string | undefined {
  if (handler === undefined) return undefined;
  const file = handler.replace(/\.[^./]*$/, "");
  const isThere = [".js", ".mjs", ".cjs"].some((ending) => outputs.has(file + ending));
  return isThere ? handler : basename(handler);
}

function withSourceMaps(nodeOptions: string | undefined): string {
  if (nodeOptions === undefined || nodeOptions === "") return sourceMapsOption;
  return hasSourceMapsOption(nodeOptions) ? nodeOptions : `${nodeOptions} ${sourceMapsOption}`;
}

/** Starts the program on the Node.js that it was built with. */
async function writeBootstrap(
  folder: string,
  { program, hasSourceMaps }: Pick<FunctionBundle, "program" | "hasSourceMaps">,
): Promise<void> {
  const file = join(folder, "bootstrap");
  const options = hasSourceMaps ? `${sourceMapsOption} ` : "";
  await mkdir(dirname(file), { recursive: true });
  await writeFile(
    file,
    `#!/bin/sh\nexec ${shellWord(process.execPath)} ${options}"\${0%/*}/"${shellWord(program)} "$@"\n`,
  );
  await chmod(file, 0o755);
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
