import type { SocketReader, TimedBytes } from "./socket-reader.ts";
import { TruncatedRequestError } from "./socket-reader.ts";

/** Field names in lower case; a repeated field is joined with `", "`. */
export type Fields = Readonly<Record<string, string>>;

/** What came is not HTTP/1.1 (RFC 9112). */
export class MalformedRequestError extends Error {
  override readonly name = "MalformedRequestError";
}

/** How the head says that the body is framed. */
type Framing = { readonly kind: "chunked" } | { readonly kind: "length"; readonly bytes: number };

/** A request, as soon as its head has arrived. */
export class IncomingRequest {
  readonly connectionId: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Fields;
  /** The head exactly as it came, up to and with the empty line (Latin-1). */
  readonly rawHead: string;
  readonly body: IncomingBody;

  private constructor(connectionId: number, rawHead: string, reader: SocketReader) {
    const [requestLine = "", ...fieldLines] = rawHead.slice(0, -4).split("\r\n");
    const match = /^([A-Z]+) (\/\S*) HTTP\/1\.1$/.exec(requestLine);
    if (!match)
      throw new MalformedRequestError(`not an HTTP/1.1 request line: ${JSON.stringify(requestLine)}`);
    this.connectionId = connectionId;
    this.method = match[1] ?? "";
    this.path = match[2] ?? "";
    this.headers = parseFields(fieldLines);
    this.rawHead = rawHead;
    if (this.headers["host"] === undefined) throw new MalformedRequestError("a request without Host");
    this.body = new IncomingBody(reader, framingOf(this.headers), announcedTrailers(this.headers));
  }

  /** Reads one head from the reader; `undefined` if the connection ended before one began. */
  static async read(reader: SocketReader, connectionId: number): Promise<IncomingRequest | undefined> {
    const lines: string[] = [];
    do {
      const line = await reader.readLine();
      if (line === undefined && lines.length === 0) return undefined;
      lines.push(requireLineEnd(line));
    } while (lines.at(-1) !== "\r\n");
    return new IncomingRequest(connectionId, lines.join(""), reader);
  }

  /** Whether the runtime lets the connection serve another request. */
  get keepAlive(): boolean {
    return !/(^|,)\s*close\s*(,|$)/i.test(this.headers["connection"] ?? "");
  }
}

/** A body as it comes in; read by the double, watched by tests. */
export class IncomingBody {
  /**
   * What has arrived so far: one entry for each HTTP chunk, with the time its last byte came, or, with a
   * `Content-Length`, one for each piece the socket gave. A chunk that was cut off is the last entry.
   */
  readonly chunks: TimedBytes[] = [];
  /** The announced trailers. The Runtime API asks that they be announced, so that no others count. */
  trailers: Fields = {};
  /** All trailer lines as they came, announced or not. */
  rawTrailers: readonly string[] = [];
  /** `truncated`: the connection ended first, or the trailers are too long for AWS; `malformed`: the chunks were not in the form of RFC 9112. */
  state: "open" | "complete" | "truncated" | "malformed" = "open";
  readonly #reader: SocketReader;
  readonly #framing: Framing;
  readonly #announced: ReadonlySet<string>;
  readonly #parts: AsyncGenerator<TimedBytes, void>;
  #receivedBytes = 0;

  constructor(reader: SocketReader, framing: Framing, announced: ReadonlySet<string>) {
    this.#reader = reader;
    this.#framing = framing;
    this.#announced = announced;
    this.#parts = framing.kind === "chunked" ? this.#chunked() : this.#sized(framing.bytes, "pieces");
  }

  /** Everything that has arrived so far, in one piece. */
  get bytes(): Buffer {
    return Buffer.concat(this.chunks.map((chunk) => chunk.bytes));
  }

  /** Waits for the next chunk; `undefined` once `state` is no longer `open`. */
  async next(): Promise<TimedBytes | undefined> {
    try {
      const { value, done } = await this.#parts.next();
      if (!done) return value;
      if (this.state === "open") this.state = "complete";
    } catch (error) {
      if (error instanceof TruncatedRequestError) this.state = "truncated";
      else if (error instanceof MalformedRequestError) this.state = "malformed";
      else throw error;
    }
    return undefined;
  }

  /**
   * Reads what is left.
   *
   * @param limit - Gives up when more than so many bytes are left.
   * @returns Whether the body is over.
   */
  async drain(limit: number): Promise<boolean> {
    if (this.#framing.kind === "length" && this.#framing.bytes - this.#receivedBytes > limit) return false;
    const giveUpAt = this.#receivedBytes + limit;
    while ((await this.next()) !== undefined) {
      if (this.#receivedBytes > giveUpAt) return false;
    }
    return true;
  }

  async *#chunked(): AsyncGenerator<TimedBytes, void> {
    for (;;) {
      const line = requireLineEnd(await this.#reader.readLine());
      const size = /^([0-9a-f]+)[ \t]*(;.*)?\r\n$/i.exec(line)?.[1];
      if (size === undefined) throw new MalformedRequestError(`not a chunk size: ${JSON.stringify(line)}`);
      if (/^0+$/.test(size)) break;
      yield* this.#sized(Number.parseInt(size, 16), "whole");
      const end = requireLineEnd(await this.#reader.readLine());
      if (end !== "\r\n") throw new MalformedRequestError("a chunk that is longer than its size says");
    }
    await this.#readTrailers();
  }

  async *#sized(size: number, as: "pieces" | "whole"): AsyncGenerator<TimedBytes, void> {
    const pieces: TimedBytes[] = [];
    for (let missing = size; missing > 0; ) {
      const piece = await this.#reader.read(missing);
      if (piece === undefined) {
        if (pieces.length > 0) this.#record(pieces);
        throw new TruncatedRequestError(`the connection ended ${missing} bytes early`);
      }
      missing -= piece.bytes.length;
      if (as === "pieces") yield this.#record([piece]);
      else pieces.push(piece);
    }
    if (as === "whole") yield this.#record(pieces);
  }

  #record(pieces: readonly TimedBytes[]): TimedBytes {
    const chunk = { bytes: Buffer.concat(pieces.map((piece) => piece.bytes)), at: pieces.at(-1)?.at ?? 0 };
    this.#receivedBytes += chunk.bytes.length;
    this.chunks.push(chunk);
    return chunk;
  }

  async #readTrailers(): Promise<void> {
    const lines: string[] = [];
    let bytes = 0;
    for (;;) {
      const line = requireLineEnd(await this.#reader.readLine()).slice(0, -2);
      bytes += line.length + 2;
      if (bytes > maxTrailerBytes) throw new TruncatedRequestError("more trailers than AWS reads");
      if (line === "") break;
      lines.push(line);
    }
    this.rawTrailers = lines;
    const all = Object.entries(parseFields(lines));
    this.trailers = Object.fromEntries(all.filter(([name]) => this.#announced.has(name)));
  }
}

/**
 * The Runtime API is served by Go, which gives a body up whose trailer section is longer, its empty line included.
 *
 * @see https://github.com/golang/go/blob/go1.26.0/src/net/http/transfer.go (`seeUpcomingDoubleCRLF`)
 */
const maxTrailerBytes = 4096;

function requireLineEnd(line: string | undefined): string {
  if (line === undefined) throw new TruncatedRequestError("the connection ended between two lines");
  if (!line.endsWith("\r\n")) throw new MalformedRequestError(`a line feed alone: ${JSON.stringify(line)}`);
  return line;
}

function parseFields(lines: readonly string[]): Fields {
  const fields: Record<string, string> = {};
  for (const line of lines) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/s.exec(line);
    // A carriage return or NUL within a value is how header injection looks from this side.
    if (!match || /[\r\n\0]/.test(line))
      throw new MalformedRequestError(`not a field: ${JSON.stringify(line)}`);
    const name = (match[1] ?? "").toLowerCase();
    const value = match[2] ?? "";
    fields[name] = fields[name] === undefined ? value : `${fields[name]}, ${value}`;
  }
  return fields;
}

function framingOf(headers: Fields): Framing {
  const transferEncoding = headers["transfer-encoding"];
  const contentLength = headers["content-length"];
  if (transferEncoding !== undefined) {
    if (transferEncoding.toLowerCase() !== "chunked" || contentLength !== undefined) {
      throw new MalformedRequestError("Transfer-Encoding is chunked and comes without Content-Length");
    }
    return { kind: "chunked" };
  }
  if (contentLength !== undefined && !/^\d+$/.test(contentLength)) {
    throw new MalformedRequestError(`not a Content-Length: ${JSON.stringify(contentLength)}`);
  }
  return { kind: "length", bytes: Number(contentLength ?? "0") };
}

function announcedTrailers(headers: Fields): ReadonlySet<string> {
  return new Set((headers["trailer"] ?? "").split(",").map((name) => name.trim().toLowerCase()));
}
