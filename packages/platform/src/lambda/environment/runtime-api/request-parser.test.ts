import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type RequestHead, RequestParser, requestLimits } from "./request-parser.ts";

interface Parsed {
  readonly heads: RequestHead[];
  readonly bodies: string[];
  readonly pieces: number[];
  readonly trailers: Record<string, string>[];
  problem: { status: number; message: string } | undefined;
}

/** Parses the pieces; each request is followed by the next one. */
function parse(pieces: readonly Uint8Array[]): Parsed {
  const parsed: Parsed = { heads: [], bodies: [], pieces: [], trailers: [], problem: undefined };
  const parser = new RequestParser({
    head(head) {
      parsed.heads.push(head);
      parsed.bodies.push("");
    },
    body(bytes) {
      parsed.pieces.push(bytes.length);
      parsed.bodies.push((parsed.bodies.pop() ?? "") + bytes.toString("latin1"));
    },
    end(trailers) {
      parsed.trailers.push(Object.fromEntries(trailers));
      queueMicrotask(() => {});
    },
    malformed({ status, message }) {
      parsed.problem = { status, message };
    },
  });
  for (const piece of pieces) {
    parser.push(Buffer.from(piece));
    let ended = -1;
    while (ended !== parsed.trailers.length) {
      ended = parsed.trailers.length;
      parser.next();
    }
  }
  return parsed;
}

const request = (text: string) => [Buffer.from(text, "latin1")];
const post = "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: a\r\n";
const chunked = `${post}Transfer-Encoding: chunked\r\n`;

describe("a request", () => {
  test("without a body ends with its head", () => {
    const { heads, trailers } = parse(
      request("GET /2018-06-01/runtime/invocation/next?x=1 HTTP/1.1\r\nhOSt:  a:1 \r\nX: 1\r\nx: 2\r\n\r\n"),
    );
    expect(heads).toEqual([
      {
        method: "GET",
        path: "/2018-06-01/runtime/invocation/next",
        headers: new Map([
          ["host", "a:1"],
          ["x", "1, 2"],
        ]),
        keepAlive: true,
        hasBody: false,
      },
    ]);
    expect(trailers).toEqual([{}]);
  });

  test.each([
    { connection: "close", keepAlive: false },
    { connection: "Keep-Alive, Close", keepAlive: false },
    { connection: "keep-alive", keepAlive: true },
    { connection: "not-close", keepAlive: true },
  ])("with Connection: $connection keeps the connection: $keepAlive", ({ connection, keepAlive }) => {
    const { heads } = parse(request(`GET / HTTP/1.1\r\nHost: a\r\nConnection: ${connection}\r\n\r\n`));
    expect(heads[0]?.keepAlive).toBe(keepAlive);
  });

  test("may follow another one in the same piece", () => {
    const { bodies } = parse(
      request(
        `${post}Content-Length: 2\r\n\r\nab${chunked}\r\n1\r\nc\r\n0\r\n\r\n${post}Content-Length: 1\r\n\r\nd`,
      ),
    );
    expect(bodies).toEqual(["ab", "c", "d"]);
  });

  test("keeps the bytes of a header that is UTF-8, with their order", () => {
    const { heads } = parse([Buffer.from("GET / HTTP/1.1\r\nHost: a\r\nName: Zoë\xa0\r\n\r\n", "utf8")]);
    expect(Buffer.from(heads[0]?.headers.get("name") ?? "", "latin1").toString("utf8")).toBe("Zoë\xa0");
  });
});

describe("a chunked body", () => {
  test("is given chunk by chunk, with its trailers", () => {
    const { bodies, pieces, trailers } = parse(
      request(
        `${chunked}\r\n5\r\nhello\r\n0A;name="v"\r\n, world...\r\n00\r\nKind: error\r\nBody: e30=\r\n\r\n`,
      ),
    );
    expect(bodies).toEqual(["hello, world..."]);
    expect(pieces).toEqual([5, 10]);
    expect(trailers).toEqual([{ kind: "error", body: "e30=" }]);
  });

  test("comes out the same however the bytes are cut", () => {
    const header = fc.record({
      name: fc.stringMatching(/^[a-z][a-z-]{0,9}$/),
      value: fc.stringMatching(/^([!-~]([ -~]{0,20}[!-~])?)?$/),
    });
    const oneRequest = fc.record({
      chunks: fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 }),
      trailers: fc.uniqueArray(header, { maxLength: 3, selector: ({ name }) => `t-${name}` }),
    });
    fc.assert(
      fc.property(
        fc.array(oneRequest, { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        (all, cuts) => {
          const bytes = Buffer.concat(
            all.map(({ chunks, trailers }) =>
              Buffer.concat([
                Buffer.from(`${chunked}\r\n`),
                ...chunks.flatMap((data) => [
                  Buffer.from(`${data.length.toString(16)}\r\n`),
                  data,
                  Buffer.from("\r\n"),
                ]),
                Buffer.from(
                  `0\r\n${trailers.map(({ name, value }) => `t-${name}: ${value}\r\n`).join("")}\r\n`,
                ),
              ]),
            ),
          );
          const at = [...new Set([0, ...cuts.map((cut) => cut % bytes.length), bytes.length])].sort(
            (a, b) => a - b,
          );
          const parsed = parse(at.slice(1).map((end, index) => bytes.subarray(at[index], end)));
          expect(parsed.problem).toBeUndefined();
          expect(parsed.bodies).toEqual(all.map(({ chunks }) => Buffer.concat(chunks).toString("latin1")));
          expect(parsed.trailers).toEqual(
            all.map(({ trailers }) =>
              Object.fromEntries(trailers.map(({ name, value }) => [`t-${name}`, value])),
            ),
          );
        },
      ),
    );
  });

  test("comes out the same one byte at a time", () => {
    const text = `${chunked}\r\n3\r\nabc\r\n0\r\nKind: x\r\n\r\n${post}Content-Length: 3\r\n\r\ndef`;
    const { bodies, trailers } = parse([...text].map((byte) => Buffer.from(byte)));
    expect(bodies).toEqual(["abc", "def"]);
    expect(trailers).toEqual([{ kind: "x" }, {}]);
  });
});

describe("what is not HTTP/1.1 within the limits", () => {
  const long = "a".repeat(requestLimits.headBytes);
  test.each([
    { what: "a bare line feed", text: "GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", status: 400 },
    { what: "a bare line feed in a header", text: "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", status: 400 },
    { what: "an unknown version", text: "GET / HTTP/2.0\r\nHost: a\r\n\r\n", status: 505 },
    { what: "HTTP/1.0", text: "GET / HTTP/1.0\r\nHost: a\r\n\r\n", status: 505 },
    { what: "no version", text: "GET /\r\nHost: a\r\n\r\n", status: 400 },
    { what: "a space in the path", text: "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", status: 400 },
    { what: "no host", text: "GET / HTTP/1.1\r\n\r\n", status: 400 },
    { what: "two hosts", text: "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", status: 400 },
    { what: "a folded header", text: "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", status: 400 },
    { what: "a space before the colon", text: "GET / HTTP/1.1\r\nHost : a\r\n\r\n", status: 400 },
    { what: "a NUL in a header", text: "GET / HTTP/1.1\r\nHost: a\0\r\n\r\n", status: 400 },
    { what: "a length that is no number", text: `${post}Content-Length: +1\r\n\r\n`, status: 400 },
    { what: "two lengths", text: `${post}Content-Length: 1\r\nContent-Length: 1\r\n\r\n`, status: 400 },
    { what: "length and chunks", text: `${chunked}Content-Length: 1\r\n\r\n`, status: 400 },
    { what: "another transfer coding", text: `${post}Transfer-Encoding: gzip, chunked\r\n\r\n`, status: 501 },
    { what: "two transfer codings", text: `${chunked}Transfer-Encoding: chunked\r\n\r\n`, status: 400 },
    { what: "a chunk without a size", text: `${chunked}\r\n\r\nabc`, status: 400 },
    { what: "a chunk size that is no number", text: `${chunked}\r\n0x3\r\nabc\r\n`, status: 400 },
    { what: "a chunk above 4 GiB", text: `${chunked}\r\n100000000\r\n`, status: 400 },
    { what: "a chunk that is longer than it says", text: `${chunked}\r\n3\r\nabcd\r\n`, status: 400 },
    { what: "a chunk that ends in a line feed", text: `${chunked}\r\n3\r\nabc\n`, status: 400 },
    { what: "a chunk extension without end", text: `${chunked}\r\n3;${long}`, status: 400 },
    { what: "an invalid trailer", text: `${chunked}\r\n0\r\nKind\r\n\r\n`, status: 400 },
    { what: "a head that is too long", text: `GET / HTTP/1.1\r\nHost: a\r\nX: ${long}\r\n\r\n`, status: 431 },
    { what: "a head without end", text: `GET / HTTP/1.1\r\nHost: a\r\nX: ${long}`, status: 431 },
    {
      what: "a trailer section one byte too long",
      text: `${chunked}\r\n0\r\nX: ${"a".repeat(requestLimits.trailerBytes - 6)}\r\n\r\n`,
      status: 431,
    },
    {
      what: "too many headers",
      text: `GET / HTTP/1.1\r\nHost: a\r\n${"X: 1\r\n".repeat(requestLimits.fields)}\r\n`,
      status: 431,
    },
  ])("$what is refused with $status", ({ text, status }) => {
    expect(parse(request(text)).problem?.status).toBe(status);
  });

  test("trailers may be as long as AWS's server takes them", () => {
    const x = "a".repeat(requestLimits.trailerBytes - 7);
    expect(parse(request(`${chunked}\r\n0\r\nX: ${x}\r\n\r\n`)).trailers).toEqual([{ x }]);
  });

  test("never makes the parser throw, whatever it is", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), (pieces) => {
        parse(pieces);
        parse([Buffer.from(`${chunked}\r\n`), ...pieces]);
      }),
    );
  });

  test("takes a head of just the limit", () => {
    const start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    const value = "b".repeat(requestLimits.headBytes - start.length - 4);
    expect(parse(request(`${start}${value}\r\n\r\n`)).heads).toHaveLength(1);
  });
});

describe("a parser that is paused", () => {
  const text = `${chunked}\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n`;

  test("hands out nothing until it is resumed", () => {
    const seen: string[] = [];
    const parser: RequestParser = new RequestParser({
      head: () => seen.push("head"),
      body: (bytes) => {
        seen.push(bytes.toString());
        parser.pause();
      },
      end: () => seen.push("end"),
      malformed: () => seen.push("malformed"),
    });
    parser.push(Buffer.from(text));
    expect(seen).toEqual(["head", "a"]);
    expect(parser.heldBytes).toBeGreaterThan(0);
    parser.push(Buffer.from(`${post}Content-Length: 1\r\n\r\nc`));
    parser.resume();
    expect(seen).toEqual(["head", "a", "b"]);
    parser.resume();
    expect(seen).toEqual(["head", "a", "b", "end"]);
    parser.next();
    expect(seen).toEqual(["head", "a", "b", "end", "head", "c"]);
    parser.resume();
    expect(seen.at(-1)).toBe("end");
  });
});

describe("a parser that tells the end of a request", () => {
  const get = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n";

  /** What was held at each end; each request is followed by the next one in the turn after. */
  async function heldAtEnds(pieces: readonly string[]): Promise<number[]> {
    const held: number[] = [];
    const parser: RequestParser = new RequestParser({
      head() {},
      body() {},
      end() {
        held.push(parser.heldBytes);
        process.nextTick(() => parser.next());
      },
      malformed() {},
    });
    for (const piece of pieces) {
      parser.push(Buffer.from(piece));
      await new Promise(setImmediate);
    }
    expect(parser.heldBytes).toBe(0);
    return held;
  }

  test.each([
    { what: "without a body", text: get },
    { what: "with an empty body", text: `${post}Content-Length: 0\r\n\r\n` },
    { what: "with a sized body", text: `${post}Content-Length: 3\r\n\r\nabc` },
    { what: "with chunks", text: `${chunked}\r\n3\r\nabc\r\n0\r\n\r\n` },
    { what: "with chunks and trailers", text: `${chunked}\r\n3\r\nabc\r\n0\r\nKind: x\r\nA: b\r\n\r\n` },
  ])("knows how much of the following ones has come: $what", async ({ text }) => {
    const cut = text.length - 1;
    expect(await heldAtEnds([text])).toEqual([0]);
    expect(await heldAtEnds([text, get])).toEqual([0, 0]);
    expect(await heldAtEnds([text + get])).toEqual([get.length, 0]);
    expect(await heldAtEnds([`${text}G`, get.slice(1)])).toEqual([1, 0]);
    expect(await heldAtEnds([text.slice(0, cut), text.slice(cut) + get])).toEqual([get.length, 0]);
    expect(await heldAtEnds([text + text + get])).toEqual([text.length + get.length, get.length, 0]);
  });

  test("knows it when the last of the body was paused at", () => {
    const held: number[] = [];
    const parser: RequestParser = new RequestParser({
      head() {},
      body: () => parser.pause(),
      end: () => held.push(parser.heldBytes),
      malformed() {},
    });
    parser.push(Buffer.from(`${post}Content-Length: 1\r\n\r\na`));
    parser.push(Buffer.from(get));
    expect(parser.heldBytes).toBe(get.length);
    expect(held).toEqual([]);
    parser.resume();
    expect(held).toEqual([get.length]);
  });
});
