import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RuntimeApiProtocolError } from "../errors.ts";
import { type HttpResponse, ResponseParser } from "./response-parser.ts";

/** What comes of pieces of a byte stream that then ends. */
function parse(pieces: readonly Buffer[]): HttpResponse[] {
  const responses: HttpResponse[] = [];
  const parser = new ResponseParser((response) => responses.push(response));
  for (const piece of pieces) {
    // As on a socket, where one buffer serves every read.
    const reused = Buffer.from(piece);
    parser.push(reused);
    reused.fill(0xee);
  }
  parser.end();
  return responses;
}

/** Responses and error alike as plain data, to compare one way of cutting with another. */
function outcome(pieces: readonly Buffer[]): unknown {
  const seen: unknown[] = [];
  const parser = new ResponseParser(({ status, headers, body, keepAlive }) =>
    seen.push({ status, headers: { ...headers }, body: body.toString("latin1"), keepAlive }),
  );
  try {
    for (const piece of pieces) parser.push(piece);
    parser.end();
  } catch (error) {
    if (!(error instanceof RuntimeApiProtocolError)) throw error;
    seen.push(error.message);
  }
  return seen;
}

function bytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

function singleBytes(stream: Buffer): Buffer[] {
  return Array.from(stream, (byte) => Buffer.of(byte));
}

interface Case {
  readonly stream: string;
  readonly responses: readonly {
    readonly status: number;
    readonly body: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly keepAlive?: boolean;
  }[];
}

const sized = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: one\r\n\r\nhello";
const chunked =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\nB\r\n\r\n\0pedia\r\n\r\r\n0\r\n\r\n";
const accepted = 'HTTP/1.1 202 Accepted\r\ncontent-length: 16\r\n\r\n{"status":"OK"}\n';

const cases: Readonly<Record<string, Case>> = {
  "a body with a length": {
    stream: sized,
    responses: [
      { status: 200, body: "hello", headers: { "content-length": "5", "x-a": "one" }, keepAlive: true },
    ],
  },
  "an empty body with a length": {
    stream: "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
    responses: [{ status: 202, body: "", keepAlive: true }],
  },
  "a chunked body": {
    stream: chunked,
    responses: [{ status: 200, body: "wiki\r\n\0pedia\r\n\r", keepAlive: true }],
  },
  "chunks with extensions, upper-case sizes, leading zeros and trailers": {
    stream:
      "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n" +
      '3;name=value\r\nabc\r\n0000000B ; q="x"\r\n0123456789A\r\n000;last\r\nX-Trailer: 1\r\nAnother:\r\n\r\n',
    responses: [{ status: 200, body: "abc0123456789A" }],
  },
  "an empty chunked body": {
    stream: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    responses: [{ status: 200, body: "" }],
  },
  "informational answers first": {
    stream: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${accepted}`,
    responses: [{ status: 202, body: '{"status":"OK"}\n' }],
  },
  "a body until the connection closes": {
    stream: "HTTP/1.1 200 OK\r\n\r\nall of it\r\n\r\n",
    responses: [{ status: 200, body: "all of it\r\n\r\n", keepAlive: false }],
  },
  "an empty body until the connection closes": {
    stream: "HTTP/1.1 200 OK\r\nX: y\r\n\r\n",
    responses: [{ status: 200, body: "", keepAlive: false }],
  },
  "several answers in a row": {
    stream: accepted + sized + chunked + accepted,
    responses: [
      { status: 202, body: '{"status":"OK"}\n' },
      { status: 200, body: "hello" },
      { status: 200, body: "wiki\r\n\0pedia\r\n\r" },
      { status: 202, body: '{"status":"OK"}\n' },
    ],
  },
  "statuses that have no body, whatever the headers say": {
    stream:
      "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n" +
      `HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n${accepted}`,
    responses: [
      { status: 204, body: "", keepAlive: true },
      { status: 304, body: "" },
      { status: 204, body: "" },
      { status: 202, body: '{"status":"OK"}\n' },
    ],
  },
  "no reason phrase, empty values, padding, repeated names": {
    stream:
      "HTTP/1.1 200\r\nContent-Length:0\r\nA: \t one \t\r\na:two\r\nB:\r\n__proto__: p\r\nC:   \r\nD: x y\r\n\r\n",
    responses: [
      {
        status: 200,
        body: "",
        headers: { "content-length": "0", a: "one, two", b: "", ["__proto__"]: "p", c: "", d: "x y" },
      },
    ],
  },
  "UTF-8 in a header, whose bytes are no white space": {
    stream: `HTTP/1.1 200 \xe9\xa0\r\nContent-Length: 0\r\nX: ${Buffer.from("voilà").toString("latin1")}\r\n\r\n`,
    responses: [{ status: 200, body: "", headers: { "content-length": "0", x: "voil\xc3\xa0" } }],
  },
  "the same length twice": {
    stream: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    responses: [{ status: 200, body: "ok" }],
  },
  "connections that end after the answer": {
    stream:
      "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n" +
      "HTTP/1.1 200 OK\r\nConnection: x-y, close\r\nContent-Length: 0\r\n\r\n" +
      "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    responses: [
      { status: 200, body: "", keepAlive: false },
      { status: 200, body: "", keepAlive: false },
      { status: 200, body: "", keepAlive: false },
    ],
  },
  "HTTP/1.0 connections that stay": {
    stream: "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n",
    responses: [{ status: 200, body: "", keepAlive: true }],
  },
};

describe.each(Object.entries(cases))("%s", (_, { stream, responses }) => {
  const all = bytes(stream);

  const check = (pieces: readonly Buffer[]) => {
    const parsed = parse(pieces);
    expect(parsed).toHaveLength(responses.length);
    for (const [index, expected] of responses.entries()) {
      const { status, body, headers, keepAlive } = parsed[index] ?? {};
      expect({ status, body: body?.toString("latin1") }).toEqual({
        status: expected.status,
        body: expected.body,
      });
      if (expected.headers !== undefined) {
        expect(Object.entries(headers ?? {})).toEqual(Object.entries(expected.headers));
      }
      if (expected.keepAlive !== undefined) expect(keepAlive).toBe(expected.keepAlive);
    }
  };

  test("is parsed in one piece", () => check([all]));

  test("is parsed in any two pieces", () => {
    for (let cut = 0; cut <= all.length; cut++) check([all.subarray(0, cut), all.subarray(cut)]);
  });

  test("is parsed one byte at a time", () => check(singleBytes(all)));
});

test("any split of any sequence of answers gives the same answers", () => {
  const streams = Object.values(cases)
    .map(({ stream }) => stream)
    // A body without an end swallows what follows.
    .filter((stream) => !stream.includes("all of it") && !stream.includes("X: y\r\n"));
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...streams), { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(10_000), { maxLength: 20 }),
      (sequence, cuts) => {
        const all = bytes(sequence.join(""));
        const places = [0, ...cuts.map((cut) => cut % (all.length + 1)).sort((a, b) => a - b), all.length];
        const pieces = places.slice(1).map((end, index) => all.subarray(places[index], end));
        expect(outcome(pieces)).toEqual(outcome([all]));
      },
    ),
    { numRuns: 500 },
  );
});

const head = "HTTP/1.1 200 OK\r\n";
const inChunks = `${head}Transfer-Encoding: chunked\r\n\r\n`;
const malformed: Readonly<Record<string, string>> = {
  "another protocol": "SSH-2.0-OpenSSH_9.6\r\n\r\n",
  "HTTP/2": "HTTP/2 200 OK\r\n\r\n",
  "a request": "GET / HTTP/1.1\r\n\r\n",
  "a status of two digits": "HTTP/1.1 99 Low\r\n\r\n",
  "a status of four digits": "HTTP/1.1 2000 High\r\n\r\n",
  "a status that begins with 0": "HTTP/1.1 099 Low\r\n\r\n",
  "no status": "HTTP/1.1\r\n\r\n",
  "two spaces before the status": "HTTP/1.1  200 OK\r\n\r\n",
  "an empty head": "\r\n\r\n",
  "a line break before the head": `\r\n${accepted}`,
  "a folded header": `${head}A: b\r\n c\r\nContent-Length: 0\r\n\r\n`,
  "a line feed that ends a header": `${head}A: b\nContent-Length: 0\r\n\r\n`,
  "a carriage return within a header": `${head}A: b\rc\r\n\r\n`,
  "a header without a colon": `${head}A\r\n\r\n`,
  "a header without a name": `${head}: a\r\n\r\n`,
  "white space before the colon": `${head}Content-Length : 0\r\n\r\n`,
  "a NUL in a header": `${head}A: b\0c\r\n\r\n`,
  "a NUL in a header's name": `${head}A\0: b\r\n\r\n`,
  "a NUL in the reason": "HTTP/1.1 200 O\0K\r\n\r\n",
  "a length and chunks": `${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  "two lengths": `${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
  "two lengths in one header": `${head}Content-Length: 3, 3\r\n\r\nabc`,
  "a negative length": `${head}Content-Length: -1\r\n\r\n`,
  "a signed length": `${head}Content-Length: +1\r\n\r\na`,
  "a hexadecimal length": `${head}Content-Length: 0x1\r\n\r\na`,
  "half a length": `${head}Content-Length: 1.5\r\n\r\na`,
  "an empty length": `${head}Content-Length:\r\n\r\n`,
  "a length past any number": `${head}Content-Length: 99999999999999999999\r\n\r\n`,
  "a length past the limit": `${head}Content-Length: 67108865\r\n\r\n`,
  "another coding": `${head}Transfer-Encoding: gzip\r\n\r\n`,
  "two codings": `${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  "chunked twice": `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  "a chunk size that is no number": `${inChunks}xyz\r\n\r\n`,
  "an empty chunk size": `${inChunks}\r\n\r\n`,
  "a negative chunk size": `${inChunks}-1\r\na\r\n`,
  "a chunk size with a prefix": `${inChunks}0x1\r\na\r\n`,
  "a chunk size past the limit": `${inChunks}4000001\r\n`,
  "a chunk size of nine digits": `${inChunks}000000001\r\na\r\n`,
  "white space around a chunk size": `${inChunks} 1\r\na\r\n`,
  "a chunk that ends in a line feed": `${inChunks}1\r\na\n0\r\n\r\n`,
  "a chunk size that ends in a line feed": `${inChunks}1\na\r\n0\r\n\r\n`,
  "no line end after a chunk": `${inChunks}1\r\nab\r\n0\r\n\r\n`,
  "a connection that ends in the head": `${head}Content-Len`,
  "a connection that ends in a body": `${head}Content-Length: 5\r\n\r\nhell`,
  "a connection that ends in a chunk size": `${inChunks}5`,
  "a connection that ends in a chunk": `${inChunks}5\r\nhell`,
  "a connection that ends after a chunk": `${inChunks}5\r\nhello\r`,
  "a connection that ends in the trailers": `${inChunks}0\r\nA: b\r\n`,
  "a head that never ends": `${head}${"A: b\r\n".repeat(11_000)}`,
  "a header line that never ends": `${head}A: ${"b".repeat(66_000)}`,
  "a chunk extension that never ends": `${inChunks}1;${"x".repeat(300)}`,
  "trailers that never end": `${inChunks}0\r\n${"A: b\r\n".repeat(11_000)}`,
};

describe("an answer is refused when it has", () => {
  test.each(Object.entries(malformed))("%s", (_, stream) => {
    const all = bytes(stream);
    expect(() => parse([all])).toThrow(RuntimeApiProtocolError);
    expect(() => parse(singleBytes(all))).toThrow(RuntimeApiProtocolError);
  });
});

describe("a limit", () => {
  const headOf = (size: number) => {
    const rest = `${head}Content-Length: 0\r\nA: \r\n\r\n`;
    return bytes(rest.replace("A: ", `A: ${"b".repeat(size - rest.length)}`));
  };

  test.each([
    ["of 64 KiB for a head", (excess: number) => headOf(65_536 + excess)],
    [
      "of 256 bytes for the line of a chunk's size",
      (excess: number) => bytes(`${inChunks}1;${"x".repeat(252 + excess)}\r\na\r\n0\r\n\r\n`),
    ],
    [
      "of 64 KiB for trailers",
      (excess: number) => bytes(`${inChunks}0\r\nA: ${"b".repeat(65_529 + excess)}\r\n\r\n`),
    ],
  ])("%s is the same however the bytes arrive", (_, make) => {
    for (const cut of [undefined, 1, 7, 1_000, 65_000, 65_535]) {
      const pieces = (stream: Buffer) => (cut === undefined ? [stream] : slices(stream, cut));
      expect(parse(pieces(make(0)))).toHaveLength(1);
      expect(() => parse(pieces(make(1)))).toThrow(/more than/);
    }
  });

  const chunkOfOneMegabyte = Buffer.concat([bytes("100000\r\n"), Buffer.alloc(0x100000), bytes("\r\n")]);

  test.each([
    ["in chunks", inChunks, chunkOfOneMegabyte],
    ["until the connection closes", `${head}\r\n`, Buffer.alloc(0x100000)],
  ])("of 64 MiB holds for a body %s", (_, start, megabyte) => {
    const responses: HttpResponse[] = [];
    const parser = new ResponseParser((response) => responses.push(response));
    parser.push(bytes(start));
    for (let megabytes = 0; megabytes < 64; megabytes++) parser.push(megabyte);
    expect(() => parser.push(bytes("1\r\nx\r\n"))).toThrow(/more than 67108864 bytes/);
    expect(responses).toEqual([]);
  });
});

function slices(stream: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(stream.length / size) }, (_, index) =>
    stream.subarray(index * size, (index + 1) * size),
  );
}

describe("garbage", () => {
  /** Bytes that look enough like HTTP to get past the first line. */
  const scraps = fc.constantFrom(
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 100 C\r\n\r\n",
    "HTTP/1.0 204\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 3\r\n",
    "Connection: close\r\n",
    "\r\n",
    "\r",
    "\n",
    "\0",
    "0\r\n",
    "3\r\nabc\r\n",
    "ffffffff\r\n",
    ";x",
    ": ",
    " ",
    "abc",
  );
  const noise = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array).toString("latin1"));
  const garbage = fc.array(fc.oneof({ weight: 4, arbitrary: scraps }, { weight: 1, arbitrary: noise }), {
    maxLength: 25,
  });

  test("is an error or waited with, the same in one piece and byte by byte, and never another error", () => {
    fc.assert(
      fc.property(garbage, (parts) => {
        const all = bytes(parts.join(""));
        const whole = outcome([all]);
        const single = outcome(singleBytes(all));
        // A message quotes what was there when the mistake was seen, so only the answers must be the same.
        const answers = (seen: unknown) => (seen as unknown[]).filter((one) => typeof one !== "string");
        expect(answers(single)).toEqual(answers(whole));
        expect((single as unknown[]).length).toBe((whole as unknown[]).length);
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    ["white space before a bad byte", bytes(`${head}A: ${" ".repeat(65_000)}\0\r\n\r\n`)],
    [
      "white space within a value",
      bytes(`${head}A: ${`b${" ".repeat(20_000)}`.repeat(3)}c\r\nContent-Length: 0\r\n\r\n`),
    ],
    ["tabs before a bad byte in the reason", bytes(`HTTP/1.1 200 ${"\t".repeat(65_000)}\x01\r\n\r\n`)],
    ["many empty header lines", bytes(`${head}${"\n".repeat(65_000)}`)],
    ["many headers of one name", bytes(`${head}${"A:\r\n".repeat(16_000)}Content-Length: 0\r\n\r\n`)],
  ])("takes no longer than its length deserves: %s", (_, stream) => {
    const start = performance.now();
    outcome([stream]);
    outcome(singleBytes(stream));
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test("of a hundred megabytes keeps no more than the limits allow", () => {
    const piece = Buffer.alloc(1024 * 1024, "HTTP/1.1 100 Continue\r\n\r\n");
    const before = process.memoryUsage().arrayBuffers;
    for (const start of ["", head, inChunks, `${inChunks}0\r\n`, `${head}\r\n`]) {
      const parser = new ResponseParser(() => {});
      const push = () => {
        parser.push(bytes(start));
        for (let megabytes = 0; megabytes < 100; megabytes++) parser.push(piece);
      };
      expect(push).toThrow(RuntimeApiProtocolError);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(400 * 1024 * 1024);
  });
});
