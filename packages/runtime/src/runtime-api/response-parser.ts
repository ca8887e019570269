import { lowerCaseName, trimBlanks } from "@sluice/protocol";
import { RuntimeApiProtocolError } from "../errors.ts";
import { GrowingBuffer } from "./growing-buffer.ts";

/** An answer of the Runtime API, whole. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; a repeated header's values are joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Whether the connection may carry another request. */
  readonly keepAlive: boolean;
}

/** What the parser accepts, in bytes. Ours, not AWS's: far above what the Runtime API sends, and still a bound. */
const maxHeadBytes = 64 * 1024;
const maxBodyBytes = 64 * 1024 * 1024;
const maxChunkLineBytes = 256;

const emptyBody = Buffer.alloc(0);
const carriageReturn = 0x0d;
const lineFeed = 0x0a;

type State = "head" | "sized-body" | "chunk-size" | "chunk-data" | "chunk-end" | "trailers" | "until-close";

interface Head {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly keepAlive: boolean;
}

/**
 * Parses HTTP/1.1 responses from a byte stream cut anywhere, within hard limits. The bytes passed in are not kept:
 * their buffer may be reused once `push` has returned.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 */
export class ResponseParser {
  readonly #onResponse: (response: HttpResponse) => void;
  #state: State = "head";
  #head: Head = { status: 0, headers: {}, keepAlive: true };
  /** An unfinished head or line, kept until the rest of it arrives. */
  #partial = new GrowingBuffer();
  #body = new GrowingBuffer();
  /** Bytes still to come of the body, or of the current chunk. */
  #remaining = 0;

  /** @param onResponse - called once for each whole response, from within `push` or `end`. */
  constructor(onResponse: (response: HttpResponse) => void) {
    this.#onResponse = onResponse;
  }

  /**
   * Takes the next bytes.
   * @throws {RuntimeApiProtocolError} if they are not HTTP/1.1 within the limits. The parser is unusable afterwards.
   */
  push(data: Buffer): void {
    let position = 0;
    while (position < data.length) {
      switch (this.#state) {
        case "head":
          position = this.#takeHead(data, position);
          break;
        case "sized-body":
        case "chunk-data":
        case "until-close":
          position = this.#takeBody(data, position);
          break;
        default:
          position = this.#takeLine(data, position);
      }
    }
  }

  /**
   * Says that the connection has ended.
   * @throws {RuntimeApiProtocolError} if it ended within a response.
   */
  end(): void {
    if (this.#state === "until-close") this.#complete();
    else if (this.#state !== "head" || this.#partial.length > 0) {
      throw new RuntimeApiProtocolError("The connection ended in the middle of an answer.");
    }
  }

  #takeHead(data: Buffer, start: number): number {
    const { bytes, end } = this.#gather(data, start, "\r\n\r\n", maxHeadBytes);
    if (bytes !== undefined) {
      this.#head = parseHead(bytes);
      this.#startBody();
    }
    return end;
  }

  #startBody(): void {
    const { status, headers } = this.#head;
    // Informational answers precede the real one and have no body.
    if (status < 200) return;
    const encoding = headers["transfer-encoding"];
    const length = headers["content-length"];
    if (status === 204 || status === 304) {
      // These never have a body, whatever their headers say.
      this.#complete();
    } else if (encoding !== undefined) {
      if (length !== undefined) throw malformed("both Content-Length and Transfer-Encoding");
      if (encoding.toLowerCase() !== "chunked") throw malformed(`transfer coding "${encoding}"`);
      this.#state = "chunk-size";
    } else if (length !== undefined) {
      if (!/^\d{1,15}$/.test(length)) throw malformed(`Content-Length "${length}"`);
      this.#remaining = Number(length);
      if (this.#remaining > maxBodyBytes) throw tooLarge("body", maxBodyBytes);
      if (this.#remaining === 0) this.#complete();
      else {
        this.#body = new GrowingBuffer(this.#remaining);
        this.#state = "sized-body";
      }
    } else {
      this.#head = { ...this.#head, keepAlive: false };
      this.#remaining = maxBodyBytes;
      this.#state = "until-close";
    }
  }

  #takeBody(data: Buffer, start: number): number {
    const length = Math.min(data.length - start, this.#remaining);
    if (length === 0) throw tooLarge("body", maxBodyBytes);
    this.#body.append(data, start, start + length);
    this.#remaining -= length;
    if (this.#remaining === 0) {
      if (this.#state === "sized-body") this.#complete();
      else if (this.#state === "chunk-data") this.#state = "chunk-end";
    }
    return start + length;
  }

  #takeLine(data: Buffer, start: number): number {
    const limit = this.#state === "trailers" ? maxHeadBytes : maxChunkLineBytes;
    const { bytes, end } = this.#gather(data, start, "\r\n", limit);
    if (bytes === undefined) return end;
    const line = bytes.toString("latin1", 0, bytes.length - 2);
    if (line.includes("\n") || line.includes("\r")) throw malformed("line ending");
    if (this.#state === "chunk-size") this.#startChunk(line);
    else if (this.#state === "chunk-end") {
      if (line !== "") throw malformed("chunk that is longer than its size");
      this.#state = "chunk-size";
    } else {
      // Trailers mean nothing on an answer of the Runtime API; they only count towards the limit.
      this.#remaining += bytes.length;
      if (this.#remaining > maxHeadBytes) throw tooLarge("trailer section", maxHeadBytes);
      if (line === "") this.#complete();
    }
    return end;
  }

  #startChunk(line: string): void {
    const match = /^([0-9a-fA-F]{1,8})(?:[ \t]*;.*)?$/.exec(line);
    if (match?.[1] === undefined) throw malformed(`chunk size "${line.slice(0, 40)}"`);
    const size = Number.parseInt(match[1], 16);
    if (this.#body.length + size > maxBodyBytes) throw tooLarge("body", maxBodyBytes);
    this.#remaining = size;
    this.#state = size === 0 ? "trailers" : "chunk-data";
  }

  #complete(): void {
    const { status, headers, keepAlive } = this.#head;
    const body = this.#body.length === 0 ? emptyBody : this.#body.view();
    this.#state = "head";
    if (body.length > 0) this.#body = new GrowingBuffer();
    this.#onResponse({ status, headers, body, keepAlive });
  }

  /**
   * Collects bytes up to and including `terminator`, across pushes.
   * @returns the bytes once they are whole, and where the next ones start.
   */
  #gather(
    data: Buffer,
    start: number,
    terminator: "\r\n" | "\r\n\r\n",
    limit: number,
  ): { bytes: Buffer | undefined; end: number } {
    if (this.#partial.length === 0) {
      const found = data.indexOf(terminator, start, "latin1");
      const end = found + terminator.length;
      if (found !== -1 && end - start <= limit) {
        return { bytes: data.subarray(start, end), end };
      }
    }
    let end = data.indexOf(lineFeed, start) + 1;
    if (end === 0) end = data.length;
    if (this.#partial.length + end - start > limit) throw tooLarge("head or line", limit);
    this.#partial.append(data, start, end);
    const bytes = this.#partial.view();
    if (!endsWith(bytes, terminator)) return { bytes: undefined, end };
    this.#partial = new GrowingBuffer();
    return { bytes, end };
  }
}

function endsWith(bytes: Buffer, terminator: "\r\n" | "\r\n\r\n"): boolean {
  const length = bytes.length;
  if (length < terminator.length) return false;
  if (bytes[length - 1] !== lineFeed || bytes[length - 2] !== carriageReturn) return false;
  return terminator.length === 2 || (bytes[length - 3] === lineFeed && bytes[length - 4] === carriageReturn);
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const headerLine = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/;

function parseHead(bytes: Buffer): Head {
  const lines = bytes.toString("latin1", 0, bytes.length - 4).split("\r\n");
  const status = statusLine.exec(lines[0] ?? "");
  if (status === null) throw malformed(`status line "${(lines[0] ?? "").slice(0, 80)}"`);
  const headers: Record<string, string> = Object.create(null);
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (!headerLine.test(line)) throw malformed(`header line "${line.slice(0, 80)}"`);
    const colon = line.indexOf(":");
    const name = lowerCaseName(line.slice(0, colon));
    const value = trimBlanks(line.slice(colon + 1));
    const earlier = headers[name];
    if (earlier === undefined) headers[name] = value;
    else if (name === "content-length" && earlier !== value) throw malformed("two Content-Length headers");
    else if (name !== "content-length") headers[name] = `${earlier}, ${value}`;
  }
  const connection = headers["connection"]?.toLowerCase().split(",").map(trimBlanks) ?? [];
  const keepAlive = status[1] === "1" ? !connection.includes("close") : connection.includes("keep-alive");
  return { status: Number(status[2]), headers, keepAlive };
}

function malformed(what: string): RuntimeApiProtocolError {
  return new RuntimeApiProtocolError(`The Runtime API sent a malformed answer: ${what}.`);
}

function tooLarge(what: string, limit: number): RuntimeApiProtocolError {
  return new RuntimeApiProtocolError(`The Runtime API sent a ${what} of more than ${limit} bytes.`);
}
