/**
 * The framing `application/vnd.amazon.eventstream`.
 *
 * A message is a frame prelude (total length u32, headers length u32, CRC-32 of these eight bytes), the header block, the
 * payload, and the CRC-32 of everything before it; integers are big-endian.
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */

import { crc32 } from "node:zlib";
import {
  decodeEventStreamHeaders,
  EventStreamError,
  type EventStreamHeaders,
  encodeEventStreamHeaders,
} from "./event-stream-headers.ts";
import * as limits from "./limits.ts";

/** The content type of an event stream. */
export const eventStreamContentType = "application/vnd.amazon.eventstream";

/** One message of an event stream. */
export interface EventStreamMessage {
  readonly headers: EventStreamHeaders;
  readonly payload: Uint8Array;
}

/** A message in two pieces, for writing around a payload that is not copied. */
export interface EventStreamFrame {
  /** Frame prelude and headers: written before the payload. */
  readonly head: Uint8Array;
  /** CRC-32 of head and payload: written after the payload. */
  readonly tail: Uint8Array;
}

const framePreludeBytes = 12;
const crcBytes = 4;

/**
 * The bytes of one message.
 *
 * @throws {EventStreamError} if the payload takes more than 25,165,824 bytes, or a header does not fit.
 */
export function encodeEventStreamMessage(message: EventStreamMessage): Buffer {
  const { head, tail } = frameOf(encodeEventStreamHeaders(message.headers), message.payload);
  return Buffer.concat([head, message.payload, tail]);
}

/**
 * What goes around `payload` when its message has this header block: for messages with fixed headers, encoded once.
 *
 * @param headerBlock - From `encodeEventStreamHeaders`.
 * @throws {EventStreamError} if the payload takes more than 25,165,824 bytes.
 */
export function frameOf(headerBlock: Uint8Array, payload: Uint8Array): EventStreamFrame {
  if (payload.length > limits.eventStreamPayloadBytes) {
    throw new EventStreamError(
      `The payload takes ${payload.length} bytes; at most ${limits.eventStreamPayloadBytes} are allowed. Send several messages.`,
    );
  }
  const headBytes = framePreludeBytes + headerBlock.length;
  const frame = Buffer.allocUnsafe(headBytes + crcBytes);
  frame.writeUInt32BE(headBytes + payload.length + crcBytes, 0);
  frame.writeUInt32BE(headerBlock.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  frame.set(headerBlock, framePreludeBytes);
  const head = frame.subarray(0, headBytes);
  frame.writeUInt32BE(crc32(payload, crc32(head)), headBytes);
  return { head, tail: frame.subarray(headBytes) };
}

/**
 * Reads messages from a stream, however it was cut into pieces.
 *
 * It holds at most one unfinished message, and allocates for what has come, not for what a length announces. Lengths and
 * their CRC are checked as soon as the first twelve bytes of a message are there. After an error the decoder refuses every
 * call: what follows a damaged frame can't be found again.
 */
export class EventStreamDecoder {
  /** Beginning of an unfinished message: the first `#heldBytes` bytes, with room behind them. */
  #held: Buffer = Buffer.alloc(0);
  #heldBytes = 0;
  #neededBytes = framePreludeBytes;
  #failure: EventStreamError | undefined;

  /**
   * Takes the next piece and returns the messages that it completed. When a damaged message comes behind good ones, these
   * are returned and the next call throws, so that the result does not depend on how the stream was cut.
   *
   * Payloads may be views of `piece`, and the decoder may hold on to it: don't overwrite it.
   *
   * @throws {EventStreamError} on a length outside the limits, a wrong CRC, or a malformed header block.
   */
  push(piece: Uint8Array): EventStreamMessage[] {
    if (this.#failure !== undefined) throw this.#failure;
    const wasHolding = this.#heldBytes > 0;
    const input = wasHolding ? this.#append(piece) : viewOf(piece);
    const messages: EventStreamMessage[] = [];
    const decodedBytes = input.length < this.#neededBytes ? 0 : this.#decode(input, messages);
    this.#heldBytes = input.length - decodedBytes;
    // No room behind what is left: memory that was handed out, or is the caller's, is never written to.
    if (!wasHolding || decodedBytes > 0) {
      this.#held = this.#heldBytes > 0 ? input.subarray(decodedBytes) : Buffer.alloc(0);
    }
    if (this.#failure !== undefined && messages.length === 0) throw this.#failure;
    return messages;
  }

  /**
   * Tells the decoder that the stream is over.
   *
   * @throws {EventStreamError} if it ended within a message, or had failed.
   */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#heldBytes > 0) {
      throw new EventStreamError(`The stream ended within a message, after ${this.#heldBytes} of its bytes.`);
    }
  }

  #decode(input: Buffer, messages: EventStreamMessage[]): number {
    let offset = 0;
    this.#neededBytes = framePreludeBytes;
    try {
      while (input.length - offset >= framePreludeBytes) {
        const frame = input.subarray(offset);
        const { totalBytes, headersBytes } = decodeFramePrelude(frame);
        if (frame.length < totalBytes) {
          this.#neededBytes = totalBytes;
          break;
        }
        messages.push(decodeFrame(frame.subarray(0, totalBytes), headersBytes));
        offset += totalBytes;
      }
    } catch (error) {
      if (!(error instanceof EventStreamError)) throw error;
      this.#failure = error;
    }
    return offset;
  }

  /** Grows by doubling, so that a message that comes byte by byte is copied a constant number of times. */
  #append(piece: Uint8Array): Buffer {
    const bytes = this.#heldBytes + piece.length;
    if (bytes > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(bytes, 2 * this.#held.length));
      grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
    }
    this.#held.set(piece, this.#heldBytes);
    return this.#held.subarray(0, bytes);
  }
}

function decodeFramePrelude(frame: Buffer): { totalBytes: number; headersBytes: number } {
  const totalBytes = frame.readUInt32BE(0);
  const headersBytes = frame.readUInt32BE(4);
  if (crc32(frame.subarray(0, 8)) !== frame.readUInt32BE(8)) {
    throw new EventStreamError("The CRC of a frame prelude is wrong.");
  }
  if (headersBytes > limits.eventStreamHeadersBytes) {
    throw new EventStreamError(
      `A message announces ${headersBytes} bytes of headers; at most ${limits.eventStreamHeadersBytes} are allowed.`,
    );
  }
  const payloadBytes = totalBytes - headersBytes - framePreludeBytes - crcBytes;
  if (payloadBytes < 0 || payloadBytes > limits.eventStreamPayloadBytes) {
    throw new EventStreamError(
      `A message announces ${totalBytes} bytes with ${headersBytes} of headers, which leaves ${payloadBytes} for the payload; 0 to ${limits.eventStreamPayloadBytes} are allowed.`,
    );
  }
  return { totalBytes, headersBytes };
}

function decodeFrame(frame: Buffer, headersBytes: number): EventStreamMessage {
  const end = frame.length - crcBytes;
  if (crc32(frame.subarray(0, end)) !== frame.readUInt32BE(end)) {
    throw new EventStreamError("The CRC of a message is wrong.");
  }
  const payloadStart = framePreludeBytes + headersBytes;
  return {
    headers: decodeEventStreamHeaders(frame.subarray(framePreludeBytes, payloadStart)),
    payload: frame.subarray(payloadStart, end),
  };
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
