import fc from "fast-check";
import { expect, test } from "vitest";
import { ManualClock } from "../lambda/environment/testing/manual-clock.ts";
import { TokenBucket } from "./token-bucket.ts";

/** How many requests get through at once. */
function taken(bucket: TokenBucket, ratePerSecond: number, burst: number): number {
  let count = 0;
  while (bucket.take({ ratePerSecond, burst })) count += 1;
  return count;
}

test("a bucket is full at first, and then lets through as many as time has passed for", () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(clock);
  expect(taken(bucket, 10, 20)).toBe(20);
  clock.advance(250);
  expect(taken(bucket, 10, 20)).toBe(2);
  clock.advance(50);
  expect(taken(bucket, 10, 20)).toBe(1);
  clock.advance(60_000);
  expect(taken(bucket, 10, 20)).toBe(20);
});

test.each([
  ["a burst of none", { ratePerSecond: 10, burst: 0 }],
  ["a burst of less than one", { ratePerSecond: 10, burst: 0.5 }],
])("%s lets nothing through, however long it waits", (_name, limits) => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(clock);
  expect(bucket.take(limits)).toBe(false);
  clock.advance(60_000);
  expect(bucket.take(limits)).toBe(false);
});

test("without a rate the burst is all there ever is", () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(clock);
  expect(taken(bucket, 0, 3)).toBe(3);
  clock.advance(3_600_000);
  expect(taken(bucket, 0, 3)).toBe(0);
});

test("without limits there is always room", () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(clock);
  const limits = { ratePerSecond: Number.POSITIVE_INFINITY, burst: Number.POSITIVE_INFINITY };
  for (let count = 0; count < 1_000; count++) {
    expect(bucket.take(limits)).toBe(true);
    clock.advance(count % 2);
  }
});

test("a bucket whose burst shrinks loses what it no longer holds", () => {
  const bucket = new TokenBucket(new ManualClock());
  expect(bucket.take({ ratePerSecond: 1, burst: 100 })).toBe(true);
  expect(taken(bucket, 1, 2)).toBe(2);
  expect(taken(bucket, 1, 100)).toBe(0);
});

/**
 * A bucket that works token by token: one drops in at the end of each interval of 1/rate seconds, and overflows when the
 * bucket is full. An interval is `1000 / rate` milliseconds, so time is counted in units of 1/rate milliseconds.
 */
function modelOf(rate: number, burst: number) {
  let tokens = burst;
  let drops = 0;
  return {
    advance(ms: number): void {
      for (let unit = 0; unit < ms * rate; unit++) {
        if (tokens === burst) drops = 0;
        else if (++drops === 1_000) {
          drops = 0;
          tokens += 1;
        }
      }
    },
    take(): boolean {
      if (tokens === 0) return false;
      tokens -= 1;
      return true;
    },
  };
}

test("a bucket decides as one does that is filled token by token", () => {
  const step = fc.oneof(fc.constant("take" as const), fc.integer({ min: 1, max: 700 }));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 12 }),
      fc.array(step, { maxLength: 60 }),
      (ratePerSecond, burst, steps) => {
        const clock = new ManualClock();
        const bucket = new TokenBucket(clock);
        const model = modelOf(ratePerSecond, burst);
        for (const each of steps) {
          if (each === "take") {
            expect(bucket.take({ ratePerSecond, burst })).toBe(model.take());
          } else {
            clock.advance(each);
            model.advance(each);
          }
        }
      },
    ),
  );
});
