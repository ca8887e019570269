import { access, chmod, mkdir, writeFile } from "node:fs/promises";
import { extname, join, relative, resolve } from "node:path";
import { type BuildFailure, build, type Message } from "esbuild";
import { BuildError, type BuildProblem, readBuildProperties } from "./build-properties.ts";

/** A function whose code is built with esbuild, as its template describes it. */
export interface FunctionSource {
  readonly logicalId: string;
  readonly runtime: string;
  /** `file.export`, the file relative to the code's root. Managed runtimes only. */
  readonly handler: string | undefined;
  /** Folder of the template. */
  readonly templateFolder: string;
  /** As it stands in the template; the template's folder unless set. */
  readonly codeUri: string | undefined;
  readonly buildProperties: Readonly<Record<string, unknown>>;
}

/** What a build left behind. */
export interface BuiltFunction {
  /** The deployment package, unpacked. */
  readonly folder: string;
  /** Every source file that went in, absolute: what to watch. */
  readonly inputs: readonly string[];
  readonly bytes: number;
  readonly warnings: readonly BuildProblem[];
}

const archiveEnding = /\.(?:zip|jar)$/i;
const sourceEndings = [".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"];

/**
 * Builds a function's code into `folder`.
 *
 * Entry points are relative to `CodeUri` when that is a folder, as SAM has it, and to the template when `CodeUri` names
 * the archive to be made. For an OS-only runtime the first entry point becomes the program, started by `bootstrap`.
 *
 * @throws {BuildError} with every problem that esbuild reports.
 */
export async function buildFunction(source: FunctionSource, folder: string): Promise<BuiltFunction> {
  const { entryPoints: named, options } = readBuildProperties(source.buildProperties);
  const root = sourceRoot(source);
  const entryPoints = named ?? [await entryPointOfHandler(source, root)];
  const isCustomRuntime = source.runtime.startsWith("provided");
  await mkdir(folder, { recursive: true });
  try {
    const result = await build({
      ...options,
      ...(isCustomRuntime ? { format: "esm", outExtension: { ".js": ".mjs" } } : {}),
      entryPoints: entryPoints.map((entry) => resolve(root, entry)),
      bundle: true,
      platform: "node",
      outdir: folder,
      absWorkingDir: root,
      metafile: true,
      logLevel: "silent",
    });
    const outputs = Object.entries(result.metafile.outputs);
    if (isCustomRuntime) {
      const program = outputs.find(([, output]) => output.entryPoint !== undefined)?.[0];
      if (program !== undefined) await writeBootstrap(folder, relative(folder, resolve(root, program)));
    }
    return {
      folder,
      inputs: Object.keys(result.metafile.inputs).map((input) => resolve(root, input)),
      bytes: outputs.reduce((sum, [, output]) => sum + output.bytes, 0),
      warnings: result.warnings.map(toProblem),
    };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    const problems = error.errors.map(toProblem);
    throw new BuildError(
      `${source.logicalId} could not be built.\n${problems.map(describeProblem).join("\n")}`,
      problems,
    );
  }
}

/** `src/index.ts:3:7: Could not resolve "x"`. */
export function describeProblem({ file, line, column, message }: BuildProblem): string {
  return file === undefined ? message : `${file}:${line}:${column}: ${message}`;
}

function sourceRoot({ templateFolder, codeUri = "." }: FunctionSource): string {
  return archiveEnding.test(codeUri) ? templateFolder : resolve(templateFolder, codeUri);
}

/** SAM takes the handler's file for the entry point when none is named. */
async function entryPointOfHandler(source: FunctionSource, root: string): Promise<string> {
  const file = source.handler?.replace(/\.[^./]*$/, "") ?? "";
  for (const ending of sourceEndings) {
    if (file !== "" && (await exists(join(root, file + ending)))) return file + ending;
  }
  throw new BuildError(
    `${source.logicalId} names no entry point, and its handler "${source.handler ?? ""}" is no source file either. ` +
      "Add Metadata.BuildProperties.EntryPoints to the function, such as [src/index.ts].",
  );
}

/** Starts the program on the Node.js that runs the platform. */
async function writeBootstrap(folder: string, program: string): Promise<void> {
  const file = join(folder, "bootstrap");
  await writeFile(file, `#!/bin/sh\nexec "\${SLUICE_NODE:-node}" "$(dirname "$0")/${program}"\n`);
  await chmod(file, 0o755);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return extname(path) !== "";
  } catch {
    return false;
  }
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

function toProblem({ text, location }: Message): BuildProblem {
  return {
    message: text,
    file: location?.file,
    line: location?.line,
    column: location === null ? undefined : location.column + 1,
  };
}
