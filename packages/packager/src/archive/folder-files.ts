import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PackageFile } from "./zip.ts";

/** A file in memory. */
export type PlainFile = PackageFile & { readonly content: Uint8Array<ArrayBuffer> };

/** What desktops and version control leave in folders. */
const litter = new Set([".DS_Store", ".git", "Thumbs.db"]);

/**
 * Every file in a folder, links followed.
 * @param prefix - Goes before the names: `node_modules/sharp`.
 * @param skip - Names of files and folders to leave out, wherever they are.
 */
export async function filesIn(
  folder: string,
  prefix: string,
  skip: ReadonlySet<string> = new Set(),
): Promise<PlainFile[]> {
  const names = (await readdir(folder)).filter((name) => !litter.has(name) && !skip.has(name));
  const found = await Promise.all(
    names.map((name) => filesAt(join(folder, name), `${prefix}/${name}`, skip)),
  );
  return found.flat();
}

/** A file, or every file in a folder. @throws the file system's error if there is nothing. */
export async function filesAt(path: string, name: string, skip?: ReadonlySet<string>): Promise<PlainFile[]> {
  try {
    return [{ name, content: await readFile(path) }];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EISDIR") throw error;
    return filesIn(path, name, skip);
  }
}
