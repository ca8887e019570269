const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Reads the body of one `/response` request, of known length or in chunks, over as many reads as it takes.
 * It only counts: what is measured is the client, so the server looks at as little as the framing allows.
 */
export class ResponseReader {
  /** Size of the body so far; a chunk counts from its size line on. */
  bodyBytes = 0;
  /** Whether a byte of the body itself has arrived. */
  started = false;
  done = false;
  /** Trailer lines as sent; a stream reports its failure here. */
  trailer = "";
  #chunked: boolean;
  /** Bytes of the current chunk (with its CRLF) or of the body that are still to come. */
  #remaining: number;
  #size = 0;
  #inTrailer = false;
  #lineLength = 0;

  /** @param length - the `Content-Length`, or `undefined` for a chunked body. */
  constructor(length: number | undefined) {
    this.#chunked = length === undefined;
    this.#remaining = length ?? 0;
    this.bodyBytes = length ?? 0;
    this.done = length === 0;
  }

  /** Consumes `data` from `position` and returns where it stopped: the end of the data or of the body. */
  read(data: Buffer, position: number): number {
    let at = position;
    while (at < data.length && !this.done) {
      if (this.#remaining > 0) {
        const taken = Math.min(this.#remaining, data.length - at);
        this.#remaining -= taken;
        this.started = true;
        this.done = !this.#chunked && this.#remaining === 0;
        at += taken;
      } else {
        this.#readLine(data[at++] ?? 0);
      }
    }
    return at;
  }

  #readLine(byte: number): void {
    if (this.#inTrailer) {
      this.#readTrailer(byte);
    } else if (byte === lineFeed) {
      this.#inTrailer = this.#size === 0;
      this.#remaining = this.#size === 0 ? 0 : this.#size + 2;
      this.bodyBytes += this.#size;
      this.#size = 0;
    } else if (byte !== carriageReturn) {
      this.#size = this.#size * 16 + hexDigit(byte);
    }
  }

  #readTrailer(byte: number): void {
    if (byte === lineFeed) {
      this.done = this.#lineLength === 0;
      this.#lineLength = 0;
    } else if (byte !== carriageReturn) {
      this.#lineLength++;
      this.trailer += String.fromCharCode(byte);
    }
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  if (letter < 0 || letter > 5) throw new Error(`not a chunk size digit: 0x${byte.toString(16)}`);
  return letter + 10;
}
