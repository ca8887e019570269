import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OutputLines } from "./output-lines.ts";

function collect(): { stream: PassThrough; lines: string[]; output: OutputLines } {
  const stream = new PassThrough();
  const lines: string[] = [];
  const output = new OutputLines(stream, (taken) => {
    lines.push(...taken);
    return undefined;
  });
  return { stream, lines, output };
}

describe("what a process writes", () => {
  test.each([
    { what: "lines", text: "one\ntwo\n", lines: ["one", "two"] },
    { what: "a last line without its end", text: "one\ntwo", lines: ["one", "two"] },
    { what: "an empty line", text: "one\n\ntwo\n", lines: ["one", "", "two"] },
    { what: "a carriage return", text: "one\rmore\r\n", lines: ["one\rmore\r"] },
    { what: "nothing", text: "", lines: [] },
  ])("with $what is cut at line feeds", async ({ text, lines: expected }) => {
    const { stream, lines, output } = collect();
    stream.end(text);
    await output.ended;
    expect(lines).toEqual(expected);
  });

  test("is cut the same way however it arrives", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[aé€😀\n]{0,12}$/u)),
        fc.array(fc.nat(), { maxLength: 9 }),
        async (parts, cuts) => {
          const bytes = Buffer.from(parts.join("\n"));
          const { stream, lines, output } = collect();
          let from = 0;
          for (const cut of cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b)) {
            stream.write(bytes.subarray(from, cut));
            await turn();
            from = cut;
          }
          stream.end(bytes.subarray(from));
          await output.ended;
          const expected = bytes.toString().split("\n");
          if (expected.at(-1) === "") expected.pop();
          expect(lines).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("in one endless line is cut at 256 KiB, between characters", async () => {
    const { stream, lines, output } = collect();
    const text = `a${"€".repeat(200_000)}`;
    stream.end(`${text}\nlast\n`);
    await output.ended;
    expect(lines.slice(0, -1).join("")).toBe(text);
    expect(lines.at(-1)).toBe("last");
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(256 * 1024);
  });

  test("is read no faster than its lines are taken", async () => {
    const stream = new PassThrough();
    const gate = Promise.withResolvers<void>();
    const taken: string[] = [];
    const output = new OutputLines(stream, (lines) => {
      taken.push(...lines);
      return taken.length === 1 ? gate.promise : undefined;
    });
    stream.write("one\n");
    await turn();
    stream.end("two\n");
    await turn();
    expect(taken).toEqual(["one"]);
    expect(output.paused).toBeDefined();
    gate.resolve();
    await output.ended;
    expect(taken).toEqual(["one", "two"]);
    expect(output.paused).toBeUndefined();
  });
});
