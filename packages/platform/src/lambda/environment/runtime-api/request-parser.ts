import { isHeaderName, limits, lowerCaseName, trimBlanks } from "@sluice/protocol";
import { GrowingBuffer } from "./growing-buffer.ts";

/** What a runtime may send, in bytes. Beyond it the request is refused or its body counts as broken. */
export const requestLimits = {
  /**
   * Request line and headers. 1 MiB and 4 KiB, as Go's `net/http` has it, on which AWS's
   * own Runtime API runs: the X-Ray error cause alone may take up to a megabyte of headers.
   * @see https://pkg.go.dev/net/http#DefaultMaxHeaderBytes
   */
  headBytes: 1024 * 1024 + 4096,
  /** Trailers and the empty line that ends them. */
  trailerBytes: limits.trailerBytes,
  /** Header fields, and again trailer fields. Ours. */
  fields: 256,
  /** The line that gives the size of a chunk, extensions included. As in Go's `net/http`. */
  chunkLineBytes: 4096,
  /** Hexadecimal digits of a chunk's size: chunks below 4 GiB. Ours. */
  chunkSizeDigits: 8,
} as const;

/** The head of a request. */
export interface RequestHead {
  readonly method: string;
  /** As sent, up to the question mark. */
  readonly path: string;
  /** Names in lower case; the values of a repeated header are joined with ", ". */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the client lets the connection carry another request. */
  readonly keepAlive: boolean;
  /** Whether a body follows. */
  readonly hasBody: boolean;
}

/** What a parser finds. Each may call `pause`. */
export interface RequestHandlers {
  head(head: RequestHead): void;
  /** A piece of the body: never more than one chunk, and as much of it as has arrived. The bytes are a view. */
  body(bytes: Buffer): void;
  /** The request is whole. The parser takes no more until `next` is called. */
  end(trailers: ReadonlyMap<string, string>): void;
  /** What came is not HTTP/1.1, or exceeds a limit. The parser takes nothing more. */
  malformed(error: MalformedRequestError): void;
}

/** Something that is not an HTTP/1.1 request within the limits. */
export class MalformedRequestError extends Error {
  /** The status that says so. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "MalformedRequestError";
    this.status = status;
  }
}

type State =
  | "head"
  | "sized-body"
  | "chunk-size"
  | "chunk-extension"
  | "chunk-size-line-feed"
  | "chunk-data"
  | "chunk-data-return"
  | "chunk-data-line-feed"
  | "trailers"
  | "end"
  | "complete"
  | "dead";

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const semicolon = 0x3b;
const noTrailers: ReadonlyMap<string, string> = new Map();

/**
 * Parses HTTP/1.1 requests from a byte stream cut anywhere. It accepts less than the standard allows: no bare line
 * feeds, no folded lines, no body with two lengths, no transfer coding but `chunked`.
 *
 * Body bytes are views of what was pushed, so what was pushed must not change afterwards.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 */
export class RequestParser {
  readonly #handlers: RequestHandlers;
  #state: State = "head";
  /** A head or trailer section that has not ended yet. */
  readonly #partial = new GrowingBuffer();
  /** Body bytes still to come: of all of it, or of this chunk. */
  #remaining = 0;
  #sizeDigits = 0;
  #lineBytes = 0;
  #trailers = noTrailers;
  /** The last head of a request without a body: a runtime asks for each event in the same words. */
  #repeated: { readonly text: string; readonly head: RequestHead } | undefined;
  #isPaused = false;
  /** What was pushed behind the request whose end is being told. */
  #aheadBytes = 0;
  /** What was pushed and not parsed yet, because the parser is paused. */
  #rest: Buffer | undefined;

  constructor(handlers: RequestHandlers) {
    this.#handlers = handlers;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Bytes that were pushed and wait for `resume` or `next`. */
  get heldBytes(): number {
    return this.#rest?.length ?? this.#aheadBytes;
  }

  push(bytes: Buffer): void {
    if (this.#rest !== undefined) this.#rest = Buffer.concat([this.#rest, bytes]);
    else if (this.#isPaused || this.#state === "complete") this.#rest = bytes;
    else this.#parse(bytes);
  }

  /** Stops after the piece being handled; what is pushed meanwhile waits. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#parseRest();
  }

  /** Goes on to the next request, once this one has ended. */
  next(): void {
    if (this.#state === "complete") this.#state = "head";
    this.#parseRest();
  }

  #parseRest(): void {
    const rest = this.#rest;
    if (rest === undefined || this.#isPaused || this.#state === "complete") return;
    this.#rest = undefined;
    this.#parse(rest);
  }

  #parse(data: Buffer): void {
    try {
      let position = 0;
      while (position < data.length || this.#state === "end") {
        if (this.#state === "dead") return;
        if (this.#isPaused || this.#state === "complete") {
          this.#rest = data.subarray(position);
          return;
        }
        position = this.#step(data, position);
      }
    } catch (error) {
      this.#state = "dead";
      if (!(error instanceof MalformedRequestError)) throw error;
      this.#handlers.malformed(error);
    }
  }

  #step(data: Buffer, position: number): number {
    switch (this.#state) {
      case "head":
        return this.#takeHead(data, position);
      case "sized-body":
      case "chunk-data":
        return this.#takeBody(data, position);
      case "trailers":
        return this.#takeTrailers(data, position);
      case "end":
        this.#state = "complete";
        this.#aheadBytes = data.length - position;
        this.#handlers.end(this.#trailers);
        this.#aheadBytes = 0;
        return position;
      default:
        return this.#takeFraming(data, position);
    }
  }

  #takeHead(data: Buffer, position: number): number {
    // Nearly always the head is there as a whole, and is never copied.
    const end = this.#partial.length === 0 ? data.indexOf("\r\n\r\n", position, "latin1") : -1;
    if (end === -1)
      return this.#collect(data, position, requestLimits.headBytes, (text) => this.#startRequest(text));
    if (end + 4 - position > requestLimits.headBytes) throw sectionTooLarge(requestLimits.headBytes);
    this.#startRequest(data.toString("latin1", position, end + 2));
    return end + 4;
  }

  #startRequest(text: string): void {
    this.#trailers = noTrailers;
    if (text === this.#repeated?.text) {
      this.#state = "end";
      this.#handlers.head(this.#repeated.head);
      return;
    }
    const lineEnd = text.indexOf("\r\n");
    const requestLine = /^([A-Z]{1,16}) (\/[!-~]*) (HTTP\/\d\.\d)$/.exec(text.slice(0, lineEnd));
    if (requestLine === null) throw new MalformedRequestError(400, "not an HTTP request line");
    if (requestLine[3] !== "HTTP/1.1")
      throw new MalformedRequestError(505, `${requestLine[3]} is not served`);
    const headers = parseFields(text, lineEnd + 2);
    if (!headers.has("host")) throw new MalformedRequestError(400, "no Host header");
    this.#chooseBody(headers);
    const target = requestLine[2] ?? "";
    const query = target.indexOf("?");
    const connection = headers.get("connection");
    const hasBody = this.#state !== "end";
    const head: RequestHead = {
      method: requestLine[1] ?? "",
      path: query === -1 ? target : target.slice(0, query),
      headers,
      keepAlive: connection === undefined || !/(^|,)[ \t]*close[ \t]*(,|$)/i.test(connection),
      hasBody,
    };
    if (!hasBody) this.#repeated = { text, head };
    this.#handlers.head(head);
  }

  #chooseBody(headers: ReadonlyMap<string, string>): void {
    const coding = headers.get("transfer-encoding");
    const length = headers.get("content-length");
    if (coding !== undefined) {
      if (length !== undefined)
        throw new MalformedRequestError(400, "both Content-Length and Transfer-Encoding");
      if (coding.toLowerCase() !== "chunked") {
        throw new MalformedRequestError(501, "a transfer coding other than chunked");
      }
      this.#startChunkSize();
      return;
    }
    if (length !== undefined && !/^\d{1,15}$/.test(length)) {
      throw new MalformedRequestError(400, "an invalid Content-Length");
    }
    this.#remaining = Number(length ?? 0);
    this.#state = this.#remaining === 0 ? "end" : "sized-body";
  }

  #takeBody(data: Buffer, position: number): number {
    const end = Math.min(data.length, position + this.#remaining);
    this.#remaining -= end - position;
    if (this.#remaining === 0) this.#state = this.#state === "sized-body" ? "end" : "chunk-data-return";
    this.#handlers.body(position === 0 && end === data.length ? data : data.subarray(position, end));
    return end;
  }

  #startChunkSize(): void {
    this.#state = "chunk-size";
    this.#remaining = 0;
    this.#sizeDigits = 0;
    this.#lineBytes = 0;
  }

  /** One byte of what stands around a chunk's data. */
  #takeFraming(data: Buffer, position: number): number {
    const byte = data[position] ?? 0;
    switch (this.#state) {
      case "chunk-size": {
        const digit = hexDigit(byte);
        if (digit !== -1) {
          this.#remaining = this.#remaining * 16 + digit;
          if (++this.#sizeDigits > requestLimits.chunkSizeDigits) throw badChunk("is too large");
        } else if (this.#sizeDigits === 0) throw badChunk("has no size");
        else if (byte === carriageReturn) this.#state = "chunk-size-line-feed";
        else if (byte === semicolon || byte === 0x20 || byte === 0x09) this.#state = "chunk-extension";
        else throw badChunk("has an invalid size");
        break;
      }
      case "chunk-extension":
        if (++this.#lineBytes > requestLimits.chunkLineBytes)
          throw badChunk("has a size line that is too long");
        if (byte === carriageReturn) this.#state = "chunk-size-line-feed";
        else if ((byte < 0x20 && byte !== 0x09) || byte === 0x7f) throw badChunk("has an invalid extension");
        break;
      case "chunk-size-line-feed":
        if (byte !== lineFeed) throw badChunk("has an invalid size line");
        if (this.#remaining > 0) this.#state = "chunk-data";
        else {
          this.#state = "trailers";
          // The empty line that ends the section then shows as in a head, also when no trailer comes before it.
          this.#partial.append(Buffer.from("\r\n"));
        }
        break;
      case "chunk-data-return":
        if (byte !== carriageReturn) throw badChunk("is longer than its size says");
        this.#state = "chunk-data-line-feed";
        break;
      case "chunk-data-line-feed":
        if (byte !== lineFeed) throw badChunk("is longer than its size says");
        this.#startChunkSize();
        break;
    }
    return position + 1;
  }

  #takeTrailers(data: Buffer, position: number): number {
    // The line end that stands before the section is not part of it.
    return this.#collect(data, position, requestLimits.trailerBytes + 2, (text) => {
      this.#state = "end";
      if (text !== "\r\n") this.#trailers = parseFields(text, 2);
    });
  }

  /** Gathers a section up to the empty line that ends it; `done` gets it with the line end before that line. */
  #collect(data: Buffer, position: number, limit: number, done: (text: string) => void): number {
    const before = this.#partial.length;
    const room = limit - before;
    const end = Math.min(data.length, position + room);
    this.#partial.append(data, position, end);
    const found = this.#partial.view().indexOf("\r\n\r\n", Math.max(0, before - 3), "latin1");
    if (found === -1) {
      if (end - position >= room) throw sectionTooLarge(limit);
      return end;
    }
    const text = this.#partial.view().toString("latin1", 0, found + 2);
    this.#partial.clear();
    done(text);
    return position + found + 4 - before;
  }
}

function sectionTooLarge(limit: number): MalformedRequestError {
  return new MalformedRequestError(431, `headers or trailers of more than ${limit} bytes`);
}

function badChunk(what: string): MalformedRequestError {
  return new MalformedRequestError(400, `a chunk ${what}`);
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Two of these that disagree are how one request is smuggled inside another. */
const unrepeatable = new Set(["content-length", "transfer-encoding", "host"]);

/** Fields from `start` on; each line ends in CRLF, the last one too. */
function parseFields(text: string, start: number): Map<string, string> {
  const fields = new Map<string, string>();
  let count = 0;
  for (let from = start; from < text.length; ) {
    const end = text.indexOf("\r\n", from);
    const colon = text.indexOf(":", from);
    const sentName = colon === -1 || colon > end ? "" : text.slice(from, colon);
    const sentValue = text.slice(colon + 1, end);
    if (!isHeaderName(sentName) || !fieldValue.test(sentValue)) {
      throw new MalformedRequestError(400, "an invalid header or trailer line");
    }
    if (++count > requestLimits.fields) throw new MalformedRequestError(431, "too many headers or trailers");
    const name = lowerCaseName(sentName);
    const value = trimBlanks(sentValue);
    const earlier = fields.get(name);
    if (earlier !== undefined && unrepeatable.has(name)) {
      throw new MalformedRequestError(400, `more than one ${name} header`);
    }
    fields.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
    from = end + 2;
  }
  return fields;
}
