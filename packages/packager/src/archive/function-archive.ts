import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { BuildError, type BuildProblem } from "../build-error.ts";
import { bundleFunction, type FunctionBundle, type FunctionSource } from "../function-bundle.ts";
import { encodePackageMarker, packageMarkerPath } from "../package-marker.ts";
import type { Architecture } from "./architecture.ts";
import { findBundledAddons } from "./bundled-addons.ts";
import { cachedStartPath, checkCompileCache, compileCacheFiles } from "./compile-cache.ts";
import { findDynamicRequires } from "./dynamic-require.ts";
import { collectPackages, type ExternalImport } from "./external-packages.ts";
import { checkHandler, findHandlerFile } from "./handler-check.ts";
import { lambdaMachine, machineOf } from "./machine-code.ts";
import { type ModuleSize, moduleSizes } from "./module-sizes.ts";
import { checkNodeVersion, nodeBinary, standardNodeVersion } from "./node-binary.ts";
import { packageLimits } from "./package-limits.ts";
import type { TypeChecker } from "./type-check.ts";
import { type Bytes, type PackageFile, writeZip, type ZipEntry } from "./zip.ts";

/** A function, and where its deployment package goes. */
export interface ArchiveRequest {
  readonly source: FunctionSource;
  readonly architecture: Architecture;
  /** Absolute. */
  readonly file: string;
  /** A function with layers may get its external packages from there. */
  readonly hasLayers?: boolean;
  /** For OS-only runtimes: the Node.js that the package carries; {@link standardNodeVersion} unless given. */
  readonly nodeVersion?: string | undefined;
  /**
   * For OS-only runtimes: takes along what V8 compiles when the function starts, which must be here. The archive is another
   * one each time then; false unless given.
   */
  readonly compileCache?: boolean;
  /** Checks types first. */
  readonly typeChecker?: TypeChecker | undefined;
  /** Where a downloaded Node.js is kept. */
  readonly cacheFolder: string;
  /** Told what takes long, before it is done. */
  readonly onStep?: ((step: string) => void) | undefined;
}

/** A deployment package that was written. */
export interface FunctionArchive {
  readonly logicalId: string;
  /** Absolute. */
  readonly file: string;
  readonly runtime: string;
  readonly architecture: Architecture;
  /** For OS-only runtimes. */
  readonly nodeVersion: string | undefined;
  readonly bytes: number;
  readonly unpackedBytes: number;
  /** As Lambda tells it, in Base64: `CodeSha256`. */
  readonly codeSha256: string;
  readonly entries: readonly ZipEntry[];
  readonly modules: readonly ModuleSize[];
  readonly warnings: readonly BuildProblem[];
}

/**
 * Builds a function and writes its deployment package: for a managed runtime the bundle, for an OS-only one also the Node.js
 * that runs it and a `bootstrap` that starts it.
 *
 * The same sources, packages, settings and version of Sluice give the same bytes on every machine, but for a compile cache.
 *
 * @throws {BuildError} if it can't be built, can't run on Lambda, or is too large.
 */
export async function archiveFunction(request: ArchiveRequest): Promise<FunctionArchive> {
  const { architecture, file, onStep } = request;
  // esbuild resolves links, so a path through one would end up in source maps.
  const source = { ...request.source, templateFolder: await realpath(request.source.templateFolder) };
  const isCustomRuntime = /^provided(\.|$)/.test(source.runtime);
  if (!isCustomRuntime && !/^nodejs\d+\.x$/.test(source.runtime)) {
    throw new BuildError(
      `${source.logicalId} has the runtime ${source.runtime}, which does not run what esbuild makes. Let it be nodejs24.x and the like, or provided.al2023.`,
    );
  }
  const nodeVersion = isCustomRuntime ? (request.nodeVersion ?? standardNodeVersion) : undefined;
  if (nodeVersion !== undefined) checkNodeVersion(nodeVersion);
  const hasCache = request.compileCache === true;
  if (hasCache) checkCompileCache(source.logicalId, source.runtime, nodeVersion, architecture);
  const bundle = await bundleForHandler(source, nodeVersion);
  for (const entryPoint of bundle.entryPoints) await request.typeChecker?.check(entryPoint);
  const warnings = [
    ...bundle.warnings,
    ...(await findDynamicRequires(bundle)),
    ...(await findBundledAddons(bundle)),
  ];
  const files: PackageFile[] = [...bundle.files].map(([name, content]) => ({ name, content }));
  if (nodeVersion === undefined) warnings.push(...(await checkHandler(source, bundle)));
  files.push(...(await externalFiles(request, bundle, warnings)));
  checkMachineCode(source.logicalId, files, architecture);
  if (nodeVersion !== undefined) {
    files.push(...customRuntimeFiles(bundle, nodeVersion, architecture, hasCache));
    const { cacheFolder } = request;
    const binary = await nodeBinary({ version: nodeVersion, architecture, cacheFolder, onStep });
    files.push({ name: nodePath, content: binary });
    if (hasCache) {
      const { logicalId } = source;
      onStep?.(`starting ${logicalId} once, for its compile cache`);
      files.push(...(await compileCacheFiles({ logicalId, files, nodePath, program: bundle.program })));
    }
  }
  refuseTwice(source.logicalId, files);
  checkUnpackedSize(source.logicalId, files);
  const uncompressed = files.reduce(
    (sum, { content }) => sum + ("deflated" in content ? 0 : content.length),
    0,
  );
  if (uncompressed > slowBytes) {
    onStep?.(`compressing ${files.length} files of ${source.logicalId} (${megabytes(uncompressed)})`);
  }
  const written = await writeZip(files, file);
  return {
    logicalId: source.logicalId,
    file,
    runtime: source.runtime,
    architecture,
    nodeVersion,
    bytes: written.bytes,
    unpackedBytes: unpackedSize(files),
    codeSha256: Buffer.from(written.sha256, "hex").toString("base64"),
    entries: written.entries,
    modules: await moduleSizes(Object.values(bundle.metafile.outputs), bundle.root),
    warnings,
  };
}

/**
 * `sam build` changes a handler that has a folder, since it flattens the package. The template stays as it is here, so the
 * package keeps the folder.
 */
async function bundleForHandler(
  source: FunctionSource,
  nodeVersion: string | undefined,
): Promise<FunctionBundle> {
  const target = {
    // Nothing is written there; source maps are relative to it.
    outputFolder: join(source.templateFolder, ".sluice", "package"),
    nodeVersion: nodeVersion ?? standardNodeVersion,
  };
  const bundle = await bundleFunction(source, target);
  if (nodeVersion !== undefined || findHandlerFile(source, bundle) !== undefined) return bundle;
  const unflattened = await bundleFunction(source, { ...target, keepsFolders: true });
  return findHandlerFile(source, unflattened) === undefined ? bundle : unflattened;
}

const nodePath = "bin/node";

/** What takes more than a second or two to compress. */
const slowBytes = 10_000_000;

/** What starts the program on Lambda, and what the platform needs to start it on another machine. */
function customRuntimeFiles(
  { program = "", hasSourceMaps }: FunctionBundle,
  node: string,
  architecture: Architecture,
  hasCache: boolean,
): PackageFile[] {
  const options = hasSourceMaps ? " --enable-source-maps" : "";
  const first = hasCache ? cachedStartPath : program;
  // Nothing is started besides Node.js: each process costs time at a cold start.
  const bootstrap = `#!/bin/sh\nexec "\${0%/*}/${nodePath}"${options} "\${0%/*}/${first}"\n`;
  return [
    { name: "bootstrap", content: bytesOf(bootstrap) },
    {
      name: packageMarkerPath,
      content: bytesOf(encodePackageMarker({ node, architecture, entry: program })),
    },
  ];
}

/**
 * SAM leaves external packages out. Here only those are left out that are there on Lambda: the AWS SDK of the managed
 * runtimes, and what a layer may bring.
 */
async function externalFiles(
  { source, architecture, hasLayers }: ArchiveRequest,
  bundle: FunctionBundle,
  warnings: BuildProblem[],
): Promise<readonly PackageFile[]> {
  const missing = bundle.externalImports.filter(
    ({ packageName }) => !source.runtime.startsWith("nodejs") || !/^@(?:aws-sdk|smithy)\//.test(packageName),
  );
  if (hasLayers !== true) {
    const collected = await collectPackages(missing, architecture);
    warnings.push(...collected.warnings);
    return collected.files;
  }
  warnings.push(...missing.map(layerWarning));
  return [];
}

function layerWarning({ packageName, importer }: ExternalImport): BuildProblem {
  return {
    message: `The external package "${packageName}" is not in the archive.`,
    hint: "One of the function's layers must bring it. Without layers it would go along.",
    file: importer,
    line: undefined,
    column: undefined,
  };
}

/** Addons that came in through a loader or as resources; those of packages were looked at before. */
function checkMachineCode(
  logicalId: string,
  files: readonly PackageFile[],
  architecture: Architecture,
): void {
  const machine = lambdaMachine(architecture);
  for (const { name, content } of files) {
    if (name.startsWith("node_modules/") || "deflated" in content) continue;
    const madeFor = machineOf(name, content);
    if (madeFor === undefined || madeFor === machine) continue;
    throw new BuildError(
      `${name} in the archive of ${logicalId} is compiled for ${madeFor}, and the function runs on ${machine}. Give it one for that, or change Architectures.`,
    );
  }
}

function refuseTwice(logicalId: string, files: readonly PackageFile[]): void {
  const seen = new Set<string>();
  for (const { name } of files) {
    if (seen.has(name))
      throw new BuildError(
        `Two files of ${logicalId} would be ${name} in its archive. Rename one, or include it once.`,
      );
    seen.add(name);
  }
}

function unpackedSize(files: readonly PackageFile[]): number {
  return files.reduce(
    (sum, { content }) => sum + ("deflated" in content ? content.bytes : content.length),
    0,
  );
}

function checkUnpackedSize(logicalId: string, files: readonly PackageFile[]): void {
  const bytes = unpackedSize(files);
  if (bytes <= packageLimits.unpackedBytes) return;
  const largest = [...files]
    .map(({ name, content }) => ({ name, size: "deflated" in content ? content.bytes : content.length }))
    .sort((a, b) => b.size - a.size)
    .slice(0, 3);
  const names = largest.map(({ name, size }) => `${name} (${megabytes(size)})`).join(", ");
  throw new BuildError(
    `${logicalId} has ${bytes} bytes unpacked; Lambda takes ${packageLimits.unpackedBytes}, layers included. The largest are ${names}. Leave something out, or ship the function as a container image.`,
  );
}

function bytesOf(text: string): Bytes {
  return new TextEncoder().encode(text);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
