import { createWriteStream } from "node:fs";
import { chmod, mkdir, rm } from "node:fs/promises";
import { dirname, join, normalize, sep } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import yauzl from "yauzl";

/** A deployment package that can't be used. */
export class InvalidZipError extends Error {}

/**
 * Largest deployment package, unpacked, in bytes.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const unpackedBytes = 262_144_000;

/**
 * Unpacks a deployment package into a new folder, executable bits kept.
 *
 * @throws {InvalidZipError} if it is no ZIP, has an entry that would land outside of the folder, or is larger than
 * 250 MB unpacked.
 */
export async function unpackZip(file: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  let zip: yauzl.ZipFile;
  try {
    zip = await yauzl.openPromise(file, { lazyEntries: true, autoClose: false });
  } catch (cause) {
    throw new InvalidZipError(`${file} is not a ZIP archive: ${(cause as Error).message}`, { cause });
  }
  try {
    let budget = unpackedBytes;
    for await (const entry of zip.eachEntry()) {
      budget -= await unpackEntry(zip, entry, folder, budget);
    }
  } catch (cause) {
    if (cause instanceof InvalidZipError) throw cause;
    throw new InvalidZipError(`${file} can't be unpacked: ${(cause as Error).message}`, { cause });
  } finally {
    zip.close();
  }
}

/** @returns the bytes written. */
async function unpackEntry(
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
  folder: string,
  budget: number,
): Promise<number> {
  const name = normalize(entry.fileName);
  if (name.startsWith("..") || name.startsWith(sep) || /^[a-z]:/i.test(name)) {
    throw new InvalidZipError(`The entry "${entry.fileName}" would land outside of the package's folder.`);
  }
  const target = join(folder, name);
  if (entry.fileName.endsWith("/")) {
    await mkdir(target, { recursive: true });
    return 0;
  }
  await mkdir(dirname(target), { recursive: true });
  let bytes = 0;
  // What the archive says about sizes need not be true.
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(
        bytes > budget
          ? new InvalidZipError(
              `The package is larger than ${unpackedBytes} bytes unpacked, which Lambda refuses.`,
            )
          : null,
        chunk,
      );
    },
  });
  const mode = (entry.externalFileAttributes >>> 16) & 0o777;
  await pipeline(await zip.openReadStreamPromise(entry), counter, createWriteStream(target));
  if (mode !== 0) await chmod(target, mode | 0o400);
  return bytes;
}
