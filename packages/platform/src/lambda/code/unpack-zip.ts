import { createWriteStream } from "node:fs";
import { chmod, mkdir, realpath, symlink } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { Transform } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import type yauzl from "yauzl";

/** A deployment package that can't be used. The message goes on after the package's name. */
export class InvalidZipError extends Error {
  /** What Lambda answers to such a package. */
  readonly awsAnswer: string;
  readonly hint: string | undefined;

  constructor(message: string, options: { awsAnswer?: string; hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "InvalidZipError";
    this.awsAnswer =
      options.awsAnswer ?? "Could not unzip uploaded file. Please check your file, then try to upload again.";
    this.hint = options.hint;
  }
}

/**
 * Largest deployment package, unpacked, in bytes.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const unpackedBytes = 262_144_000;

/**
 * Unpacks a deployment package into a folder, which need not exist, executable bits and symbolic links kept.
 *
 * @param limitBytes - size of all files together.
 * @throws {InvalidZipError} if it is no ZIP, is damaged, has an entry that would land outside of the folder, or is too
 * large. What was unpacked before stays behind.
 */
export async function unpackZip(file: string, folder: string, limitBytes = unpackedBytes): Promise<void> {
  await mkdir(folder, { recursive: true });
  // Loaded with the first package: most of what runs here is built here, and never packed.
  const { default: reader } = await import("yauzl");
  let zip: yauzl.ZipFile;
  try {
    zip = await reader.openPromise(file, { lazyEntries: true, autoClose: false });
  } catch (cause) {
    throw new InvalidZipError(`is not a ZIP archive: ${(cause as Error).message}`, { cause });
  }
  try {
    const entries: yauzl.Entry[] = [];
    for await (const entry of zip.eachEntry()) entries.push(entry);
    // The reader holds every entry to the size that the archive says it has.
    const bytes = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
    if (bytes > limitBytes) throw tooLarge(bytes, limitBytes);
    for (const entry of entries) if (!isLink(entry)) await unpackEntry(zip, entry, folder);
    // Last, so that nothing is written through a link.
    for (const entry of entries) if (isLink(entry)) await unpackLink(zip, entry, folder);
  } catch (cause) {
    if (cause instanceof InvalidZipError) throw cause;
    throw new InvalidZipError(`can't be unpacked: ${(cause as Error).message}`, { cause });
  } finally {
    zip.close();
  }
}

function tooLarge(bytes: number, limitBytes: number): InvalidZipError {
  return new InvalidZipError(`is ${bytes} bytes unpacked, more than ${limitBytes}`, {
    awsAnswer: `Unzipped size must be smaller than ${limitBytes} bytes`,
    hint: "Bundle the code, so that only what is used is in it, or leave out what the runtime has already.",
  });
}

async function unpackEntry(zip: yauzl.ZipFile, entry: yauzl.Entry, folder: string): Promise<void> {
  const target = join(folder, entry.fileName);
  if (entry.fileName.endsWith("/")) {
    await mkdir(target, { recursive: true });
    return;
  }
  await mkdir(dirname(target), { recursive: true });
  const checksum = new Checksum();
  await pipeline(await zip.openReadStreamPromise(entry), checksum, createWriteStream(target));
  checksum.verify(entry);
  const permissions = unixMode(entry) & 0o777;
  if (permissions !== 0) await chmod(target, permissions | 0o400);
}

async function unpackLink(zip: yauzl.ZipFile, entry: yauzl.Entry, folder: string): Promise<void> {
  const target = join(folder, entry.fileName);
  await mkdir(dirname(target), { recursive: true });
  const place = await realpath(dirname(target));
  const root = await realpath(folder);
  if (place !== root && !place.startsWith(root + sep)) {
    throw new InvalidZipError(
      `has the link ${entry.fileName}, which would land outside of the package's folder`,
    );
  }
  const checksum = new Checksum();
  const [text] = await Promise.all([
    buffer(checksum),
    pipeline(await zip.openReadStreamPromise(entry), checksum, { end: true }),
  ]);
  checksum.verify(entry);
  await symlink(text.toString("utf8"), target);
}

/** Passes bytes on and counts their CRC-32, which the reader leaves unchecked. */
class Checksum extends Transform {
  #value = 0;

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.#value = crc32(chunk, this.#value);
    done(null, chunk);
  }

  verify({ fileName, crc32: expected }: yauzl.Entry): void {
    if (this.#value !== expected)
      throw new InvalidZipError(`is damaged: the checksum of ${fileName} is wrong`);
  }
}

function isLink(entry: yauzl.Entry): boolean {
  const fileType = unixMode(entry) & 0o170000;
  return fileType === 0o120000;
}

/** Archives made on other systems have no mode. */
function unixMode({ versionMadeBy, externalFileAttributes }: yauzl.Entry): number {
  const unix = 3;
  return versionMadeBy >>> 8 === unix ? externalFileAttributes >>> 16 : 0;
}
