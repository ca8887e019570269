import { filesAt } from "./folder-files.ts";
import { type WrittenZip, writeZip } from "./zip.ts";

/**
 * Puts a folder into a deployment package as it is, links followed.
 *
 * @param file - Absolute. What was there is replaced in one step, once the archive is complete.
 * @throws {BuildError} naming what can't go into a package.
 */
export async function archiveFolder(folder: string, file: string): Promise<WrittenZip> {
  const prefix = "content";
  const files = await filesAt(folder, prefix);
  return writeZip(
    files.map(({ name, content }) => ({ name: name.slice(prefix.length + 1), content })),
    file,
  );
}
