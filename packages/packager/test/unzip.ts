import { buffer } from "node:stream/consumers";
import yauzl from "yauzl";

/** A file of an archive, as another program's reader finds it. */
export interface UnzippedFile {
  readonly name: string;
  readonly content: Buffer;
  /** Unix permissions. */
  readonly mode: number;
}

/** Reads an archive with a library that is not the one that wrote it. It checks sizes and checksums. */
export async function unzip(archive: Buffer): Promise<UnzippedFile[]> {
  const zip = await yauzl.fromBufferPromise(archive, { lazyEntries: true });
  const files: UnzippedFile[] = [];
  for await (const entry of zip.eachEntry()) {
    files.push({
      name: entry.fileName,
      content: await buffer(await zip.openReadStreamPromise(entry)),
      mode: (entry.externalFileAttributes >>> 16) & 0o7777,
    });
  }
  return files;
}
