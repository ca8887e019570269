import { expect, test } from "vitest";
import { parseInput, type Terminal, UsageError } from "../command.ts";
import { dev } from "./dev.ts";
import { userPoolKeysOf } from "./user-pool-options.ts";

const terminal = { folder: "/project" } as Terminal;

test.each([
  [[], {}],
  [
    ["--user-pool-keys", "us-east-1_a=keys.json", "--user-pool-keys", "us-east-1_b=http://localhost/jwks"],
    { "us-east-1_a": "/project/keys.json", "us-east-1_b": "http://localhost/jwks" },
  ],
])("%j names key sets of user pools", async (args, expected) => {
  expect(userPoolKeysOf(await parseInput(dev, args), terminal)).toEqual(expected);
});

test.each(["keys.json", "us-east-1_a", "us-east-1_a=", "pool=keys.json"])("%s is refused", async (text) => {
  const input = await parseInput(dev, ["--user-pool-keys", text]);
  expect(() => userPoolKeysOf(input, terminal)).toThrow(UsageError);
});
