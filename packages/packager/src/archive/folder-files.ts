import type { Stats } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { BuildError } from "../build-error.ts";
import { packageLimits } from "./package-limits.ts";
import type { PackageFile } from "./zip.ts";

/** A file in memory. */
export type PlainFile = PackageFile & { readonly content: Uint8Array<ArrayBuffer> };

/** What desktops and version control leave in folders. */
const litter = new Set([".DS_Store", ".git", "Thumbs.db"]);

/**
 * Every file in a folder, links followed.
 * @param prefix - Goes before the names: `node_modules/sharp`.
 * @param skip - Names of files and folders to leave out, wherever they are.
 * @throws {BuildError} naming what can't go into a package.
 */
export async function filesIn(
  folder: string,
  prefix: string,
  skip: ReadonlySet<string> = new Set(),
): Promise<PlainFile[]> {
  return filesBelow(folder, prefix, skip, []);
}

/**
 * A file, or every file in a folder.
 * @throws the file system's error if there is nothing, and {@link BuildError} naming what can't go into a package.
 */
export async function filesAt(path: string, name: string): Promise<PlainFile[]> {
  return filesOf(path, name, new Set(), [], await stat(path));
}

/** @param above - The folders that it is in, links resolved. */
async function filesBelow(
  folder: string,
  prefix: string,
  skip: ReadonlySet<string>,
  above: readonly string[],
): Promise<PlainFile[]> {
  const real = await realpath(folder);
  if (above.includes(real)) refuse(folder, "is a link to a folder that it is in");
  const names = (await readdir(folder)).filter((name) => !litter.has(name) && !skip.has(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
        return refuse(path, "is a link to nothing, or went away meanwhile");
      });
      return filesOf(path, `${prefix}/${name}`, skip, [...above, real], stats);
    }),
  );
  return found.flat();
}

async function filesOf(
  path: string,
  name: string,
  skip: ReadonlySet<string>,
  above: readonly string[],
  stats: Stats,
): Promise<PlainFile[]> {
  if (stats.isDirectory()) return filesBelow(path, name, skip, above);
  if (!stats.isFile()) refuse(path, "is neither a file nor a folder");
  if (stats.size > packageLimits.unpackedBytes) {
    throw new BuildError(
      `${path} has ${stats.size} bytes; Lambda takes ${packageLimits.unpackedBytes} unpacked, layers included. Leave it out, or let the function read it from S3.`,
    );
  }
  return [{ name, content: await readFile(path) }];
}

function refuse(path: string, why: string): never {
  throw new BuildError(`${path} ${why}. Remove it, or include what is beside it.`);
}
