import { limits } from "@sluice/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualClock } from "./environment/testing/manual-clock.ts";
import { RecordingReceiver } from "./environment/testing/recording-receiver.ts";
import { PacedReceiver } from "./paced-receiver.ts";

const mb = 1024 * 1024;

class Bench {
  readonly clock = new ManualClock();
  readonly receiver = new RecordingReceiver();
  readonly paced: PacedReceiver;

  constructor(bandwidth: ConstructorParameters<typeof PacedReceiver>[1] = limits.streamBandwidth) {
    this.paced = new PacedReceiver(this.receiver, bandwidth, this.clock);
    this.paced.start({ contentType: undefined, isStreaming: true });
  }

  /** Moves the clock by so many steps of 125 ms, and lets what waits for it go on. */
  async steps(count: number): Promise<void> {
    for (let step = 0; step < count; step++) {
      this.clock.advance(125);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe("the stream of a function", () => {
  test("of 6 MB waits for nothing", () => {
    const bench = new Bench();
    for (let chunk = 0; chunk < 6; chunk++) expect(bench.paced.chunk(Buffer.alloc(mb))).toBeUndefined();
    expect(bench.receiver.bytes).toBe(6 * mb);
  });

  test("goes on with 2 MB in a second, 256 KB at a time, and lets the function wait as long", async () => {
    const bench = new Bench();
    let isTaken = false;
    const taken = bench.paced.chunk(Buffer.alloc(8 * mb))?.then(() => {
      isTaken = true;
    });
    expect(bench.receiver.bytes).toBe(6 * mb);
    await bench.steps(1);
    expect(bench.receiver.bytes).toBe(6 * mb + 256 * 1024);
    await bench.steps(6);
    expect([bench.receiver.bytes, isTaken]).toEqual([8 * mb - 256 * 1024, false]);
    await bench.steps(1);
    await taken;
    expect(bench.receiver.bytes).toBe(8 * mb);
  });

  test("saves up while it is slow, and no more than it had at first", async () => {
    const bench = new Bench();
    bench.paced.chunk(Buffer.alloc(6 * mb));
    await bench.steps(8);
    expect(bench.paced.chunk(Buffer.alloc(2 * mb))).toBeUndefined();
    await bench.steps(800);
    void bench.paced.chunk(Buffer.alloc(7 * mb));
    expect(bench.receiver.bytes).toBe(6 * mb + 2 * mb + 6 * mb);
  });

  test("through a REST API has 10 MB at first", () => {
    const bench = new Bench(limits.apiStreamBandwidth);
    void bench.paced.chunk(Buffer.alloc(11 * mb));
    expect(bench.receiver.bytes).toBe(10 * mb);
  });

  test("that fails meanwhile is told what was written, and then the failure", async () => {
    const bench = new Bench({ uncappedBytes: 4, bytesPerSecond: 8 });
    void bench.paced.chunk(Buffer.from("before after"));
    expect(bench.receiver.text).toBe("befo");
    bench.paced.end({ kind: "streamError", errorType: "Sandbox.Timeout", errorBody: "" });
    expect(bench.receiver.text).toBe("before after");
    await bench.steps(100);
    expect(bench.receiver.text).toBe("before after");
    expect(bench.receiver.ended?.kind).toBe("streamError");
  });

  test("waits for its client as well", async () => {
    const bench = new Bench();
    const client = Promise.withResolvers<void>();
    bench.receiver.wait = client.promise;
    expect(bench.paced.chunk(Buffer.alloc(1))).toBe(client.promise);
    const taken = bench.paced.chunk(Buffer.alloc(6 * mb));
    await bench.steps(80);
    expect(bench.receiver.bytes).toBe(6 * mb);
    bench.receiver.wait = undefined;
    client.resolve();
    await bench.steps(1);
    await taken;
    expect(bench.receiver.bytes).toBe(6 * mb + 1);
  });

  test("arrives whole and in order, whatever its chunks, and never faster", async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
    const bandwidth = fc.record({
      uncappedBytes: fc.integer({ min: 1, max: 30 }),
      bytesPerSecond: fc.integer({ min: 8, max: 80 }),
    });
    await fc.assert(
      fc.asyncProperty(chunks, bandwidth, async (written, pace) => {
        const bench = new Bench(pace);
        const arrived: Buffer[] = [];
        let bytes = 0;
        bench.receiver.chunk = (piece) => {
          arrived.push(Buffer.from(piece));
          bytes += piece.length;
          const elapsedMs = bench.clock.monotonicMs();
          expect(bytes).toBeLessThanOrEqual(pace.uncappedBytes + (pace.bytesPerSecond * elapsedMs) / 1_000);
          return undefined;
        };
        for (const chunk of written) {
          let isTaken = false;
          const taken = (bench.paced.chunk(chunk) ?? Promise.resolve()).then(() => {
            isTaken = true;
          });
          for (let step = 0; step < 400 && !isTaken; step++) await bench.steps(1);
          await taken;
        }
        expect(Buffer.concat(arrived)).toEqual(Buffer.concat(written));
      }),
      { numRuns: 60 },
    );
  });
});
