import type { Socket } from "node:net";

/** Bytes, and when the last of them arrived, on the clock of `performance.now()` (milliseconds). */
export interface TimedBytes {
  readonly bytes: Buffer;
  readonly at: number;
}

/** The connection ended in the middle of a message. */
export class TruncatedRequestError extends Error {
  override readonly name = "TruncatedRequestError";
}

/** Small, so that a reader that is paused or slow soon makes the sender wait. */
const highWaterMarkBytes = 64 * 1024;

/** Reads a socket by lines and by counts of bytes, and keeps the time at which each piece arrived. */
export class SocketReader {
  /** Resolves once no more bytes will come. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #pieces: TimedBytes[] = [];
  #bufferedBytes = 0;
  #hasEnded = false;
  #isPaused = false;
  #isDiscarding = false;
  #changed = Promise.withResolvers<void>();

  constructor(socket: Socket) {
    this.#socket = socket;
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    const end = (): void => {
      this.#hasEnded = true;
      ended.resolve();
      this.#wake();
    };
    socket.on("end", end).on("close", end);
    socket.on("data", (bytes: Buffer) => {
      if (this.#isDiscarding) return;
      this.#pieces.push({ bytes, at: performance.now() });
      this.#bufferedBytes += bytes.length;
      if (this.#bufferedBytes >= highWaterMarkBytes) socket.pause();
      this.#wake();
    });
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#flow();
    this.#wake();
  }

  /** From now on, throws away what arrives, so that the sender never waits. */
  discard(): void {
    this.#isDiscarding = true;
    this.#socket.resume();
  }

  /**
   * The next bytes that are there, `limit` at most; `undefined` at the end.
   *
   * @param limit - In bytes.
   */
  async read(limit: number): Promise<TimedBytes | undefined> {
    const piece = await this.#peek();
    return piece && this.#take(piece, limit);
  }

  /**
   * The next line, with the line feed that ends it; `undefined` when the connection ended before the line began.
   *
   * @throws {TruncatedRequestError} if the connection ends within the line.
   */
  async readLine(): Promise<string | undefined> {
    const parts: Buffer[] = [];
    for (;;) {
      const piece = await this.#peek();
      if (piece === undefined) {
        if (parts.length === 0) return undefined;
        throw new TruncatedRequestError("the connection ended within a line");
      }
      const lineFeed = piece.bytes.indexOf("\n");
      const limit = lineFeed < 0 ? piece.bytes.length : lineFeed + 1;
      parts.push(this.#take(piece, limit).bytes);
      if (lineFeed >= 0) return Buffer.concat(parts).toString("latin1");
    }
  }

  async #peek(): Promise<TimedBytes | undefined> {
    while (!this.#hasEnded && (this.#isPaused || this.#pieces.length === 0)) await this.#changed.promise;
    return this.#pieces[0];
  }

  #take(piece: TimedBytes, limit: number): TimedBytes {
    const taken = piece.bytes.subarray(0, limit);
    this.#bufferedBytes -= taken.length;
    if (taken.length === piece.bytes.length) this.#pieces.shift();
    else this.#pieces[0] = { bytes: piece.bytes.subarray(limit), at: piece.at };
    this.#flow();
    return { bytes: taken, at: piece.at };
  }

  #flow(): void {
    if (!this.#isPaused && this.#bufferedBytes < highWaterMarkBytes) this.#socket.resume();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
