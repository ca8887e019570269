import { createHash, randomUUID } from "node:crypto";
import { cp, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { unpackZip } from "./unpack-zip.ts";

/** A deployment package that is kept. */
export interface StoredPackage {
  /** Of its content: the same bytes are kept once. */
  readonly id: string;
  /** SHA-256 of the archive in base64, as Lambda tells it. */
  readonly codeSha256: string;
  /** Size of the archive in bytes. */
  readonly codeBytes: number;
}

/** How old something half-written must be before it is nobody's any more, in milliseconds. */
const abandonedMs = 24 * 3_600_000;

/**
 * Deployment packages, unpacked, in a folder that outlives the platform. Functions run from here, so that it does not matter
 * what becomes of the object that a package came from: `sam delete` deletes it before the stack.
 */
export class PackageStore {
  readonly #folder: string;

  /** @param folder - absolute; need not exist. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Keeps an archive.
   * @throws {InvalidZipError} if it can't be unpacked or is too large.
   */
  async store(archive: Uint8Array): Promise<StoredPackage> {
    const hash = createHash("sha256").update(archive).digest();
    const stored = {
      id: hash.toString("hex"),
      codeSha256: hash.toString("base64"),
      codeBytes: archive.byteLength,
    };
    await this.#make(stored.id, async (folder) => {
      const file = join(folder, "package.zip");
      await writeFile(file, archive);
      await unpackZip(file, join(folder, "code"));
    });
    return stored;
  }

  /** Keeps code that stands in a template, under the name of a file. */
  async storeInline(fileName: string, text: string): Promise<StoredPackage> {
    const hash = createHash("sha256").update(fileName).update("\0").update(text).digest();
    const stored = {
      id: hash.toString("hex"),
      codeSha256: hash.toString("base64"),
      codeBytes: Buffer.byteLength(text),
    };
    await this.#make(stored.id, async (folder) => {
      await mkdir(join(folder, "code"));
      await writeFile(join(folder, "code", fileName), text);
    });
    return stored;
  }

  /** Where a package is unpacked. */
  codeFolder(id: string): string {
    return join(this.#folder, id, "code");
  }

  /** The archive that a package came as; not there for code that stood in a template. */
  archiveFile(id: string): string {
    return join(this.#folder, id, "package.zip");
  }

  /** Lays layers over each other in one folder, later ones on top: what is `/opt` on AWS. */
  async layOut(layerIds: readonly string[]): Promise<void> {
    if (layerIds.length === 0) return;
    await this.#make(layoutId(layerIds), async (folder) => {
      for (const id of layerIds) {
        await cp(this.codeFolder(id), join(folder, "code"), { recursive: true, verbatimSymlinks: true });
      }
    });
  }

  /** Where {@link layOut} has put layers; not there without any. */
  layersFolder(layerIds: readonly string[]): string {
    return this.codeFolder(layoutId(layerIds));
  }

  /** Removes what isn't among these packages, nor laid out from these layers. Nothing may run from it. */
  async sweep(packageIds: ReadonlySet<string>, layouts: readonly (readonly string[])[]): Promise<void> {
    const kept = new Set([...packageIds, ...layouts.map(layoutId)]);
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const path = join(this.#folder, name);
      if (kept.has(name)) continue;
      // Another platform may be writing this one.
      if (name.startsWith(".") && !(await isAbandoned(path))) continue;
      await rm(path, { recursive: true, force: true });
    }
  }

  /** Makes a folder whole or not at all. */
  async #make(id: string, fill: (folder: string) => Promise<void>): Promise<void> {
    const target = join(this.#folder, id);
    if (await exists(target)) return;
    const draft = join(this.#folder, `.${randomUUID()}`);
    await mkdir(draft, { recursive: true });
    try {
      await fill(draft);
      // The state may lie in a project, whose package.json has no say in what is a module.
      await writeFile(join(draft, "package.json"), "{}\n");
      await rename(draft, target);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      // Another deployment of the same bytes was faster.
      if (!(await exists(target))) throw error;
    }
  }
}

function layoutId(layerIds: readonly string[]): string {
  return createHash("sha256").update(layerIds.join("\n")).digest("hex");
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function isAbandoned(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > abandonedMs;
}
