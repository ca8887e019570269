import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { machineOfBinary } from "../environment/executable-file.ts";

/** A native addon that this machine can't load. */
export interface ForeignAddon {
  /** Relative to the package. */
  readonly file: string;
  /** `Linux on arm64` */
  readonly madeFor: string;
}

/**
 * The first native addon of a deployment package, if all of them are made for other machines. Packages that bring an
 * addon for each machine choose among them.
 */
export async function findForeignAddon(folder: string): Promise<ForeignAddon | undefined> {
  let foreign: ForeignAddon | undefined;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".node")) continue;
    const path = join(entry.parentPath, entry.name);
    const madeFor = await machineOfBinary(path);
    if (madeFor === undefined) return undefined;
    foreign ??= { file: relative(folder, path), madeFor };
  }
  return foreign;
}
