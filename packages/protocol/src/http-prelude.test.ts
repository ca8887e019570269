import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type DecodedHttpPrelude,
  encodeHttpPrelude,
  type HttpPrelude,
  HttpPreludeDecoder,
} from "./http-prelude.ts";
import * as limits from "./limits.ts";

const nuls = "\0".repeat(8);

function encode(prelude: HttpPrelude): string {
  const encoded = encodeHttpPrelude(prelude);
  if (typeof encoded !== "string") throw new Error(encoded.message);
  return encoded;
}

/** Decodes pieces and returns the first answer that isn't "incomplete", with all bytes that follow. */
function decode(pieces: readonly Uint8Array[]): DecodedHttpPrelude {
  const decoder = new HttpPreludeDecoder();
  for (const [index, piece] of pieces.entries()) {
    const decoded = decoder.push(piece);
    if (decoded.kind === "invalid") return decoded;
    if (decoded.kind === "complete") {
      return { ...decoded, rest: Buffer.concat([decoded.rest, ...pieces.slice(index + 1)]) };
    }
  }
  return { kind: "incomplete" };
}

/** A prelude that takes exactly so many bytes with its NULs. */
function preludeOf(bytes: number): HttpPrelude {
  const empty = Buffer.byteLength(encode({ statusCode: 200, headers: { x: "" } }));
  return { statusCode: 200, headers: { x: "v".repeat(bytes - empty) } };
}

describe("an encoded prelude", () => {
  test("is JSON with the documented keys only, and eight NULs", () => {
    const prelude = {
      statusCode: 201,
      headers: { "X-Spelled-As-Given": "1" },
      multiValueHeaders: { "x-many": ["1", "2"] },
      cookies: ["a=1; Path=/", "b=2"],
      body: "API Gateway answers 500 to another key",
    };
    expect(encode(prelude)).toBe(
      '{"statusCode":201,"headers":{"X-Spelled-As-Given":"1"},"multiValueHeaders":{"x-many":["1","2"]},' +
        `"cookies":["a=1; Path=/","b=2"]}${nuls}`,
    );
  });

  test("has no key for what was left out", () => {
    expect(encode({ statusCode: 200, headers: undefined })).toBe(`{"statusCode":200}${nuls}`);
  });

  test.each([200, 204, 404, 599])("may have the status %d", (statusCode) => {
    expect(encode({ statusCode })).toBe(`{"statusCode":${statusCode}}${nuls}`);
  });

  test.each<[string, object, "status" | "header", string]>([
    ["no status", { statusCode: undefined }, "status", "undefined is not a final HTTP status"],
    ["an informational status", { statusCode: 199 }, "status", "199 is not"],
    ["a status past 599", { statusCode: 600 }, "status", "600 is not"],
    ["half a status", { statusCode: 200.5 }, "status", "200.5 is not"],
    ["a status that is text", { statusCode: "200" }, "status", "200 is not"],
    ["a status that is no number", { statusCode: Number.NaN }, "status", "NaN is not"],
    ["a header name with a space", { headers: { "a b": "" } }, "header", '"a b" is not a valid'],
    ["an empty header name", { headers: { "": "" } }, "header", '"" is not a valid'],
    ["a header value with a line end", { headers: { a: "b\r\nc: d" } }, "header", 'header "a"'],
    ["a header value that is a number", { headers: { a: 1 } }, "header", 'header "a" is of type number'],
    [
      "a header value that is missing",
      { headers: { a: undefined } },
      "header",
      'header "a" is of type undefined',
    ],
    ["headers in a Headers", { headers: new Headers({ a: "b" }) }, "header", "Object.fromEntries(headers)"],
    ["headers in a Map", { headers: new Map([["a", "b"]]) }, "header", "Object.fromEntries(headers)"],
    ["headers in a list", { headers: [["a", "b"]] }, "header", "Object.fromEntries(headers)"],
    ["a header value past Latin-1", { headers: { a: "€" } }, "header", 'header "a"'],
    [
      "a list that is none",
      { multiValueHeaders: { a: "b" } },
      "header",
      'multiValueHeaders["a"] is not a list',
    ],
    ["a bad value in a list", { multiValueHeaders: { a: ["b", "c\0"] } }, "header", 'header "a"'],
    ["a bad name of a list", { multiValueHeaders: { "a:": [] } }, "header", '"a:" is not a valid'],
    ["a cookie with a line end", { cookies: ["a=1", "b\n"] }, "header", 'header "set-cookie"'],
    ["a cookie that is no text", { cookies: [7] }, "header", 'header "set-cookie" is of type number'],
    ["cookies that are no list", { cookies: "a=1" }, "header", "cookies is not a list"],
  ])("is refused with %s", (_, prelude, kind, message) => {
    const encoded = encodeHttpPrelude({ statusCode: 200, ...prelude });
    expect(encoded).toEqual({ kind, message: expect.stringContaining(message) });
  });

  test("may take 16,384 bytes with its NULs, and no more", () => {
    expect(Buffer.byteLength(encode(preludeOf(limits.httpPreludeBytes)))).toBe(16_384);
    expect(encodeHttpPrelude(preludeOf(limits.httpPreludeBytes + 1))).toEqual({
      kind: "size",
      message: expect.stringContaining("16385 bytes"),
    });
  });

  test("is measured in bytes, not characters", () => {
    expect(encodeHttpPrelude({ statusCode: 200, headers: { x: "é".repeat(8_190) } })).toMatchObject({
      kind: "size",
    });
    expect(encode({ statusCode: 200, headers: { x: "é".repeat(8_100) } })).toContain("éé");
  });
});

const headerName = fc
  .stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/)
  .filter((name) => name !== "__proto__");
const headerValue = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,30}$/);
const anyPrelude: fc.Arbitrary<HttpPrelude> = fc.record(
  {
    statusCode: fc.integer({ min: 200, max: 599 }),
    headers: fc.dictionary(headerName, headerValue, { maxKeys: 5, noNullPrototype: true }),
    multiValueHeaders: fc.dictionary(headerName, fc.array(headerValue, { maxLength: 3 }), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
    cookies: fc.array(headerValue, { maxLength: 3 }),
  },
  { requiredKeys: ["statusCode"] },
);

describe("a decoded prelude", () => {
  const text = encode({ statusCode: 418, headers: { a: "é" }, cookies: ["c=1"] });
  const stream = Buffer.from(`${text}body\0\0\0\0\0\0\0\0more`);
  const expected = {
    kind: "complete",
    prelude: { statusCode: 418, headers: { a: "é" }, cookies: ["c=1"] },
    rest: Buffer.from("body\0\0\0\0\0\0\0\0more"),
  };

  test("is the same wherever the stream is cut", () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      expect(decode([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(expected);
    }
  });

  test("is the same one byte at a time", () => {
    expect(decode(Array.from(stream, (byte) => Buffer.of(byte)))).toEqual(expected);
  });

  test("is what was encoded, and the rest is what followed, for any prelude, body and pieces", () => {
    fc.assert(
      fc.property(
        anyPrelude,
        fc.uint8Array({ maxLength: 100 }),
        fc.array(fc.nat(1_000), { maxLength: 8 }),
        (prelude, body, cuts) => {
          const bytes = Buffer.concat([Buffer.from(encode(prelude)), body]);
          const places = [
            0,
            ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b),
            bytes.length,
          ];
          const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
          expect(decode(pieces)).toEqual({ kind: "complete", prelude, rest: Buffer.from(body) });
        },
      ),
    );
  });

  test("may lack every key, as Go's library writes it", () => {
    expect(decode([Buffer.from(`{}${nuls}`)])).toEqual({
      kind: "complete",
      prelude: {},
      rest: Buffer.alloc(0),
    });
  });

  test.each([
    ["text that is not JSON", `{"statusCode":${nuls}`, "The prelude is not JSON"],
    ["nothing", nuls, "The prelude is not JSON"],
    ["a list", `[]${nuls}`, "not a JSON object"],
    ["null", `null${nuls}`, "not a JSON object"],
    ["a number", `200${nuls}`, "not a JSON object"],
    ["a status out of range", `{"statusCode":99}${nuls}`, "99 is not a final HTTP status"],
    ["a status of null", `{"statusCode":null}${nuls}`, "null is not a final HTTP status"],
    ["a header value that is a list", `{"headers":{"a":["b"]}}${nuls}`, 'header "a"'],
    ["a header that HTTP can't carry", `{"headers":{"a":"b\\r\\nc"}}${nuls}`, 'header "a"'],
  ])("is refused when it is %s", (_, bytes, message) => {
    expect(decode([Buffer.from(bytes)])).toEqual({
      kind: "invalid",
      message: expect.stringContaining(message),
    });
  });

  test.each([1, 7, 8, 9, 1_000, 16_383, 16_384])(
    "may end at byte 16,384 and not later, in pieces of %d bytes",
    (size) => {
      const cut = (bytes: Buffer) =>
        Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
      const largest = Buffer.from(encode(preludeOf(limits.httpPreludeBytes)));
      expect(decode(cut(largest))).toMatchObject({ kind: "complete" });
      const tooLarge = Buffer.concat([largest.subarray(0, -8), Buffer.from(`}${nuls}`)]);
      expect(decode(cut(tooLarge))).toEqual({
        kind: "invalid",
        message: expect.stringContaining("within the first 16384 bytes"),
      });
    },
  );

  test("is given up at the limit, and never more than the limit is held", () => {
    const decoder = new HttpPreludeDecoder();
    for (let sent = 0; sent + 1_000 < limits.httpPreludeBytes; sent += 1_000) {
      expect(decoder.push(Buffer.alloc(1_000, 0x61))).toEqual({ kind: "incomplete" });
    }
    // A buffer this large is never copied: on the way there would be two of it.
    const huge = Buffer.alloc(64 * 1024 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    expect(decoder.push(huge.fill(0x61))).toMatchObject({ kind: "invalid" });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });
});
