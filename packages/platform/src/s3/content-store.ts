import { createHash, randomBytes } from "node:crypto";
import { createReadStream, mkdirSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { AwsServiceError } from "../service-error.ts";
import type { StateDatabase } from "../state/database.ts";
import { isOwnerAlive, newOwner, retireOwner } from "../state/process-owner.ts";
import { type ChecksumAlgorithm, startChecksum } from "./checksum/checksum.ts";
import { s3Error } from "./s3-error.ts";

/** A piece of an object's content, in a file of its own. */
export interface ContentPart {
  /** There is none where there is no content. */
  readonly file?: string | undefined;
  /** In bytes. */
  readonly size: number;
  /** Base64, of the object's algorithm: where the object was uploaded in parts. */
  readonly checksum?: string;
}

/** What was received and lies on disk, not yet anybody's. */
export interface ReceivedContent {
  /** Without a file where there was nothing. */
  readonly file: string | undefined;
  readonly size: number;
  readonly md5: Buffer;
  /** Base64, of the algorithm that was asked for. */
  readonly checksum: string | undefined;
}

/** How content is received. */
export interface ReceiveOptions {
  readonly algorithm: ChecksumAlgorithm | undefined;
  /** Most bytes. */
  readonly limit: number;
}

/** Whose files are whose, while that changes. */
export interface FileOwnership {
  /** The file belongs to a row now. */
  readonly adopt: (file: string | undefined) => void;
  /** No row has the files of these parts any more: they go when the transaction is over. */
  readonly release: (parts: readonly Pick<ContentPart, "file">[]) => void;
}

/**
 * Content of objects, in files whose names say nothing. Before a file is written it is noted as nobody's, and the row that
 * takes it removes the note in its own transaction: whenever the process is killed, either a row has the file or the next
 * start removes it.
 */
export class ContentStore {
  readonly #folder: string;
  readonly #state: StateDatabase;
  readonly #owner = newOwner();
  /** How many answers are being read from a file. */
  readonly #readers = new Map<string, number>();
  /** Files that go when nobody reads them any more. */
  readonly #leaving = new Set<string>();
  readonly #underWay = new Set<Promise<unknown>>();

  /** @param folder - made when the first content comes. */
  constructor(folder: string, state: StateDatabase) {
    this.#folder = folder;
    this.#state = state;
  }

  /** Removes what earlier processes left behind. */
  async start(): Promise<void> {
    const rows = this.#state.database.prepare("SELECT name, owner FROM unowned_file").all();
    const left = rows.filter(({ owner }) => !isOwnerAlive(String(owner))).map(({ name }) => String(name));
    await this.#remove(left);
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
    retireOwner(this.#owner);
  }

  /**
   * Writes a body to disk as it comes. The content is nobody's until it is adopted: whoever doesn't want it discards it.
   * @throws whatever the body throws, and {@link AwsServiceError} `EntityTooLarge`, or `InternalError` if the disk is full;
   * then nothing is left of it.
   */
  receive(body: Readable, options: ReceiveOptions): Promise<ReceivedContent> {
    return this.#track(this.#receive(body, options));
  }

  async #receive(body: Readable, { algorithm, limit }: ReceiveOptions): Promise<ReceivedContent> {
    const md5 = createHash("md5");
    const checksum = algorithm && startChecksum(algorithm);
    const file = randomBytes(16).toString("hex");
    let handle: FileHandle | undefined;
    let size = 0;
    try {
      // A request that is given up here can still be answered.
      for await (const piece of body.iterator({ destroyOnReturn: false })) {
        const bytes = piece as Uint8Array;
        size += bytes.length;
        if (size > limit) throw tooLarge(size, limit);
        md5.update(bytes);
        checksum?.update(bytes);
        handle ??= await this.#create(file);
        await handle.writeFile(bytes);
      }
      await handle?.close();
    } catch (error) {
      await handle?.close();
      if (handle !== undefined) await this.#remove([file]);
      throw diskProblem(error) ?? error;
    }
    return {
      file: handle === undefined ? undefined : file,
      size,
      md5: md5.digest(),
      checksum: checksum?.digest().toString("base64"),
    };
  }

  async #create(file: string): Promise<FileHandle> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#state.database
      .prepare("INSERT INTO unowned_file (name, owner) VALUES (?, ?)")
      .run(file, this.#owner);
    return open(this.#path(file), "wx", 0o600);
  }

  /** Removes content that nobody wants. */
  discard({ file }: ReceivedContent): Promise<void> {
    return this.#track(this.#remove(file === undefined ? [] : [file]));
  }

  /**
   * Runs `work` in a transaction, in which files may get and lose their rows.
   * @throws whatever `work` throws, which undoes everything; {@link AwsServiceError} if the state can't be written.
   */
  commit<Result>(work: (files: FileOwnership) => Result): Result {
    const { database } = this.#state;
    const released: string[] = [];
    let result: { readonly value: Result } | undefined;
    try {
      this.#state.transaction(() => {
        const value = work({
          adopt: (file) => {
            if (file !== undefined) database.prepare("DELETE FROM unowned_file WHERE name = ?").run(file);
          },
          release: (parts) => {
            const note = database.prepare("INSERT INTO unowned_file (name, owner) VALUES (?, ?)");
            for (const { file } of parts) {
              if (file === undefined) continue;
              note.run(file, this.#owner);
              released.push(file);
            }
          },
        });
        result = { value };
      }, waitMs);
    } catch (error) {
      throw diskProblem(error) ?? error;
    }
    if (released.length > 0) this.#track(this.#remove(released));
    if (result === undefined) throw new TypeError("The transaction did not run.");
    return result.value;
  }

  /**
   * Reads content. Its files stay for as long as it is read, whatever happens to the object.
   *
   * @param range - in bytes, both ends included; everything unless given.
   * @param signal - ends the reading early.
   */
  read(parts: readonly ContentPart[], range?: ByteRange, signal?: AbortSignal): Readable {
    const wanted = piecesOf(parts, range);
    for (const { file } of wanted) this.#readers.set(file, (this.#readers.get(file) ?? 0) + 1);
    const leave = () => {
      for (const { file } of wanted.splice(0)) this.#stopReading(file);
    };
    const pieces = [...wanted];
    const path = (file: string) => this.#path(file);
    async function* bytes() {
      for (const { file, start, end } of pieces) {
        for await (const piece of createReadStream(path(file), { start, end, highWaterMark: readBytes })) {
          if (signal?.aborted) return;
          yield piece as Buffer;
        }
      }
    }
    return Readable.from(bytes(), { objectMode: false, highWaterMark: readBytes }).on("close", leave);
  }

  #stopReading(file: string): void {
    const readers = (this.#readers.get(file) ?? 1) - 1;
    if (readers > 0) {
      this.#readers.set(file, readers);
      return;
    }
    this.#readers.delete(file);
    if (this.#leaving.delete(file)) this.#track(this.#remove([file]));
  }

  async #remove(files: readonly string[]): Promise<void> {
    for (const file of files) {
      if (this.#readers.has(file)) {
        this.#leaving.add(file);
        continue;
      }
      await rm(this.#path(file), { force: true });
      this.#state.database.prepare("DELETE FROM unowned_file WHERE name = ?").run(file);
    }
  }

  #track<Result>(work: Promise<Result>): Promise<Result> {
    const tracked = work.catch(() => {}).finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return work;
  }

  #path(file: string): string {
    return join(this.#folder, file);
  }
}

/** Both ends included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** How much is read at once, in bytes. */
const readBytes = 256 * 1024;

/** How long a transaction of another platform is waited for, in milliseconds. */
const waitMs = 1000;

function piecesOf(parts: readonly ContentPart[], range: ByteRange | undefined) {
  const { first = 0, last = Number.MAX_SAFE_INTEGER } = range ?? {};
  let offset = 0;
  return parts.flatMap(({ file, size }) => {
    const start = Math.max(first - offset, 0);
    const end = Math.min(last - offset, size - 1);
    offset += size;
    return file !== undefined && start <= end ? [{ file, start, end }] : [];
  });
}

function tooLarge(size: number, limit: number): AwsServiceError {
  return s3Error("EntityTooLarge", { ProposedSize: size, MaxSizeAllowed: limit });
}

/** The disk's own errors, said as S3 would say that it can't. */
function diskProblem(error: unknown): AwsServiceError | undefined {
  const { code, errcode } = Object(error) as { code?: string; errcode?: number };
  if (code === "ENOSPC" || code === "EDQUOT" || (code === "ERR_SQLITE_ERROR" && errcode === sqliteFull)) {
    return new AwsServiceError(
      "InternalError",
      500,
      "The disk of this machine is full, so nothing was stored. Make room, or choose another state folder.",
    );
  }
  if (code === "ERR_SQLITE_ERROR" && ((errcode ?? 0) & 0xff) === sqliteBusy) {
    return new AwsServiceError("SlowDown", 503, "Please reduce your request rate.");
  }
  return undefined;
}

/** SQLITE_BUSY and SQLITE_FULL. */
const sqliteBusy = 5;
const sqliteFull = 13;
