import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { Gate } from "./gate.ts";
import type { RunningProcess } from "./running-process.ts";
import { SluiceDev } from "./sluice-dev.ts";

const python = inject("python");

describe.skipIf(python.missing !== undefined)("boto3, in a shell with sluice credentials", () => {
  let dev: SluiceDev;

  beforeAll(async () => {
    dev = await SluiceDev.start({ path: [python.tool?.programs ?? ""] });
  });
  afterAll(() => dev?.[Symbol.asyncDispose]());

  function boto3(program: string, name: string, event: unknown): RunningProcess {
    const script = join(import.meta.dirname, "clients", `${program}.py`);
    return dev.run("python", [script, name, JSON.stringify(event)]);
  }

  test("invoke_with_response_stream yields each piece before the next is written", async () => {
    await using gate = await Gate.open();
    await using client = boto3("invoke_with_response_stream", "pieces", { gate: gate.url });
    const printed = (...pieces: string[]) =>
      pieces.map((piece) => `{"PayloadChunk": "${piece}\\n"}\n`).join("");
    await gate.pass("one");
    await client.stdout.is(printed("one"));
    await gate.pass("two");
    await client.stdout.is(printed("one", "two"));
    await gate.pass("three");
    expect(await client.exit, client.stderr.text).toBe(0);
    expect(client.stdout.text).toBe(`${printed("one", "two", "three")}{"InvokeComplete": {}}\n`);
  });

  test("invoke_with_response_stream tells the error of a function that fails in the middle", async () => {
    await using gate = await Gate.open();
    await using client = boto3("invoke_with_response_stream", "pieces", { gate: gate.url, failure: "one" });
    await gate.pass("one");
    expect(await client.exit, client.stderr.text).toBe(0);
    const [piece, last] = client.stdout.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(piece).toEqual({ PayloadChunk: "one\n" });
    expect(last).toEqual({
      InvokeComplete: {
        ErrorCode: "RangeError",
        ErrorDetails: expect.stringContaining("no more after one"),
      },
    });
  });

  test.each([
    {
      what: "what a function returns",
      name: "greeting",
      event: { name: "Ada" },
      answer: [200, null, { greeting: "Hello, Ada", client: null }],
    },
    {
      what: "a function's error",
      name: "greeting",
      event: { failure: "no" },
      answer: [200, "Unhandled", expect.objectContaining({ errorType: "RangeError" })],
    },
    {
      what: "that there is no such function",
      name: "nobody",
      event: {},
      answer: [
        "ResourceNotFoundException",
        expect.stringMatching(/^Function not found: .*:nobody:\$LATEST$/),
      ],
    },
  ])("invoke tells $what", async ({ name, event, answer }) => {
    await using client = boto3("invoke", name, event);
    expect(await client.exit, client.stderr.text).toBe(0);
    expect(JSON.parse(client.stdout.text)).toEqual(answer);
  });
});
