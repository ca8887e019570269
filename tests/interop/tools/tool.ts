import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

/** A tool that tests need, or why there is none. */
export type Tool<T> =
  | { readonly tool: T; readonly missing?: undefined }
  | { readonly tool?: undefined; readonly missing: string };

/** Where installed tools are kept; no version control sees it, and `npm ci` empties it. */
export const cache = resolve(import.meta.dirname, "../../../node_modules/.cache/sluice-interop");

/** Installing takes minutes on a slow machine; a registry that doesn't answer must not hang the suite. */
const installTimeoutMs = 600_000;

/** Runs a program to its end. @throws if it fails. */
export async function run(
  command: string,
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const { stdout } = await promisify(execFile)(command, parameters, {
    timeout: installTimeoutMs,
    env: environment,
  });
  return stdout;
}

export async function succeeds(command: string, parameters: readonly string[]): Promise<boolean> {
  return run(command, parameters).then(
    () => true,
    () => false,
  );
}

/** A short name for what is in these files. */
export async function hashOf(folder: string, files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(join(folder, file)));
  return hash.digest("hex").slice(0, 12);
}

/**
 * Makes an entry of the cache, unless it is there already.
 * @param make - puts the entry, a file or a folder, into the folder it is given, and returns its path.
 * @returns the entry's path.
 */
export async function cached(name: string, make: (folder: string) => Promise<string>): Promise<string> {
  const path = join(cache, name);
  if (await exists(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const folder = await mkdtemp(join(cache, "install-"));
  try {
    // The entry appears when it is whole, also where two make it at once.
    await rename(await make(folder), path);
  } catch (error) {
    if (!(await exists(path))) throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return path;
}

/**
 * Installs a tool that the machine has the means to install. Tests that need it are skipped if that fails; on CI it is
 * an error, because a suite that quietly ran nothing would look like one that passed.
 */
export async function install<T>(what: string, action: () => Promise<T>): Promise<Tool<T>> {
  try {
    return { tool: await action() };
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    if (isCi(process.env)) {
      throw new Error(`${what} could not be installed, and on CI no test may be skipped: ${reason}`);
    }
    return skip(`${what} could not be installed: ${reason}`);
  }
}

/** Says why tests are skipped. */
export function skip(missing: string): { readonly missing: string } {
  say(`Skipped: ${missing}`);
  return { missing };
}

/** Prints a line about the machine, beside what Vitest prints. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function isCi(environment: NodeJS.ProcessEnv): boolean {
  return !["", "0", "false"].includes(environment["CI"] ?? "");
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
