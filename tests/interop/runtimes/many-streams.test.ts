import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { functionUrlAddresses } from "../platform/addresses.ts";
import { Gate } from "../platform/gate.ts";
import { SluiceDev } from "../platform/sluice-dev.ts";
import { StreamedAnswer } from "./streamed-answer.ts";

describe("many streams at once", { timeout: 60_000 }, () => {
  let dev: SluiceDev;
  beforeAll(async () => {
    dev = await SluiceDev.start({ project: "../runtimes/load-project" });
  });
  afterAll(() => dev?.[Symbol.asyncDispose]());

  test.each([
    { streams: 50, name: "alone", where: "each in a process of its own", processes: 50 },
    { streams: 1000, name: "together", where: "64 to an environment", processes: Math.ceil(1000 / 64) },
  ])("$streams, $where: each begins, and each ends whole", async ({ streams, name, processes }) => {
    await using gate = await Gate.open();
    const { byPath } = await functionUrlAddresses(dev, name);
    const names = Array.from({ length: streams }, (_, number) => `stream ${number}`);
    const answers = await Promise.all(
      names.map((name) => StreamedAnswer.to(byPath, { name, gate: gate.url })),
    );
    await gate.arrived("middle", streams);
    await Promise.all(answers.map(({ body }, number) => body.is(`${names[number]} has begun\n`)));

    for (const _ of names) await gate.pass("middle");
    const ends = await Promise.all(answers.map(({ isComplete }) => isComplete));
    expect(ends).toEqual(names.map(() => true));
    expect(answers.map(({ status, body }) => [status, body.text])).toEqual(
      names.map((name) => [200, `${name} has begun\n${name} is done\n`]),
    );
    expect(new Set(answers.map(({ headers }) => headers.get("x-process"))).size).toBe(processes);
  });
});
