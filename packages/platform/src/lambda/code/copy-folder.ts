import { constants } from "node:fs";
import { copyFile, mkdir, readdir, readlink, symlink } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";

/**
 * Copies a folder, so that what changes in it later does not change the copy. A link that leads out of the folder leads
 * to the same place from the copy.
 *
 * @param to - not there yet; made even if there is nothing to copy.
 * @param except - a folder that is left out if it is within: what a platform keeps is no part of the code beside it.
 */
export async function copyFolder(from: string, to: string, except: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await copyEntries(from, to, { root: from, except });
}

async function copyEntries(
  from: string,
  to: string,
  bounds: { readonly root: string; readonly except: string },
): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (source === bounds.except) continue;
    if (entry.isDirectory()) {
      await mkdir(target);
      await copyEntries(source, target, bounds);
    } else if (entry.isSymbolicLink()) {
      const link = await readlink(source);
      const leadsOut = relative(bounds.root, resolve(dirname(source), link)).startsWith("..");
      await symlink(leadsOut ? resolve(dirname(source), link) : link, target);
    } else if (entry.isFile()) await copyFile(source, target, constants.COPYFILE_FICLONE);
    // Sockets and pipes are no code.
  }
}
