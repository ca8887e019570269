import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** `/opt/…` where a path begins: at the start, or after what separates paths and options. */
const optPath = /(^|[\s:;,="']|file:\/\/)\/opt\/([^\s:;,"']+)/g;

/**
 * Points paths below `/opt` to the content of layers. On AWS that is unpacked to `/opt`, which belongs to the machine
 * here and may hold something else, so a path is changed only if a layer has the file, or at least its folder: a handler
 * names its file without extension.
 *
 * @param text - the value of a variable, or a handler.
 * @param layersDirectory - what is `/opt` on AWS. Need not exist.
 */
export function resolveOptPaths(text: string, layersDirectory: string): string {
  if (!text.includes("/opt/")) return text;
  return text.replaceAll(optPath, (whole, before: string, path: string) => {
    const file = join(layersDirectory, path);
    const folder = dirname(file);
    const isInLayer = existsSync(file) || (folder !== join(layersDirectory) && existsSync(folder));
    return isInLayer ? `${before}${file}` : whole;
  });
}
