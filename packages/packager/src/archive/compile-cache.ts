import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { BuildError } from "../build-error.ts";
import type { Architecture } from "./architecture.ts";
import { lambdaMachine } from "./machine-code.ts";
import type { PackageFile } from "./zip.ts";

/** The module that starts the program with its cache. */
export const cachedStartPath = ".sluice/start.mjs";

const cacheFolder = ".sluice/compile-cache";

/** Whoever does not ask for an event within this time is not made a cache of. */
const patienceMs = 60_000;

/** A package for an OS-only runtime, and what runs it. */
export interface CacheRequest {
  readonly logicalId: string;
  /** The whole package, Node.js included. */
  readonly files: readonly PackageFile[];
  /** Of `files`: the Node.js, and the program that it runs. */
  readonly nodePath: string;
  readonly program: string;
}

/**
 * Says why a compile cache can't be made here. V8 takes one on the same release and the same features of the processor only.
 *
 * @param nodeVersion - Of the package; nothing for a managed runtime.
 * @throws {BuildError}
 */
export function checkCompileCache(
  logicalId: string,
  runtime: string,
  nodeVersion: string | undefined,
  architecture: Architecture,
): void {
  const cant = `${logicalId} can't have a compile cache:`;
  if (nodeVersion === undefined) {
    throw new BuildError(
      `${cant} it is for one Node.js, and which one ${runtime} has on Lambda changes. Let Runtime be provided.al2023, or leave the cache out.`,
    );
  }
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  if (major < 24 || (major === 24 && minor < 12)) {
    throw new BuildError(
      `${cant} it takes Node.js 24.12 or later, and the package has ${nodeVersion}. Change NodeVersion, or leave the cache out.`,
    );
  }
  const cpu = process.arch === "x64" ? "x86_64" : process.arch;
  if (process.platform !== "linux" || cpu !== architecture) {
    throw new BuildError(
      `${cant} the function must be started for it on ${lambdaMachine(architecture)}, and this is ${process.platform} on ${cpu}. Build it on such a machine, or leave the cache out.`,
    );
  }
}

/**
 * Starts a package once, as Lambda would, and takes along what V8 has compiled when it first asks for an event.
 *
 * Node.js keeps such caches in a folder that is named for its release, the processor and the user, and knows files by their
 * path from there. So the package is started in folders like Lambda's, `/var/task` and `/tmp`, and on Lambda a link in
 * `/tmp`, named for the user there, leads to the cache in the package.
 *
 * @returns the files that the package needs for it.
 * @throws {BuildError} if the function ends, or does not ask for an event.
 */
export async function compileCacheFiles(request: CacheRequest): Promise<PackageFile[]> {
  const scratch = await mkdtemp(join(tmpdir(), "sluice-compile-cache-"));
  try {
    const task = join(scratch, "var/task");
    await mkdir(join(scratch, "tmp"));
    await unpack(request.files, task);
    const primer = join(task, ".sluice/prime.mjs");
    await mkdir(dirname(primer), { recursive: true });
    await writeFile(primer, primerOf(request.program));
    await startOnce(request, task, primer);
    const folder = join(scratch, "tmp/sluice-compile-cache");
    const [made = ""] = await readdir(folder).catch(() => []);
    const name = /^(.+)-\d+$/.exec(made)?.[1];
    if (name === undefined) throw new Error(`Node.js made no compile cache in ${folder}.`);
    const cached = await readdir(join(folder, made));
    return [
      { name: cachedStartPath, content: bytesOf(startOf(name, request.program)) },
      ...(await Promise.all(
        cached.map(async (file) => ({
          name: `${cacheFolder}/${file}`,
          content: new Uint8Array(await readFile(join(folder, made, file))),
        })),
      )),
    ];
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function unpack(files: readonly PackageFile[], task: string): Promise<void> {
  for (const { name, content } of files) {
    const path = join(task, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "deflated" in content ? inflateRawSync(content.deflated) : content);
    if ("deflated" in content && content.isExecutable) await chmod(path, 0o755);
  }
}

/** Three folders up from `/var/task/.sluice` is where `/tmp` is. */
const folderInTmp = 'new URL("../../../tmp/sluice-compile-cache", import.meta.url)';

function primerOf(program: string): string {
  return `import { enableCompileCache, flushCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
process.on("SIGUSR2", () => { flushCompileCache(); process.exit(0); });
enableCompileCache({ directory: fileURLToPath(${folderInTmp}), portable: true });
await import(${JSON.stringify(`../${program}`)});
`;
}

function startOf(name: string, program: string): string {
  return `import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
const directory = fileURLToPath(${folderInTmp});
const link = \`\${directory}/${name}-\${process.getuid()}\`;
try {
  mkdirSync(directory);
  symlinkSync(fileURLToPath(new URL("./compile-cache", import.meta.url)), link);
} catch {} // There from an Init before, or not on Lambda.
if (existsSync(link)) enableCompileCache({ directory, portable: true });
await import(${JSON.stringify(`../${program}`)});
`;
}

async function startOnce({ logicalId, nodePath }: CacheRequest, task: string, primer: string): Promise<void> {
  const asked = Promise.withResolvers<void>();
  await using server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", (data) => {
      if (data.includes("/invocation/next")) asked.resolve();
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const child = spawn(join(task, nodePath), [primer], {
    cwd: task,
    stdio: ["ignore", "ignore", "pipe"],
    env: environment(logicalId, task, (server.address() as AddressInfo).port),
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4000);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  try {
    const hasAsked = await Promise.race([asked.promise.then(() => true), ended.then(() => false)]);
    if (hasAsked) child.kill("SIGUSR2");
    if (!hasAsked || (await ended) !== 0) {
      throw new BuildError(
        `${logicalId} can't have a compile cache: started once for it, without the template's variables, it did not ask for an event. Let it start without them, or leave the cache out.\n${said.trim()}`,
      );
    }
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
    await ended;
  }
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
function environment(logicalId: string, task: string, port: number): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    LAMBDA_TASK_ROOT: task,
    AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
    AWS_LAMBDA_FUNCTION_NAME: logicalId,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
    AWS_REGION: "us-east-1",
    AWS_DEFAULT_REGION: "us-east-1",
  };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
