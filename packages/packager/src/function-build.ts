import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { BuildFailure, BuildOptions, Message, Metafile } from "esbuild";
import { BuildError, type BuildProblem, sourcePaths } from "./build-error.ts";
import { type BuildProperties, readBuildProperties } from "./build-properties.ts";

/** A function whose code is built with esbuild, as its template describes it. */
export interface FunctionSource {
  readonly logicalId: string;
  readonly runtime: string;
  /** `file.export`, the file relative to the code's root. */
  readonly handler: string | undefined;
  /** Folder of the template. */
  readonly templateFolder: string;
  /** As it stands in the template; the template's folder unless set. */
  readonly codeUri: string | undefined;
  readonly buildProperties: Readonly<Record<string, unknown>>;
  /** `NODE_OPTIONS` of the function: with `--enable-source-maps` there, SAM makes a source map. */
  readonly nodeOptions?: string | undefined;
}

/** What a build left behind. */
export interface BuiltFunction {
  /** The deployment package, unpacked. */
  readonly folder: string;
  /** Where the handler is now: SAM takes the file's name alone if the build flattened its folders. */
  readonly handler: string | undefined;
  /** `NODE_OPTIONS` that the function runs with: SAM turns source maps on where it made some. */
  readonly nodeOptions: string | undefined;
  /** Every source file that went in, absolute: what to watch. */
  readonly inputs: readonly string[];
  readonly warnings: readonly BuildProblem[];
}

/** SAM's own defaults. */
const samDefaults: BuildOptions = { format: "cjs", minify: true, sourcemap: false, target: "es2020" };

const archiveEnding = /\.(?:zip|jar)$/i;
const sourceMapsOption = "--enable-source-maps";

/**
 * Builds a function's code into `folder`, for this machine.
 *
 * Entry points are relative to `CodeUri` when that is a folder, as SAM has it, and to the template when `CodeUri` names
 * the archive to be made. For an OS-only runtime the first entry point becomes the program that `bootstrap` starts: an
 * ES module for the Node.js in use, unless the template says otherwise.
 *
 * @throws {BuildError} with every problem that esbuild reports.
 */
export async function buildFunction(source: FunctionSource, folder: string): Promise<BuiltFunction> {
  const properties = readBuildProperties(source.buildProperties);
  const mistakes = properties.problems.filter(({ severity }) => severity === "error");
  if (mistakes.length > 0) throw new BuildError(mistakes.map(({ message }) => message).join("\n"));
  const root = sourceRoot(source);
  const entryPoints = await findEntryPoints(source, root, properties);
  const isCustomRuntime = source.runtime.startsWith("provided");
  const options = { ...samDefaults, ...(isCustomRuntime ? customRuntimeOptions(properties.options) : {}) };
  if (hasSourceMapsOption(source.nodeOptions)) options.sourcemap = true;
  Object.assign(options, properties.options);
  if (isCustomRuntime && options.format === "esm") options.banner = withRequire(options.banner);
  const { metafile, warnings } = await bundle(source.logicalId, {
    ...options,
    entryPoints: [...entryPoints],
    bundle: true,
    platform: "node",
    outdir: folder,
    absWorkingDir: root,
    metafile: true,
    logLevel: "silent",
  });
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([file, output]) => [
      relative(folder, resolve(root, file)).replaceAll(sep, "/"),
      output,
    ]),
  );
  if (isCustomRuntime) await writeBootstrap(folder, programOf(outputs, root, entryPoints[0]));
  return {
    folder,
    handler: isCustomRuntime ? source.handler : handlerAfterBuild(source.handler, outputs),
    nodeOptions: options.sourcemap ? withSourceMaps(source.nodeOptions) : source.nodeOptions,
    inputs: Object.keys(metafile.inputs).map((input) => resolve(root, input)),
    warnings: warnings.map((warning) => toProblem(warning, root)),
  };
}

function sourceRoot({ templateFolder, codeUri = "." }: FunctionSource): string {
  return archiveEnding.test(codeUri) ? templateFolder : resolve(templateFolder, codeUri);
}

/** Absolute. SAM takes the handler's file for the entry point when none is named. */
async function findEntryPoints(
  { logicalId, handler = "" }: FunctionSource,
  root: string,
  { entryPoints }: BuildProperties,
): Promise<readonly string[]> {
  const named = entryPoints ?? [handler.replace(/\.[^./]*$/, "")];
  return Promise.all(
    named.map(async (name) => {
      for (const path of sourcePaths(resolve(root, name))) if (await isFile(path)) return path;
      const where = relative(process.cwd(), root) || ".";
      throw new BuildError(
        entryPoints === undefined
          ? `${logicalId} names no entry point, and its handler "${handler}" is no source file in ${where} either. Add Metadata.BuildProperties.EntryPoints to the function, such as [src/index.ts].`
          : `The entry point ${name} of ${logicalId} does not exist in ${where}. Entry points are relative to CodeUri, or to the template if CodeUri names an archive.`,
      );
    }),
  );
}

/** The top level of a program awaits, so it must be an ES module, and of the Node.js that runs it. */
function customRuntimeOptions({ format = "esm" }: BuildOptions): BuildOptions {
  return {
    format,
    target: `node${process.versions.node}`,
    ...(format === "esm" ? { outExtension: { ".js": ".mjs" } } : {}),
  };
}

/** CommonJS packages inside of an ES module call `require`, which it does not have. */
function withRequire(banner: BuildOptions["banner"] = {}): NonNullable<BuildOptions["banner"]> {
  const line =
    'import { createRequire as sluiceCreateRequire } from "node:module"; globalThis.require ??= sluiceCreateRequire(import.meta.url);';
  return { ...banner, js: banner["js"] === undefined ? line : `${line}\n${banner["js"]}` };
}

async function bundle(logicalId: string, options: BuildOptions & { metafile: true; absWorkingDir: string }) {
  // Loaded only when something is built: reading settings should cost nothing.
  const { build } = await import("esbuild");
  try {
    return await build(options);
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    throw new BuildError(
      `${logicalId} could not be built.`,
      error.errors.map((message) => toProblem(message, options.absWorkingDir)),
    );
  }
}

type Outputs = ReadonlyMap<string, Metafile["outputs"][string]>;

/** The file that came from an entry point, relative to the package. */
function programOf(outputs: Outputs, root: string, entryPoint: string | undefined): string {
  for (const [file, output] of outputs) {
    if (output.entryPoint !== undefined && resolve(root, output.entryPoint) === entryPoint) return file;
  }
  throw new Error(`esbuild made no file from ${entryPoint}.`);
}

function handlerAfterBuild(handler: string | undefined, outputs: Outputs): string | undefined {
  if (handler === undefined) return undefined;
  const file = handler.replace(/\.[^./]*$/, "");
  const isThere = [".js", ".mjs", ".cjs"].some((ending) => outputs.has(file + ending));
  return isThere ? handler : basename(handler);
}

function hasSourceMapsOption(nodeOptions: string | undefined): boolean {
  return nodeOptions?.split(/\s+/).includes(sourceMapsOption) === true;
}

function withSourceMaps(nodeOptions: string | undefined): string {
  if (nodeOptions === undefined || nodeOptions === "") return sourceMapsOption;
  return hasSourceMapsOption(nodeOptions) ? nodeOptions : `${nodeOptions} ${sourceMapsOption}`;
}

/** Starts the program on the Node.js that it was built with. */
async function writeBootstrap(folder: string, program: string): Promise<void> {
  const file = join(folder, "bootstrap");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(
    file,
    `#!/bin/sh\nexec ${shellWord(process.execPath)} "\${0%/*}/"${shellWord(program)} "$@"\n`,
  );
  await chmod(file, 0o755);
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false; // not there, or not for us to see
  }
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

function toProblem({ text, location }: Message, root: string): BuildProblem {
  return {
    message: text,
    file: location === null ? undefined : resolve(root, location.file),
    line: location?.line,
    column: location === null ? undefined : location.column + 1,
  };
}
