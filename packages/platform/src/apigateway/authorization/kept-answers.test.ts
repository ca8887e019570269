import { expect, test } from "vitest";
import { TestClock } from "../../test-clock.ts";
import { KeptAnswers } from "./kept-answers.ts";

const authorizer = { ttlSeconds: 60 };

test("an answer is kept as long as its authorizer says, whoever asks for it meanwhile", () => {
  const clock = new TestClock();
  const kept = new KeptAnswers<typeof authorizer, string>(clock);
  kept.keep(authorizer, "a", "yes");
  clock.advance(59_999);
  expect(kept.recall(authorizer, "a")).toBe("yes");
  clock.advance(1);
  expect(kept.recall(authorizer, "a")).toBeUndefined();
});

test("an authorizer that keeps nothing has nothing kept, and others have their own", () => {
  const kept = new KeptAnswers<typeof authorizer, string>(new TestClock());
  kept.keep({ ttlSeconds: 0 }, "a", "yes");
  kept.keep(authorizer, "a", "yes");
  expect(kept.recall({ ttlSeconds: 60 }, "a")).toBeUndefined();
});

test("the oldest answer goes where clients make up ever more tokens", () => {
  const kept = new KeptAnswers<typeof authorizer, number>(new TestClock());
  for (let token = 0; token < 1_001; token += 1) kept.keep(authorizer, String(token), token);
  expect(kept.recall(authorizer, "0")).toBeUndefined();
  expect(kept.recall(authorizer, "1")).toBe(1);
  expect(kept.recall(authorizer, "1000")).toBe(1_000);
});
