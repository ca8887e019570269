import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import type { ZipInputFile } from "fflate";
import { BuildError } from "../build-error.ts";

/** Bytes in memory that nobody shares. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A file of a deployment package. */
export interface PackageFile {
  /** Below the package's root, with slashes: `bin/node`. */
  readonly name: string;
  readonly content: Bytes | DeflatedContent;
}

/** Content that was compressed before, since that takes seconds. */
export interface DeflatedContent {
  readonly deflated: Bytes;
  /** Of what was compressed. */
  readonly bytes: number;
  /** Of what was compressed. */
  readonly crc32: number;
  readonly isExecutable: boolean;
}

/** An entry of a ZIP, as it was written. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: number;
  readonly compressedBytes: number;
  readonly isExecutable: boolean;
}

/** A ZIP that was written. */
export interface WrittenZip {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** In the order of the archive. */
  readonly entries: readonly ZipEntry[];
}

/**
 * Writes a deployment package whose bytes depend on nothing but the names and contents of its files: order, times, owners and
 * permissions come from neither the disk nor the clock.
 *
 * A file is executable if its content is something that Linux executes, so that umask, checkout settings and file systems
 * without permissions have no say.
 *
 * @param file - Absolute. What was there is replaced in one step, once the archive is complete.
 * @throws {BuildError} if it can't be written there.
 */
export async function writeZip(files: readonly PackageFile[], file: string): Promise<WrittenZip> {
  const compressor = await loadCompressor();
  const entries: ZipEntry[] = [];
  const hash = createHash("sha256");
  let bytes = 0;
  const partial = `${file}.${process.pid}.partial`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await pipeline(
      Readable.from(zipPieces(compressor, files, entries)),
      async function* (pieces: AsyncIterable<Uint8Array>) {
        for await (const piece of pieces) {
          hash.update(piece);
          bytes += piece.length;
          yield piece;
        }
      },
      createWriteStream(partial),
    );
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {}); // there may be no such folder
    throw isOfFileSystem(error) ? new BuildError(`${file} can't be written: ${reasonOf(error)}.`) : error;
  }
  return { bytes, sha256: hash.digest("hex"), entries };
}

function isOfFileSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

/** What the system says, and what to do where that is plain. */
function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === "EISDIR") return "there is a folder of that name. Name another file";
  if (code === "EEXIST" || code === "ENOTDIR")
    return "what should be its folder is a file. Name another folder";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return `you may not write there (${code}). Name another folder`;
  }
  return code === "ENOSPC" ? "the disk is full" : message;
}

type Compressor = typeof import("fflate");

/** Loaded with the first archive: whoever only builds does not wait for it. */
const loadCompressor = (): Promise<Compressor> => import("fflate");

/** Compresses in JavaScript: the output of zlib differs between releases of Node.js. */
export async function deflate(content: Bytes): Promise<Bytes> {
  return deflateWith(await loadCompressor(), content);
}

function deflateWith({ deflateSync }: Compressor, content: Bytes): Bytes {
  // Level 9 saves a few thousandths more; of something large it takes twice as long.
  return deflateSync(content, { level: content.length > 4_000_000 ? 6 : 9 });
}

/** Whether Linux would execute such a file: an ELF binary or a script that names its interpreter. */
function isExecutable(content: Bytes): boolean {
  const [first, second, third, fourth] = content;
  if (first === 0x23 && second === 0x21) return true; // #!
  return first === 0x7f && second === 0x45 && third === 0x4c && fourth === 0x46;
}

function* zipPieces(
  compressor: Compressor,
  files: readonly PackageFile[],
  entries: ZipEntry[],
): Generator<Uint8Array> {
  // ZIP knows local time only: this is written alike in every time zone.
  const mtime = new Date(1980, 0, 1, 12);
  const pieces: Uint8Array[] = [];
  const zip = new compressor.Zip((error, piece) => {
    if (error !== null) throw error;
    pieces.push(piece);
  });
  for (const { name, content } of sorted(files)) {
    const { deflated, ...facts } = "deflated" in content ? content : compress(compressor, content);
    const input: ZipInputFile = {
      filename: name,
      size: facts.bytes,
      crc: facts.crc32,
      compression: 8,
      mtime,
      os: 3,
      attrs: ((facts.isExecutable ? 0o100755 : 0o100644) << 16) >>> 0,
    };
    zip.add(input);
    input.ondata?.(null, deflated, true);
    entries.push({
      name,
      bytes: facts.bytes,
      compressedBytes: deflated.length,
      isExecutable: facts.isExecutable,
    });
    yield* pieces.splice(0);
  }
  zip.end();
  yield* pieces;
}

function compress(compressor: Compressor, content: Bytes): DeflatedContent {
  return {
    deflated: deflateWith(compressor, content),
    bytes: content.length,
    crc32: crc32(content),
    isExecutable: isExecutable(content),
  };
}

/** By code units, which no locale changes. @throws if a name is there twice. */
function sorted(files: readonly PackageFile[]): readonly PackageFile[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  if (byName.size !== files.length) throw new Error("A deployment package can't have two files of one name.");
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
