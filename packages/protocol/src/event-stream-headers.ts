/**
 * The header block of an event-stream message.
 *
 * A header is the length of its name (u8), the name, a type (u8) and a value; integers are big-endian.
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */

import * as limits from "./limits.ts";

/** The value of a header, by its type on the wire. Booleans have two types there, one for each value. */
export type EventStreamHeaderValue =
  | { readonly type: "boolean"; readonly value: boolean }
  /** A signed integer of 8 bits. */
  | { readonly type: "byte"; readonly value: number }
  /** A signed integer of 16 bits. */
  | { readonly type: "short"; readonly value: number }
  /** A signed integer of 32 bits. */
  | { readonly type: "integer"; readonly value: number }
  /** A signed integer of 64 bits. */
  | { readonly type: "long"; readonly value: bigint }
  /** At most 65,535 bytes. */
  | { readonly type: "binary"; readonly value: Uint8Array }
  /** At most 65,535 bytes of UTF-8. */
  | { readonly type: "string"; readonly value: string }
  /** Millisecond precision. */
  | { readonly type: "timestamp"; readonly value: Date }
  /** Lower-case, with hyphens. */
  | { readonly type: "uuid"; readonly value: string };

/** Headers of a message, in the order of the wire. */
export type EventStreamHeaders = ReadonlyMap<string, EventStreamHeaderValue>;

/** Bytes that are not an event stream, or a message that the format can't carry. */
export class EventStreamError extends Error {
  override readonly name = "EventStreamError";
}

/**
 * The header block of a message, without its length.
 *
 * @throws {EventStreamError} if a name or value does not fit its field, or the block takes more than 131,072 bytes.
 */
export function encodeEventStreamHeaders(headers: EventStreamHeaders): Buffer {
  const parts: Buffer[] = [];
  let bytes = 0;
  for (const [name, value] of headers) {
    const nameBytes = Buffer.from(name);
    if (nameBytes.length === 0 || nameBytes.length > 0xff) {
      throw new EventStreamError(
        `The header name ${JSON.stringify(name)} takes ${nameBytes.length} bytes; a name has 1 to 255.`,
      );
    }
    const valueBytes = encodeValue(name, value);
    parts.push(Buffer.of(nameBytes.length), nameBytes, valueBytes);
    bytes += 1 + nameBytes.length + valueBytes.length;
  }
  if (bytes > limits.eventStreamHeadersBytes) {
    throw new EventStreamError(
      `The headers take ${bytes} bytes; at most ${limits.eventStreamHeadersBytes} are allowed.`,
    );
  }
  return Buffer.concat(parts, bytes);
}

/**
 * Reads a header block. Binary values are views of `block`.
 *
 * @throws {EventStreamError} if the block ends within a header, a type is unknown, a name is empty or repeated, or text
 * is not UTF-8.
 */
export function decodeEventStreamHeaders(block: Buffer): EventStreamHeaders {
  const headers = new Map<string, EventStreamHeaderValue>();
  const reader = new BlockReader(block);
  while (!reader.isAtEnd) {
    const name = reader.text(reader.take(1).readUInt8());
    if (name === "") throw new EventStreamError("A header has an empty name.");
    if (headers.has(name)) throw new EventStreamError(`The header ${JSON.stringify(name)} comes twice.`);
    headers.set(name, decodeValue(name, reader));
  }
  return headers;
}

const valueType = {
  true: 0,
  false: 1,
  byte: 2,
  short: 3,
  integer: 4,
  long: 5,
  binary: 6,
  string: 7,
  timestamp: 8,
  uuid: 9,
} as const;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function encodeValue(name: string, header: EventStreamHeaderValue): Buffer {
  switch (header.type) {
    case "boolean":
      return Buffer.of(header.value ? valueType.true : valueType.false);
    case "byte":
      return encodeInteger(name, valueType.byte, header.value, 1);
    case "short":
      return encodeInteger(name, valueType.short, header.value, 2);
    case "integer":
      return encodeInteger(name, valueType.integer, header.value, 4);
    case "long":
      return encodeLong(name, valueType.long, header.value);
    case "binary":
      return encodeBytes(name, valueType.binary, header.value);
    case "string":
      return encodeBytes(name, valueType.string, Buffer.from(header.value));
    case "timestamp": {
      const timeMs = header.value.getTime();
      if (Number.isNaN(timeMs))
        throw new EventStreamError(`The header ${JSON.stringify(name)} is not a date.`);
      return encodeLong(name, valueType.timestamp, BigInt(timeMs));
    }
    case "uuid": {
      if (!uuidPattern.test(header.value)) {
        throw new EventStreamError(
          `The header ${JSON.stringify(name)} is not a UUID in lower case: ${JSON.stringify(header.value)}.`,
        );
      }
      return Buffer.from(
        valueType.uuid.toString(16).padStart(2, "0") + header.value.replaceAll("-", ""),
        "hex",
      );
    }
  }
}

function encodeInteger(name: string, type: number, value: number, bytes: 1 | 2 | 4): Buffer {
  const limit = 2 ** (bytes * 8 - 1);
  if (!Number.isInteger(value) || value < -limit || value >= limit) {
    throw new EventStreamError(
      `The header ${JSON.stringify(name)} is not an integer of ${bytes * 8} bits: ${value}.`,
    );
  }
  const encoded = Buffer.allocUnsafe(1 + bytes);
  encoded.writeUInt8(type, 0);
  encoded.writeIntBE(value, 1, bytes);
  return encoded;
}

function encodeLong(name: string, type: number, value: bigint): Buffer {
  if (BigInt.asIntN(64, value) !== value) {
    throw new EventStreamError(`The header ${JSON.stringify(name)} is not an integer of 64 bits: ${value}.`);
  }
  const encoded = Buffer.allocUnsafe(9);
  encoded.writeUInt8(type, 0);
  encoded.writeBigInt64BE(value, 1);
  return encoded;
}

function encodeBytes(name: string, type: number, value: Uint8Array): Buffer {
  if (value.length > 0xffff) {
    throw new EventStreamError(
      `The header ${JSON.stringify(name)} takes ${value.length} bytes; at most 65,535 are allowed.`,
    );
  }
  const encoded = Buffer.allocUnsafe(3 + value.length);
  encoded.writeUInt8(type, 0);
  encoded.writeUInt16BE(value.length, 1);
  encoded.set(value, 3);
  return encoded;
}

function decodeValue(name: string, reader: BlockReader): EventStreamHeaderValue {
  const type = reader.take(1).readUInt8();
  switch (type) {
    case valueType.true:
      return { type: "boolean", value: true };
    case valueType.false:
      return { type: "boolean", value: false };
    case valueType.byte:
      return { type: "byte", value: reader.take(1).readInt8() };
    case valueType.short:
      return { type: "short", value: reader.take(2).readInt16BE() };
    case valueType.integer:
      return { type: "integer", value: reader.take(4).readInt32BE() };
    case valueType.long:
      return { type: "long", value: reader.take(8).readBigInt64BE() };
    case valueType.binary:
      return { type: "binary", value: reader.take(reader.take(2).readUInt16BE()) };
    case valueType.string:
      return { type: "string", value: reader.text(reader.take(2).readUInt16BE()) };
    case valueType.timestamp: {
      const value = new Date(Number(reader.take(8).readBigInt64BE()));
      if (Number.isNaN(value.getTime())) {
        throw new EventStreamError(`The timestamp in the header ${JSON.stringify(name)} is out of range.`);
      }
      return { type: "timestamp", value };
    }
    case valueType.uuid: {
      const hex = reader.take(16).toString("hex");
      return { type: "uuid", value: hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-") };
    }
    default:
      throw new EventStreamError(`The header ${JSON.stringify(name)} has the unknown type ${type}.`);
  }
}

class BlockReader {
  readonly #block: Buffer;
  #offset = 0;

  constructor(block: Buffer) {
    this.#block = block;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#block.length;
  }

  take(bytes: number): Buffer {
    const end = this.#offset + bytes;
    if (end > this.#block.length) throw new EventStreamError("The header block ends within a header.");
    const taken = this.#block.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }

  text(bytes: number): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(bytes));
    } catch (error) {
      if (error instanceof EventStreamError) throw error;
      throw new EventStreamError("A header holds text that is not UTF-8.", { cause: error });
    }
  }
}
