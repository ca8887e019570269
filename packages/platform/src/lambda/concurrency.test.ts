import { describe, expect, test } from "vitest";
import { type FunctionUse, findThrottling } from "./concurrency.ts";

const reserved = "ReservedFunctionConcurrentInvocationLimitExceeded";
const account = "ConcurrentInvocationLimitExceeded";

/** A function, each version as `under way of provisioned`. */
function use(reservedConcurrency: number | undefined, ...versions: readonly string[]): FunctionUse {
  return {
    reserved: reservedConcurrency,
    versions: versions.map((text) => {
      const [concurrency = 0, provisioned = 0] = text.split(" of ").map(Number);
      return { concurrency, provisioned };
    }),
  };
}

describe("one more invocation of the first version of the first function, in an account of ten", () => {
  test.each([
    { what: "alone", own: use(undefined, "9"), others: [], reason: undefined },
    { what: "the account is used up by itself", own: use(undefined, "10"), others: [], reason: account },
    {
      what: "the account is used up by others",
      own: use(undefined, "0"),
      others: [use(undefined, "4", "6")],
      reason: account,
    },
    {
      what: "what others have reserved counts though they don't use it",
      own: use(undefined, "4"),
      others: [use(6, "0")],
      reason: account,
    },
    {
      what: "what others have provisioned counts though they don't use it",
      own: use(undefined, "4"),
      others: [use(undefined, "0 of 6")],
      reason: account,
    },
    {
      what: "what others provision within what they reserve counts once",
      own: use(undefined, "3"),
      others: [use(6, "0 of 6")],
      reason: undefined,
    },
    {
      what: "what is reserved is there whatever others do",
      own: use(2, "1"),
      others: [use(undefined, "10")],
      reason: undefined,
    },
    { what: "what is reserved is used up", own: use(2, "2"), others: [], reason: reserved },
    { what: "it is used up by all versions together", own: use(2, "1", "1"), others: [], reason: reserved },
    { what: "nothing is reserved, which turns it off", own: use(0, "0"), others: [], reason: reserved },
    {
      what: "all that is reserved is provisioned for another version",
      own: use(1, "0", "0 of 1"),
      others: [],
      reason: reserved,
    },
    {
      what: "its own provisioned concurrency is free",
      own: use(1, "0 of 1", "0"),
      others: [],
      reason: undefined,
    },
    {
      what: "its own provisioned concurrency is used up, and the rest is free",
      own: use(2, "1 of 1"),
      others: [],
      reason: undefined,
    },
    {
      what: "its provisioned concurrency is free in an account that is used up",
      own: use(undefined, "0 of 2"),
      others: [use(undefined, "8")],
      reason: undefined,
    },
  ])("$what: $reason", ({ own, others, reason }) => {
    const [version = { concurrency: 0, provisioned: 0 }] = own.versions;
    expect(findThrottling(version, own, [own, ...others], 10)).toBe(reason);
  });
});
