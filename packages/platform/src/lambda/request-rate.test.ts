import { expect, test } from "vitest";
import { ManualClock } from "./environment/testing/manual-clock.ts";
import { RequestRate } from "./request-rate.ts";

test("a second's worth may begin at once, and then as many as time has passed for", () => {
  const clock = new ManualClock();
  const rate = new RequestRate(clock);
  const taken = () => {
    let count = 0;
    while (rate.take(10)) count += 1;
    return count;
  };
  expect(taken()).toBe(10);
  clock.advance(250);
  expect(taken()).toBe(2);
  clock.advance(50);
  expect(taken()).toBe(1);
  clock.advance(60_000);
  expect(taken()).toBe(10);
});

test("without a limit there is always room", () => {
  const rate = new RequestRate(new ManualClock());
  for (let count = 0; count < 1_000; count++) expect(rate.take(Number.POSITIVE_INFINITY)).toBe(true);
});
