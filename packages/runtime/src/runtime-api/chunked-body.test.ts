import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SocketPair } from "../../test/socket-pair.ts";
import { ChunkedBody } from "./chunked-body.ts";

const head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

/** The head, the chunks and the trailer lines of a whole request; throws on anything that is not chunked. */
function decode(request: Buffer): { head: string; chunks: Buffer[]; trailers: string[] } {
  let position = request.indexOf("\r\n\r\n") + 4;
  const decoded = {
    head: request.toString("latin1", 0, position),
    chunks: [] as Buffer[],
    trailers: [] as string[],
  };
  const line = () => {
    const end = request.indexOf("\r\n", position);
    if (end === -1) throw new Error(`no line end after byte ${position}`);
    const text = request.toString("latin1", position, end);
    position = end + 2;
    return text;
  };
  for (;;) {
    const text = line();
    if (!/^[0-9a-f]+$/.test(text)) throw new Error(`not a chunk size: ${text}`);
    const size = Number.parseInt(text, 16);
    if (size === 0) break;
    decoded.chunks.push(request.subarray(position, position + size));
    position += size;
    if (line() !== "") throw new Error("a chunk is longer than its size says");
  }
  for (let text = line(); text !== ""; text = line()) decoded.trailers.push(text);
  if (position !== request.length) throw new Error("bytes after the end");
  return decoded;
}

const isOver = (request: Buffer) =>
  request.includes("\r\n0\r\n") && request.subarray(-4).equals(Buffer.from("\r\n\r\n"));

/** Writes until the connection is full. */
function fill(body: ChunkedBody, chunk: string | Uint8Array): { room: Promise<void>; writes: number } {
  for (let writes = 1; writes < 10_000; writes++) {
    const room = body.write(chunk);
    if (room !== undefined) return { room, writes };
  }
  throw new Error("the connection takes everything");
}

/** Keeps this turn of the event loop busy. */
function compute(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

describe("when bytes leave", () => {
  test("the head waits for the first chunk, and both leave at once", async () => {
    await using pair = await SocketPair.open();
    const body = new ChunkedBody(pair.near, head);
    expect(pair.near.bytesWritten).toBe(0);
    expect(body.write("one")).toBeUndefined();
    expect(pair.near.bytesWritten).toBe(`${head}3\r\none\r\n`.length);
    expect(pair.near.writableLength).toBe(0);
    await pair.until((received) => received.toString() === `${head}3\r\none\r\n`);
  });

  test("a burst leaves with the end of its turn, and keeps its chunks", async () => {
    await using pair = await SocketPair.open();
    const body = new ChunkedBody(pair.near, head);
    body.write("first");
    const sent = pair.near.bytesWritten;
    body.write("second");
    body.write(Buffer.from("third"));
    expect(pair.near.bytesWritten).toBe(sent);
    await endOfTurn();
    expect(pair.near.bytesWritten).toBe(sent + "6\r\nsecond\r\n5\r\nthird\r\n".length);
    body.write("in another turn");
    expect(pair.near.bytesWritten).toBe(
      sent + "6\r\nsecond\r\n5\r\nthird\r\nf\r\nin another turn\r\n".length,
    );
    body.end();
    const { chunks } = decode(await pair.until(isOver));
    expect(chunks.map(String)).toEqual(["first", "second", "third", "in another turn"]);
  });

  test("a write leaves at once if the last one left more than a millisecond ago, in one turn", async () => {
    await using pair = await SocketPair.open();
    const body = new ChunkedBody(pair.near, head);
    body.write("first");
    let sent = pair.near.bytesWritten;
    for (const chunk of ["second", "third"]) {
      compute(1.1);
      body.write(chunk);
      expect(pair.near.bytesWritten).toBeGreaterThan(sent);
      sent = pair.near.bytesWritten;
    }
  });

  test("a burst that fills the buffer leaves before its turn ends", async () => {
    await using pair = await SocketPair.open();
    const body = new ChunkedBody(pair.near, head);
    body.write("first");
    const sent = pair.near.bytesWritten;
    for (let written = 0; written < 40_000; written += 1_000) body.write("x".repeat(1_000));
    expect(pair.near.bytesWritten).toBeGreaterThanOrEqual(sent + 32_000);
  });

  test("the end leaves at once with what was held", async () => {
    await using pair = await SocketPair.open();
    const body = new ChunkedBody(pair.near, head);
    body.write("first");
    body.write("held");
    expect(body.isEnded).toBe(false);
    body.end();
    expect(body.isEnded).toBe(true);
    const whole = `${head}5\r\nfirst\r\n4\r\nheld\r\n0\r\n\r\n`;
    expect(pair.near.bytesWritten).toBe(whole.length);
    expect((await pair.until(isOver)).toString()).toBe(whole);
  });
});

describe("a large chunk", () => {
  test.each([
    ["bytes", Buffer.alloc(100_000, "b")],
    ["text", "ä".repeat(50_000)],
  ])("of %s leaves at once, after what was held", async (_, large) => {
    await using pair = await SocketPair.open();
    const body = new ChunkedBody(pair.near, head);
    body.write("first");
    body.write("held");
    body.write(large);
    body.write("after");
    body.end();
    const { chunks } = decode(await pair.until(isOver));
    expect(chunks.map(String)).toEqual(["first", "held", large.toString(), "after"]);
  });

  test("is not copied", async () => {
    await using pair = await SocketPair.open();
    pair.pause();
    const body = new ChunkedBody(pair.near, head);
    const large = Buffer.alloc(64 * 1024 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    const room = body.write(large);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
    body.close(new Error("enough"));
    await expect(room).rejects.toThrow("enough");
  });

  test("may come first, with a head of any length", async () => {
    await using pair = await SocketPair.open();
    const longHead = head.replace("\r\n\r\n", `\r\nX-Long: ${"v".repeat(20_000)}\r\n\r\n`);
    const body = new ChunkedBody(pair.near, longHead);
    body.write("small");
    body.end();
    const decoded = decode(await pair.until(isOver));
    expect(decoded.head).toBe(longHead);
    expect(decoded.chunks.map(String)).toEqual(["small"]);
  });
});

describe("an empty chunk", () => {
  test.each([[""], [new Uint8Array(0)]])("%j is nothing", async (chunk) => {
    await using pair = await SocketPair.open();
    const body = new ChunkedBody(pair.near, head);
    expect(body.write(chunk)).toBeUndefined();
    expect(pair.near.bytesWritten).toBe(0);
    body.write("x");
    body.write(chunk);
    body.end();
    expect(decode(await pair.until(isOver)).chunks.map(String)).toEqual(["x"]);
  });
});

describe("back pressure", () => {
  test.each([
    ["small chunks", "x".repeat(4_000)],
    ["large chunks", Buffer.alloc(100_000)],
  ])("holds %s until the other side reads", async (_, chunk) => {
    await using pair = await SocketPair.open();
    pair.pause();
    const body = new ChunkedBody(pair.near, head);
    const { room, writes } = fill(body, chunk);
    expect(body.write(chunk)).toBe(room);
    let hasRoom = false;
    void room.then(() => {
      hasRoom = true;
    });
    await new Promise(setImmediate);
    expect(hasRoom).toBe(false);
    pair.resume();
    await room;
    body.end();
    expect(decode(await pair.until(isOver)).chunks).toHaveLength(writes + 1);
  });

  test("leaves no listener behind", async () => {
    await using pair = await SocketPair.open();
    const body = new ChunkedBody(pair.near, head);
    const before = pair.near.listenerCount("drain");
    for (let round = 0; round < 3; round++) {
      pair.pause();
      const { room } = fill(body, Buffer.alloc(100_000));
      pair.resume();
      await room;
    }
    expect(pair.near.listenerCount("drain")).toBe(before);
  });
});

describe("closing", () => {
  test("rejects the writes that wait, and refuses the next with the same error", async () => {
    await using pair = await SocketPair.open();
    pair.pause();
    const body = new ChunkedBody(pair.near, head);
    const { room } = fill(body, Buffer.alloc(100_000));
    const gone = new Error("gone");
    body.close(gone);
    body.close(new Error("later"));
    await expect(room).rejects.toBe(gone);
    expect(() => body.write("x")).toThrow(gone);
    expect(() => body.write(Buffer.alloc(100_000))).toThrow(gone);
    expect(() => body.end()).toThrow(gone);
    expect(pair.near.listenerCount("drain")).toBe(0);
  });

  test("drops what was held", async () => {
    await using pair = await SocketPair.open();
    const body = new ChunkedBody(pair.near, head);
    body.write("first");
    const sent = pair.near.bytesWritten;
    body.write("held");
    body.close(new Error("gone"));
    await endOfTurn();
    expect(pair.near.bytesWritten).toBe(sent);
  });
});

test("nothing can be written after the end", async () => {
  await using pair = await SocketPair.open();
  const body = new ChunkedBody(pair.near, head);
  body.end();
  expect(() => body.write("x")).toThrow(/ended/);
  expect(() => body.end()).toThrow(/ended/);
  expect((await pair.until(isOver)).toString()).toBe(`${head}0\r\n\r\n`);
});

test("trailers follow the last chunk", async () => {
  await using pair = await SocketPair.open();
  const body = new ChunkedBody(pair.near, head);
  body.write("x");
  body.end({ "Error-Type": "Function.Ü", "Error-Body": "e30=" });
  expect(pair.near.writableLength).toBe(0);
  const request = await pair.until(isOver);
  expect(request.toString("latin1")).toBe(
    `${head}1\r\nx\r\n0\r\nError-Type: Function.Ü\r\nError-Body: e30=\r\n\r\n`,
  );
});

test("any sequence of writes arrives as the same chunks", async () => {
  const size = fc.oneof(
    { weight: 6, arbitrary: fc.nat(40) },
    { weight: 3, arbitrary: fc.nat(5_000) },
    { weight: 2, arbitrary: fc.integer({ min: 16_100, max: 16_500 }) },
    { weight: 1, arbitrary: fc.nat(200_000) },
  );
  const step = fc.record({
    size,
    kind: fc.constantFrom("ascii", "text", "bytes"),
    after: fc.constantFrom("go on", "go on", "go on", "await", "turn", "compute"),
  });
  const make = ({ size, kind }: { size: number; kind: string }, index: number): string | Uint8Array => {
    if (kind === "bytes") return new Uint8Array(size).fill(index);
    return (kind === "ascii" ? String.fromCharCode(0x61 + (index % 26)) : "€").repeat(size);
  };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await using pair = await SocketPair.open();
      const body = new ChunkedBody(pair.near, head);
      const chunks = steps.map(make);
      for (const [index, chunk] of chunks.entries()) {
        const room = body.write(chunk);
        const after = steps[index]?.after;
        if (after === "await") await room;
        if (after === "turn") await new Promise(setImmediate);
        if (after === "compute") compute(1.1);
      }
      body.end();
      const decoded = decode(
        await pair.until((received) => received.subarray(-5).equals(Buffer.from("0\r\n\r\n"))),
      );
      const expected = chunks
        .map((chunk) => Buffer.from(chunk as string))
        .filter((chunk) => chunk.length > 0);
      expect(decoded.chunks.map(String)).toEqual(expected.map(String));
      expect(decoded.head).toBe(head);
    }),
    { numRuns: 150 },
  );
});
