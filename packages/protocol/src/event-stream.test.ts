import { EventStreamCodec } from "@smithy/core/event-streams";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  EventStreamDecoder,
  EventStreamError,
  type EventStreamHeaders,
  type EventStreamHeaderValue,
  type EventStreamMessage,
  encodeEventStreamMessage,
  encodeInvokeComplete,
  framePayloadChunk,
  limits,
} from "./index.ts";

const theirs = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString("utf8"),
  (text) => new Uint8Array(Buffer.from(text)),
);

describe("a message on the wire", () => {
  test("is laid out as the specification says", () => {
    const encoded = encodeEventStreamMessage({
      headers: headersOf({ "a-b": { type: "string", value: "é" } }),
      payload: Buffer.from("{}"),
    });
    expect(encoded.toString("hex")).toBe(
      // total 27, headers 9, CRC; name of 3, "a-b", type 7, 2 bytes, "é"; payload; CRC
      `0000001b00000009${encoded.toString("hex", 8, 12)}03612d62070002c3a97b7d${encoded.toString("hex", 23)}`,
    );
  });

  test("of nothing is sixteen bytes with the CRCs that every AWS SDK computes for it", () => {
    const encoded = encodeEventStreamMessage({ headers: new Map(), payload: new Uint8Array() });
    expect(encoded.toString("hex")).toBe("000000100000000005c248eb7d98c8ff");
  });

  const values: [EventStreamHeaderValue, string][] = [
    [{ type: "boolean", value: true }, "00"],
    [{ type: "boolean", value: false }, "01"],
    [{ type: "byte", value: -2 }, "02fe"],
    [{ type: "short", value: -32768 }, "038000"],
    [{ type: "integer", value: 2147483647 }, "047fffffff"],
    [{ type: "long", value: -1n }, "05ffffffffffffffff"],
    [{ type: "binary", value: Buffer.of(1, 2) }, "0600020102"],
    [{ type: "string", value: "ok" }, "0700026f6b"],
    [{ type: "timestamp", value: new Date(1) }, "080000000000000001"],
    [{ type: "uuid", value: "01020304-0506-0708-090a-0b0c0d0e0f10" }, "090102030405060708090a0b0c0d0e0f10"],
  ];
  test.each(values)("carries %o as %s", (value, hex) => {
    const headers = headersOf({ h: value });
    const encoded = encodeEventStreamMessage({ headers, payload: new Uint8Array() });
    expect(encoded.subarray(12, -4).toString("hex")).toBe(`0168${hex}`);
    expect(decodeAll([encoded])).toEqual([{ headers, payload: Buffer.alloc(0) }]);
  });

  const misfits: [string, EventStreamHeaderValue][] = [
    ["", { type: "boolean", value: true }],
    ["n".repeat(256), { type: "boolean", value: true }],
    ["h", { type: "byte", value: 128 }],
    ["h", { type: "short", value: 1.5 }],
    ["h", { type: "integer", value: -2147483649 }],
    ["h", { type: "long", value: 2n ** 63n }],
    ["h", { type: "string", value: "é".repeat(32_768) }],
    ["h", { type: "binary", value: new Uint8Array(65_536) }],
    ["h", { type: "timestamp", value: new Date(Number.NaN) }],
    ["h", { type: "uuid", value: "not-a-uuid" }],
  ];
  test.each(misfits)("is refused when header %j does not fit: %o", (name, value) => {
    expect(() =>
      encodeEventStreamMessage({ headers: new Map([[name, value]]), payload: new Uint8Array() }),
    ).toThrow(EventStreamError);
  });

  test("is refused past 128 KB of headers and 24 MB of payload", () => {
    const value: EventStreamHeaderValue = { type: "binary", value: new Uint8Array(65_535) };
    expect(() =>
      encodeEventStreamMessage({ headers: headersOf({ a: value, b: value }), payload: new Uint8Array() }),
    ).toThrow("The headers take 131080 bytes; at most 131072 are allowed.");
    expect(() => framePayloadChunk(new Uint8Array(limits.eventStreamPayloadBytes + 1))).toThrow(
      "The payload takes 25165825 bytes; at most 25165824 are allowed. Send several messages.",
    );
  });
});

describe("the events of a Lambda stream", () => {
  test("a PayloadChunk frames the function's bytes without copying them", () => {
    const payload = Buffer.from("first\n");
    const { head, tail } = framePayloadChunk(payload);
    expect(theirs.decode(Buffer.concat([head, payload, tail]))).toEqual({
      headers: {
        ":event-type": { type: "string", value: "PayloadChunk" },
        ":content-type": { type: "string", value: "application/octet-stream" },
        ":message-type": { type: "string", value: "event" },
      },
      body: new Uint8Array(payload),
    });
    expect(head.length + tail.length).toBe(106);
  });

  test.each([
    { complete: {}, json: "{}" },
    {
      complete: {
        ErrorCode: "InvalidOperationException",
        ErrorDetails: '{"errorMessage":"é"}',
        LogResult: "TE9H",
      },
      json: '{"ErrorCode":"InvalidOperationException","ErrorDetails":"{\\"errorMessage\\":\\"é\\"}","LogResult":"TE9H"}',
    },
  ])("InvokeComplete is $json", ({ complete, json }) => {
    expect(theirs.decode(encodeInvokeComplete(complete))).toEqual({
      headers: {
        ":event-type": { type: "string", value: "InvokeComplete" },
        ":content-type": { type: "string", value: "application/json" },
        ":message-type": { type: "string", value: "event" },
      },
      body: new Uint8Array(Buffer.from(json)),
    });
  });
});

describe("properties", () => {
  test("what we encode, the AWS SDK's codec decodes", () => {
    fc.assert(
      fc.property(message(), (given) => {
        const decoded = theirs.decode(encodeEventStreamMessage(given));
        expect(fromTheirs(decoded)).toEqual(comparable(given));
      }),
    );
  });

  test("what the AWS SDK's codec encodes, we decode", () => {
    fc.assert(
      fc.property(message(), (given) => {
        const encoded = theirs.encode({ headers: toTheirs(given.headers), body: given.payload });
        expect(decodeAll([encoded]).map(comparable)).toEqual([comparable(given)]);
      }),
    );
  });

  test("messages come out the same however the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(message(), { maxLength: 5 }), fc.array(fc.nat()), (given, cuts) => {
        const stream = Buffer.concat(given.map(encodeEventStreamMessage));
        expect(decodeAll(cut(stream, cuts)).map(comparable)).toEqual(given.map(comparable));
      }),
    );
  });

  test("any changed byte is found, and how the stream is cut does not matter", () => {
    fc.assert(
      fc.property(
        fc.array(message(), { minLength: 1, maxLength: 3 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.array(fc.nat()),
        (given, position, change, cuts) => {
          const stream = Buffer.concat(given.map(encodeEventStreamMessage));
          const index = position % stream.length;
          stream[index] = (stream[index] ?? 0) ^ change;
          const whole = outcomeOf([stream]);
          expect(whole.error).toBeInstanceOf(EventStreamError);
          expect(outcomeOf(cut(stream, cuts))).toEqual(whole);
        },
      ),
    );
  });
});

describe("the decoder", () => {
  const one = encodeEventStreamMessage({ headers: new Map(), payload: Buffer.from("one") });

  test("gives each message at every possible cut, and only when it is complete", () => {
    for (let at = 1; at < one.length; at++) {
      const decoder = new EventStreamDecoder();
      expect(decoder.push(one.subarray(0, at))).toEqual([]);
      expect(() => decoder.end()).toThrow(`The stream ended within a message, after ${at} of its bytes.`);
      expect(decoder.push(one.subarray(at))).toHaveLength(1);
      decoder.end();
    }
  });

  test("never writes into memory that it was given or gave away", () => {
    const stream = Buffer.concat([one, one, one]);
    const before = Buffer.from(stream);
    const decoder = new EventStreamDecoder();
    const messages = [...stream].flatMap((_, index) => decoder.push(stream.subarray(index, index + 1)));
    expect(messages.map(({ payload }) => Buffer.from(payload).toString())).toEqual(["one", "one", "one"]);
    expect(stream).toEqual(before);
  });

  const bad: [string, Buffer, string][] = [
    ["a wrong CRC of the frame prelude", frame({ preludeCrc: 1 }), "The CRC of a frame prelude is wrong."],
    ["a wrong CRC of the message", frame({ messageCrc: 1 }), "The CRC of a message is wrong."],
    [
      "a length below sixteen",
      frame({ total: 15 }),
      "A message announces 15 bytes with 0 of headers, which leaves -1 for the payload",
    ],
    [
      "headers longer than the message",
      frame({ headersBytes: 1 }),
      "A message announces 16 bytes with 1 of headers, which leaves -1 for the payload",
    ],
    [
      "headers past the limit, before they come",
      frame({ total: 200_000, headersBytes: 131_073 }).subarray(0, 12),
      "A message announces 131073 bytes of headers; at most 131072 are allowed.",
    ],
    [
      "a payload past the limit, before it comes",
      frame({ total: 25_165_841 }).subarray(0, 12),
      "leaves 25165825 for the payload; 0 to 25165824 are allowed.",
    ],
    ["a header that ends early", frame({ headers: "0568" }), "The header block ends within a header."],
    ["a value that ends early", frame({ headers: "0168070002c3" }), "The header block ends within a header."],
    ["an unknown type", frame({ headers: "01680a" }), 'The header "h" has the unknown type 10.'],
    ["an empty name", frame({ headers: "0000" }), "A header has an empty name."],
    ["a repeated name", frame({ headers: "016800016801" }), 'The header "h" comes twice.'],
    ["text that is not UTF-8", frame({ headers: "0168070001ff" }), "A header holds text that is not UTF-8."],
    [
      "a timestamp that no date holds",
      frame({ headers: "0168087fffffffffffffff" }),
      'The timestamp in the header "h" is out of range.',
    ],
  ];
  test.each(bad)("refuses %s", (_name, bytes, message) => {
    const decoder = new EventStreamDecoder();
    expect(decoder.push(one)).toHaveLength(1);
    expect(() => decoder.push(bytes)).toThrow(message);
    expect(() => decoder.push(one)).toThrow(message);
    expect(() => decoder.end()).toThrow(message);
  });

  test("gives the good messages before a damaged one", () => {
    const decoder = new EventStreamDecoder();
    expect(decoder.push(Buffer.concat([one, frame({ messageCrc: 1 })]))).toHaveLength(1);
    expect(() => decoder.end()).toThrow("The CRC of a message is wrong.");
  });
});

function headersOf(headers: Record<string, EventStreamHeaderValue>): EventStreamHeaders {
  return new Map(Object.entries(headers));
}

function decodeAll(pieces: readonly Uint8Array[]): EventStreamMessage[] {
  const decoder = new EventStreamDecoder();
  const messages = pieces.flatMap((piece) => decoder.push(piece));
  decoder.end();
  return messages;
}

function outcomeOf(pieces: readonly Uint8Array[]): { messages: unknown[]; error: unknown } {
  const decoder = new EventStreamDecoder();
  const messages: unknown[] = [];
  try {
    for (const piece of pieces) messages.push(...decoder.push(piece).map(comparable));
    decoder.end();
    return { messages, error: undefined };
  } catch (error) {
    return { messages, error };
  }
}

function cut(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts.map((at) => at % (stream.length + 1)), stream.length].sort((a, b) => a - b);
  return ends.map((end, index) => stream.subarray(ends[index - 1] ?? 0, end));
}

/** A frame with right CRCs, but for what is asked to be wrong. */
function frame(wrong: {
  total?: number;
  headersBytes?: number;
  preludeCrc?: number;
  messageCrc?: number;
  headers?: string;
}): Buffer {
  const headers = Buffer.from(wrong.headers ?? "", "hex");
  const bytes = Buffer.alloc(16 + headers.length);
  bytes.writeUInt32BE(wrong.total ?? bytes.length, 0);
  bytes.writeUInt32BE(wrong.headersBytes ?? headers.length, 4);
  bytes.writeUInt32BE(wrong.preludeCrc ?? crcOf(bytes.subarray(0, 8)), 8);
  bytes.set(headers, 12);
  bytes.writeUInt32BE(wrong.messageCrc ?? crcOf(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

/** CRC-32 bit by bit, so that the test does not use the routine it tests. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function message(): fc.Arbitrary<EventStreamMessage> {
  const text = fc.string({ unit: "grapheme" });
  const value: fc.Arbitrary<EventStreamHeaderValue> = fc.oneof(
    fc.record({ type: fc.constant("boolean" as const), value: fc.boolean() }),
    fc.record({ type: fc.constant("byte" as const), value: fc.integer({ min: -128, max: 127 }) }),
    fc.record({ type: fc.constant("short" as const), value: fc.integer({ min: -32_768, max: 32_767 }) }),
    fc.record({ type: fc.constant("integer" as const), value: fc.integer() }),
    fc.record({
      type: fc.constant("long" as const),
      value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    }),
    fc.record({ type: fc.constant("binary" as const), value: fc.uint8Array() }),
    fc.record({ type: fc.constant("string" as const), value: text }),
    fc.record({ type: fc.constant("timestamp" as const), value: fc.date({ noInvalidDate: true }) }),
    fc.record({ type: fc.constant("uuid" as const), value: fc.uuid() }),
  );
  const name = text.filter((candidate) => {
    const bytes = Buffer.byteLength(candidate);
    // A plain object, which is what the SDK's codec takes, can't hold this one.
    return bytes > 0 && bytes < 256 && candidate !== "__proto__";
  });
  return fc.record({
    headers: fc.dictionary(name, value, { noNullPrototype: true }).map(headersOf),
    payload: fc.uint8Array({ maxLength: 300 }),
  });
}

type TheirHeaders = Parameters<EventStreamCodec["encode"]>[0]["headers"];

function toTheirs(headers: EventStreamHeaders): TheirHeaders {
  const entries = [...headers].map(([name, header]) => {
    if (header.type !== "long") return [name, header];
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(header.value);
    return [name, { type: "long", value: { bytes, valueOf: () => Number(header.value) } }];
  });
  return Object.fromEntries(entries) as TheirHeaders;
}

function fromTheirs(message: { headers: TheirHeaders; body: Uint8Array }): unknown {
  const headers = Object.entries(message.headers).map(([name, header]) => {
    if (header.type !== "long") return [name, header];
    return [name, { type: "long", value: Buffer.from(header.value.bytes).readBigInt64BE() }];
  });
  return comparable({
    headers: new Map(headers as [string, EventStreamHeaderValue][]),
    payload: message.body,
  });
}

/** Plain values: byte arrays as hex, headers in an order of their own, since objects put numeric names first. */
function comparable({ headers, payload }: EventStreamMessage): unknown {
  const plain = [...headers].map(([name, { type, value }]) => {
    return [name, type, value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value];
  });
  return {
    headers: plain.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    payload: Buffer.from(payload).toString("hex"),
  };
}
