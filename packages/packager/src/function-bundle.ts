import { readdir, stat } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, join, posix, relative, resolve, sep } from "node:path";
import type { BuildFailure, BuildOptions, Format, Message, Metafile, OutputFile } from "esbuild";
import { filesAt, type PlainFile } from "./archive/folder-files.ts";
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
  /** Files and folders that go along as they are, relative to where entry points are. */
  readonly include?: readonly string[];
  /** `NODE_OPTIONS` of the function: with `--enable-source-maps` there, SAM makes a source map. */
  readonly nodeOptions?: string | undefined;
}

/** For whom a function is built. */
export interface BundleTarget {
  /** Where the files will be, absolute: source maps are relative to it. Nothing is written. */
  readonly outputFolder: string;
  /** The Node.js that runs the program of an OS-only runtime. */
  readonly nodeVersion: string;
  /** Whether files keep the folders of their entry points; otherwise one entry point's file goes to the root, as with SAM. */
  readonly keepsFolders?: boolean;
  /**
   * Whether a developer reads its stack traces: names stay in minified code, and there is a source map unless the template
   * says `Sourcemap: false`. Otherwise it is what `sam build` makes.
   */
  readonly isTraceable?: boolean;
}

/** A file of a bundle by its path, relative to the package. */
export type Outputs = ReadonlyMap<string, Metafile["outputs"][string]>;

/** A function's code as esbuild makes it, in memory. */
export interface FunctionBundle {
  /** Where the entry points are, absolute; the metafile's paths are relative to it. */
  readonly root: string;
  /** Absolute. */
  readonly entryPoints: readonly string[];
  /** The file that came from the first entry point, relative to the package. */
  readonly program: string;
  /** Those of esbuild and those that are included, by their paths relative to the package. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readonly outputs: Outputs;
  /** Every file that went in, absolute. */
  readonly inputs: readonly string[];
  readonly metafile: Metafile;
  readonly format: Format | undefined;
  /** What goes before each JavaScript file. */
  readonly banner: string;
  readonly hasSourceMaps: boolean;
  /** Packages that were left outside, with the source files that import them, each once. */
  readonly externalImports: readonly { readonly packageName: string; readonly importer: string }[];
  readonly warnings: readonly BuildProblem[];
}

/** SAM's own defaults. */
const samDefaults: BuildOptions = { format: "cjs", minify: true, sourcemap: false, target: "es2020" };

const archiveEnding = /\.(?:zip|jar)$/i;
/** What makes Node.js read source maps. */
export const sourceMapsOption = "--enable-source-maps";

/**
 * Bundles a function's code with esbuild, in memory.
 *
 * Entry points are relative to `CodeUri` when that is a folder, as SAM has it, and to the template when `CodeUri` names
 * the archive to be made. For an OS-only runtime the first entry point is the program: an ES module for the Node.js that
 * runs it, unless the template says otherwise.
 *
 * @throws {BuildError} with every problem that esbuild reports.
 */
export async function bundleFunction(source: FunctionSource, target: BundleTarget): Promise<FunctionBundle> {
  const properties = readBuildProperties(source.buildProperties);
  const mistakes = properties.problems.filter(({ severity }) => severity === "error");
  if (mistakes.length > 0) throw new BuildError(mistakes.map(({ message }) => message).join("\n"));
  const root = sourceRoot(source);
  const entryPoints = await findEntryPoints(source, root, properties);
  const options = optionsOf(source, properties, target);
  const { metafile, warnings, outputFiles } = await run(source.logicalId, {
    ...options,
    entryPoints: [...entryPoints],
    bundle: true,
    platform: "node",
    outdir: target.outputFolder,
    ...(target.keepsFolders === true ? { outbase: root } : {}),
    absWorkingDir: root,
    metafile: true,
    write: false,
    logLevel: "silent",
    logOverride: { ...logOverride, ...options.logOverride },
  });
  const nameOf = (path: string) => relative(target.outputFolder, resolve(root, path)).replaceAll(sep, "/");
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [nameOf(path), output]));
  const files = new Map(outputFiles.map(({ path, contents }) => [nameOf(path), new Uint8Array(contents)]));
  const included = await includedFiles(source, root);
  for (const { name, content } of included) {
    if (files.has(name)) {
      throw new BuildError(
        `Two files of ${source.logicalId} would be ${name} in its package. Rename one, or include it once.`,
      );
    }
    files.set(name, content);
  }
  return {
    root,
    entryPoints,
    program: programOf(outputs, root, entryPoints[0]),
    files,
    outputs,
    inputs: [
      ...Object.keys(metafile.inputs).map((input) => resolve(root, input)),
      ...included.map(({ name }) => join(root, name)),
    ],
    metafile,
    format: options.format,
    banner: options.banner?.["js"] ?? "",
    hasSourceMaps: Boolean(options.sourcemap),
    externalImports: externalImports(metafile, root, options),
    warnings: warnings.flatMap((warning) => toWarning(warning, root)),
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
      const where = relative(process.cwd(), root) || "this folder";
      throw new BuildError(
        entryPoints === undefined
          ? `${logicalId} names no entry point, and its handler "${handler}" is no source file in ${where} either. Add Metadata.BuildProperties.EntryPoints to the function, such as [src/index.ts].`
          : `The entry point ${name} of ${logicalId} does not exist in ${where}. Entry points are relative to CodeUri, or to the template if CodeUri names an archive.${await sourcesBeside(resolve(root, name))}`,
      );
    }),
  );
}

/** Which sources are where one is missing, as a sentence; nothing if there are none. */
async function sourcesBeside(path: string): Promise<string> {
  const names = await readdir(dirname(path)).catch((): string[] => []);
  const sources = names.filter((file) => /\.[cm]?[jt]sx?$/.test(file)).sort();
  if (sources.length === 0) return "";
  const shown = sources.slice(0, 5).join(", ");
  const more = sources.length > 5 ? ` and ${sources.length - 5} more` : "";
  return ` There ${sources.length === 1 ? "is" : "are"} ${shown}${more} beside it.`;
}

function optionsOf(
  source: FunctionSource,
  properties: BuildProperties,
  { nodeVersion, isTraceable = false }: BundleTarget,
): BuildOptions {
  const isCustomRuntime = source.runtime.startsWith("provided");
  const options: BuildOptions = {
    ...samDefaults,
    ...(isCustomRuntime ? customRuntimeOptions(properties.options, nodeVersion) : {}),
  };
  if (isTraceable || hasSourceMapsOption(source.nodeOptions)) options.sourcemap = true;
  Object.assign(options, properties.options);
  // A source map has lines; the names in a trace are those of the code that runs.
  if (isTraceable && options.minify === true) {
    Object.assign(options, { minify: false, minifySyntax: true, minifyWhitespace: true });
  }
  if (isCustomRuntime && options.format === "esm") options.banner = withRequire(options.banner);
  return options;
}

/** The top level of a program awaits, so it must be an ES module, and of the Node.js that runs it. */
function customRuntimeOptions({ format = "esm" }: BuildOptions, nodeVersion: string): BuildOptions {
  return {
    format,
    target: `node${nodeVersion}`,
    ...(format === "esm" ? { outExtension: { ".js": ".mjs" } } : {}),
  };
}

/** CommonJS packages inside of an ES module call `require`, which it does not have. */
function withRequire(banner: BuildOptions["banner"] = {}): NonNullable<BuildOptions["banner"]> {
  const line =
    'import { createRequire as sluiceCreateRequire } from "node:module"; globalThis.require ??= sluiceCreateRequire(import.meta.url);';
  return { ...banner, js: banner["js"] === undefined ? line : `${line}\n${banner["js"]}` };
}

/** Whether `NODE_OPTIONS` says that source maps are read. */
export function hasSourceMapsOption(nodeOptions: string | undefined): boolean {
  return nodeOptions?.split(/\s+/).includes(sourceMapsOption) === true;
}

let started: Promise<void> | undefined;

/** Starts esbuild's process ahead of the first build, which would wait for it. Keeps nothing from ending. */
export function startBuilder(): Promise<void> {
  started ??= import("esbuild")
    .then(({ initialize }) => initialize({}))
    // Somebody else in this process has started it, or the first build tells what is wrong.
    .catch(() => {});
  return started;
}

async function run(
  logicalId: string,
  options: BuildOptions & { metafile: true; write: false; absWorkingDir: string },
): Promise<{ metafile: Metafile; warnings: Message[]; outputFiles: OutputFile[] }> {
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

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

/** @throws {BuildError} for a path that is not there, or not below the root. */
async function includedFiles(
  { logicalId, include = [] }: FunctionSource,
  root: string,
): Promise<PlainFile[]> {
  const found = await Promise.all(
    include.map(async (path) => {
      const name = posix.normalize(path.replaceAll("\\", "/")).replace(/\/$/, "");
      if (posix.isAbsolute(name) || name.startsWith("..") || name === ".") {
        throw new BuildError(
          `${logicalId} includes ${path}, which is not below ${root}. Name files and folders there.`,
        );
      }
      try {
        return await filesAt(join(root, name), name);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        throw new BuildError(`${logicalId} includes ${path}, which does not exist in ${root}.`);
      }
    }),
  );
  return found.flat();
}

/** The file that came from an entry point, relative to the package. */
function programOf(outputs: Outputs, root: string, entryPoint: string | undefined): string {
  for (const [file, output] of outputs) {
    if (output.entryPoint !== undefined && resolve(root, output.entryPoint) === entryPoint) return file;
  }
  throw new Error(`esbuild made no file from ${entryPoint}.`);
}

function externalImports(
  { inputs }: Metafile,
  root: string,
  { external: patterns = [], packages }: BuildOptions,
): { packageName: string; importer: string }[] {
  const found = new Map<string, { packageName: string; importer: string }>();
  for (const [file, { imports }] of Object.entries(inputs)) {
    for (const { path, external } of imports) {
      if (external !== true || isBuiltin(path)) continue;
      if (packages !== "external" && !patterns.some((pattern) => matches(path, pattern))) continue;
      const packageName = packageNameOf(path);
      if (/^[@\w]/.test(packageName) && !found.has(packageName)) {
        found.set(packageName, { packageName, importer: resolve(root, file) });
      }
    }
  }
  return [...found.values()];
}

/** As esbuild has it: `sharp`, which covers `sharp/sub`, or `@aws-sdk/*`. */
function matches(path: string, pattern: string): boolean {
  const star = pattern.indexOf("*");
  if (star === -1) return path === pattern || path.startsWith(`${pattern}/`);
  return path.startsWith(pattern.slice(0, star)) && path.endsWith(pattern.slice(star + 1));
}

/** The name of the package in an import: `@scope/name/sub/path` is in `@scope/name`. */
function packageNameOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** What esbuild overlooks unless asked, and what then fails on Lambda, where nothing else is installed. */
const logOverride = {
  "unsupported-require-call": "warning",
  "unsupported-dynamic-import": "warning",
} as const;

/** Packages that import by computed names have their reasons, and mostly guard it; `require` in them is told. */
function toWarning(message: Message, root: string): BuildProblem[] {
  const file = message.location?.file ?? "";
  const isOwn = !file.startsWith("../") && !file.includes("node_modules/");
  if (message.id === "unsupported-dynamic-import" && !isOwn) return [];
  return [toProblem(message, root)];
}

function toProblem(message: Message, root: string): BuildProblem {
  const { text, location } = message;
  const hint = cureOf(message);
  return {
    message: text,
    file: location === null ? undefined : resolve(root, location.file),
    line: location?.line,
    column: location === null ? undefined : location.column + 1,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** What to do, where esbuild's own text does not say it. */
function cureOf({ id, text }: Message): string | undefined {
  if (id === "unsupported-require-call" || id === "unsupported-dynamic-import") {
    return "What it loads is not in the package. Write the names out, or make the package that loads it external.";
  }
  const [, missing] = /^Could not resolve "([^"]+)"/.exec(text) ?? [];
  if (missing !== undefined && /^[@\w]/.test(missing)) {
    return `Install it (npm install ${packageNameOf(missing)}), or list it in BuildProperties.External if Lambda or a layer has it.`;
  }
  if (text.startsWith('No loader is configured for ".node" files')) {
    return "Native code can't be in a bundle: list the package that has it in BuildProperties.External. sluice archive then takes it along.";
  }
  if (text.startsWith("Top-level await")) {
    return "Add Format: esm, OutExtension: [.js=.mjs] and Target: node24 to BuildProperties.";
  }
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false; // not there, or not for us to see
  }
}
