import { expect, test } from "vitest";
import { Turnstile } from "./turnstile.ts";

test("one begins at once, and then one in each turn of the event loop, in their order", async () => {
  const happened: string[] = [];
  const turnstile = new Turnstile();
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  for (const name of ["first", "second", "third"]) turnstile.enter(() => happened.push(name));
  for (let turns = 0; turns < 3; turns++) {
    happened.push("turn");
    await turn();
  }
  expect(happened).toEqual(["first", "turn", "second", "turn", "third", "turn"]);
  // Nobody has come for a while.
  turnstile.enter(() => happened.push("fourth"));
  expect(happened.at(-1)).toBe("fourth");
});

test("what comes while another begins waits for its turn", () => {
  const happened: string[] = [];
  const turnstile = new Turnstile();
  turnstile.enter(() => {
    turnstile.enter(() => happened.push("second"));
    happened.push("first");
  });
  expect(happened).toEqual(["first"]);
});
