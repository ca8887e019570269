import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { archiveFolder, BuildError } from "@sluice/packager";
import type { ClientResponse } from "../../front-door/client-response.ts";
import type { PackageStore, StoredPackage } from "../code/package-store.ts";

/** A deployment package as Lambda tells it. */
export interface CodeFacts {
  /** SHA-256 of the archive in base64. */
  readonly sha256: string;
  /** Size of the archive in bytes. */
  readonly bytes: number;
}

/** Where the code of a function is: kept as it came, or in a folder that is archived when somebody asks. */
export type ArchivedCode =
  | ({ readonly kind: "package" } & StoredPackage)
  | {
      readonly kind: "folder";
      /** Absolute. */
      readonly folder: string;
      /** Another one when the content may have changed. */
      readonly generation: string;
    };

/** How long a location can be downloaded from, in milliseconds. AWS's is good for ten minutes. */
const locationMs = 10 * 60_000;

/** Deployment packages for those who download them, at addresses that nobody can guess and that expire. */
export class CodeArchives {
  /** Below which the locations are. */
  static readonly path = "/_aws/lambda/code/";
  readonly #packages: PackageStore;
  readonly #folder: string;
  readonly #nowMs: () => number;
  readonly #archives = new Map<string, Promise<CodeFacts>>();
  readonly #offers = new Map<string, { readonly code: ArchivedCode; readonly untilMs: number }>();

  /** @param folder - absolute: where archives of folders go. */
  constructor(packages: PackageStore, folder: string, nowMs: () => number) {
    this.#packages = packages;
    this.#folder = folder;
    this.#nowMs = nowMs;
  }

  /** What is told of the code. A folder that can't go into a package has nothing to tell. */
  async factsOf(code: ArchivedCode): Promise<CodeFacts> {
    return code.kind === "package"
      ? { sha256: code.codeSha256, bytes: code.codeBytes }
      : this.#archive(code.folder, code.generation);
  }

  /** A path from which the code can be downloaded for a while. */
  offer(code: ArchivedCode): string {
    const nowMs = this.#nowMs();
    for (const [token, { untilMs }] of this.#offers) if (untilMs < nowMs) this.#offers.delete(token);
    const token = randomUUID();
    this.#offers.set(token, { code, untilMs: nowMs + locationMs });
    return `${CodeArchives.path}${token}`;
  }

  /** Answers the download of a location. */
  async answer(token: string, client: ClientResponse): Promise<void> {
    const offer = this.#offers.get(token);
    if (offer === undefined || offer.untilMs < this.#nowMs()) {
      const message =
        "This location has expired, or never was one. Call GetFunction or GetLayerVersion again.";
      client.send(403, [["Content-Type", "application/json"]], JSON.stringify({ message }));
      return;
    }
    const file = await this.#fileOf(offer.code);
    const { size } = await stat(file);
    client.begin(200, [
      ["Content-Type", "application/zip"],
      ["Content-Length", String(size)],
    ]);
    for await (const piece of createReadStream(file)) await client.write(piece as Buffer);
    client.end();
  }

  /** Removes what was archived. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#archives.values());
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #fileOf(code: ArchivedCode): Promise<string> {
    if (code.kind === "package") {
      const kept = this.#packages.archiveFile(code.id);
      // Code that stands in a template never was an archive.
      if ((await stat(kept).catch(() => undefined)) !== undefined) return kept;
      return this.#fileOf({ kind: "folder", folder: this.#packages.codeFolder(code.id), generation: "" });
    }
    await this.#archive(code.folder, code.generation);
    return this.#pathOf(code.folder, code.generation);
  }

  #archive(folder: string, generation: string): Promise<CodeFacts> {
    const file = this.#pathOf(folder, generation);
    const known = this.#archives.get(file);
    if (known !== undefined) return known;
    const made = this.#write(folder, file);
    this.#archives.set(file, made);
    return made;
  }

  async #write(folder: string, file: string): Promise<CodeFacts> {
    await mkdir(this.#folder, { recursive: true });
    try {
      const { bytes, sha256 } = await archiveFolder(folder, file);
      return { bytes, sha256: Buffer.from(sha256, "hex").toString("base64") };
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      return factsOf(await readFile(file).catch(() => Buffer.alloc(0)));
    }
  }

  #pathOf(folder: string, generation: string): string {
    const name = createHash("sha256").update(`${folder}\0${generation}`).digest("hex");
    return join(this.#folder, `${name}.zip`);
  }
}

function factsOf(archive: Uint8Array): CodeFacts {
  return { sha256: createHash("sha256").update(archive).digest("base64"), bytes: archive.byteLength };
}
