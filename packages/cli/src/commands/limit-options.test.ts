import { describe, expect, test } from "vitest";
import { parseInput } from "../command.ts";
import { dev } from "./dev.ts";
import { limitsOf } from "./limit-options.ts";

const mb = 1024 * 1024;
const lifted = Number.POSITIVE_INFINITY;

describe("options of sluice dev for limits", () => {
  test.each([
    { args: [], limits: {} },
    { args: ["--api-rate", "5"], limits: { apiRequests: { ratePerSecond: 5, burst: 3 } } },
    { args: ["--api-rate", "unlimited"], limits: { apiRequests: { ratePerSecond: lifted, burst: lifted } } },
    { args: ["--bandwidth", "unlimited"], limits: { streamBytesPerSecond: lifted } },
    { args: ["--bandwidth", "8"], limits: { streamBytesPerSecond: 8 * mb } },
    { args: ["--concurrency", "10"], limits: { accountConcurrency: 10 } },
    { args: ["--concurrency=unlimited"], limits: { accountConcurrency: lifted } },
    { args: ["--request-size", "unlimited"], limits: { eventBytes: lifted, apiPayloadBytes: lifted } },
    {
      args: ["--response-size", "unlimited"],
      limits: { bufferedResponseBytes: lifted, streamedResponseBytes: lifted },
    },
    { args: ["--timeout", "unlimited"], limits: { enforcesTimeouts: false } },
  ])("$args", async ({ args, limits }) => {
    expect(limitsOf(await parseInput(dev, args)).limits).toEqual(limits);
  });

  test("are told as they were given", async () => {
    const input = await parseInput(dev, ["--timeout", "unlimited", "--bandwidth", "8"]);
    expect(limitsOf(input).differences).toEqual(["bandwidth 8", "timeout unlimited"]);
  });

  test.each([
    [["--bandwidth", "fast"], '--bandwidth is "fast"; give a whole number from 1, or unlimited.'],
    [["--concurrency", "0"], '--concurrency is "0"; give a whole number from 1, or unlimited.'],
    [["--timeout", "30"], '--timeout is "30"; it can only be unlimited. AWS has one limit for everyone.'],
  ])("%j is refused", async (args, message) => {
    const input = await parseInput(dev, args);
    expect(() => limitsOf(input)).toThrow(message);
  });
});
