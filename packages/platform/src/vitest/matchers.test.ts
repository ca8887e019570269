import { timedChunk } from "@sluice/protocol";
import { streaming } from "@sluice/runtime";
import { invoke } from "@sluice/runtime/testing";
import { describe, expect, test } from "vitest";
import "./index.ts";
import type { Streamed } from "./timeline.ts";

/** Three pieces of a whole stream, the last one late. */
const whole = {
  functionName: "Numbers",
  kind: "stream",
  prelude: { statusCode: 200, headers: { "Content-Type": "text/plain" }, cookies: ["a=1; Path=/", "b=2"] },
  preludeAtMs: 80,
  chunks: [timedChunk("one\n", 80.25), timedChunk("two\n", 81), timedChunk("three\n", 1_081.5)],
  text: "one\ntwo\nthree\n",
  error: undefined,
  endedAtMs: 1_082,
} satisfies Streamed;
const error = {
  errorType: "GoneError",
  errorMessage: "The database is gone.",
  reported: "trailers",
} as const;
const broken = {
  ...whole,
  chunks: whole.chunks.slice(0, 1),
  text: "one\n",
  error,
  endedAtMs: 90,
  leftAtMs: 85,
};

function messageOf(assertion: () => void): string {
  try {
    assertion();
  } catch (thrown) {
    return (thrown as Error).message;
  }
  throw new Error("The assertion held.");
}

test("a failure shows what happened and when", () => {
  expect(messageOf(() => expect(broken).toHaveStreamed())).toBe(
    `Numbers: expected the stream to be whole; it failed with GoneError: The database is gone. (in trailers)

  80.0 ms  prelude 200 {"headers":{"Content-Type":"text/plain"},"cookies":["a=1; Path=/","b=2"]}
  80.3 ms  4 bytes "one\\n"
  85.0 ms  the client left
  90.0 ms  failed: GoneError: The database is gone. (in trailers)
`,
  );
});

test("a failure shows when the client left, though the function wrote on", () => {
  const message = messageOf(() => expect({ ...whole, leftAtMs: 80.5 }).toHaveFailedWith("x"));
  expect(message).toMatch(/one\\n"\n.*80\.5 ms {2}the client left\n.*two\\n"\n/);
});

test("a failure shows the ends of a long stream, and of long pieces, whatever is in them", () => {
  const chunks = Array.from({ length: 100 }, (_, index) => timedChunk(`piece ${index}`, index));
  chunks[1] = timedChunk("x".repeat(1_000), 1);
  chunks[99] = timedChunk(Buffer.from([0xff, 0x00]), 99, 70_000);
  const message = messageOf(() => expect({ ...whole, chunks }).toHaveArrivedInPieces(101));
  expect(message).toContain("at least 101 pieces; there were 100");
  expect(message.split("\n").filter((line) => line.includes("piece ")).length).toBe(18);
  expect(message).toContain(`1.0 ms  1000 bytes "${"x".repeat(47)}…\n`);
  expect(message).toContain("  … 80 pieces more\n");
  expect(message).toContain("99.0 ms  70000 bytes ff00\n");
});

describe.each<[string, (actual: Streamed) => void, Streamed, string | undefined]>([
  ["a whole stream", (actual) => expect(actual).toHaveStreamed(), whole, undefined],
  ["its body", (actual) => expect(actual).toHaveStreamed("one\ntwo\nthree\n"), whole, undefined],
  ["a pattern of it", (actual) => expect(actual).toHaveStreamed(/two\n/g), whole, undefined],
  [
    "its pieces",
    (actual) => expect(actual).toHaveStreamed(["one\n", /two/, expect.any(String)]),
    whole,
    undefined,
  ],
  [
    "another body",
    (actual) => expect(actual).toHaveStreamed("one"),
    whole,
    'the body "one"; it was "one\\ntwo\\nthree\\n"',
  ],
  [
    "other pieces",
    (actual) => expect(actual).toHaveStreamed(["one\ntwo\nthree\n"]),
    whole,
    "expected the pieces [",
  ],
  [
    "a buffered response",
    (actual) => expect(actual).toHaveStreamed(),
    { ...whole, kind: "buffered" },
    "a stream; the response was buffered",
  ],
  [
    "a stream that goes on",
    (actual) => expect(actual).toHaveStreamed(),
    { ...whole, endedAtMs: undefined },
    "the stream to be over",
  ],
  [
    "a prelude, names in any case",
    (actual) => expect(actual).toHavePrelude({ statusCode: 200, headers: { "content-type": /^text/ } }),
    whole,
    undefined,
  ],
  [
    "one of several values of a header",
    (actual) => expect(actual).toHavePrelude({ headers: { vary: "b" } }),
    { ...whole, prelude: { headers: { Vary: "z" }, multiValueHeaders: { Vary: ["a", "b"] } } },
    undefined,
  ],
  [
    "cookies",
    (actual) => expect(actual).toHavePrelude({ cookies: [expect.stringContaining("a=1"), "b=2"] }),
    whole,
    undefined,
  ],
  [
    "another prelude",
    (actual) => expect(actual).toHavePrelude({ statusCode: 201, headers: { x: "1" }, cookies: ["b=2"] }),
    whole,
    'status 201, not 200, and header x "1", not undefined, and cookies ["b=2"], not ["a=1; Path=/", "b=2"]',
  ],
  [
    "no prelude",
    (actual) => expect(actual).toHavePrelude({}),
    { ...whole, prelude: undefined },
    "there to be a prelude",
  ],
  ["two pieces", (actual) => expect(actual).toHaveArrivedInPieces(), whole, undefined],
  ["pieces apart", (actual) => expect(actual).toHaveArrivedInPieces(2, { apartMs: 1_000 }), whole, undefined],
  [
    "pieces not far enough apart",
    (actual) => expect(actual).toHaveArrivedInPieces(3, { apartMs: 500 }),
    whole,
    "at least 3 pieces, 500 ms apart; there were 2",
  ],
  ["one piece", (actual) => expect(actual).toHaveArrivedInPieces(), broken, "at least 2 pieces; there was 1"],
  ["an error by its type", (actual) => expect(actual).toHaveFailedWith("GoneError"), broken, undefined],
  ["by its message", (actual) => expect(actual).toHaveFailedWith("database"), broken, undefined],
  ["by a pattern", (actual) => expect(actual).toHaveFailedWith(/gone\.$/), broken, undefined],
  [
    "by its members",
    (actual) => expect(actual).toHaveFailedWith({ errorType: "GoneError", reported: "trailers" }),
    broken,
    undefined,
  ],
  [
    "another error",
    (actual) => expect(actual).toHaveFailedWith({ errorMessage: "Elsewhere." }),
    broken,
    'the error { errorMessage: "Elsewhere." }; it was GoneError: The database is gone. (in trailers)',
  ],
  [
    "no error",
    (actual) => expect(actual).toHaveFailedWith("GoneError"),
    whole,
    'the error "GoneError"; there was none',
  ],
])("%s", (_, assertion, actual, problem) => {
  test(problem === undefined ? "is found" : "is missed", () => {
    if (problem === undefined) assertion(actual);
    else expect(messageOf(() => assertion(actual))).toContain(problem);
  });
});

test("what is expected not to be is said in the failure, too", () => {
  expect(whole).not.toHaveFailedWith("GoneError");
  expect(messageOf(() => expect(whole).not.toHaveArrivedInPieces(2))).toContain(
    "expected fewer than 2 pieces",
  );
});

test("what invoke of @sluice/runtime/testing returned is understood as well", async () => {
  const handler = streaming(async (_event, response) => {
    await response.writeStatusAndHeaders({ statusCode: 201 });
    await response.write("half");
    throw new RangeError("No more.");
  });
  const result = await invoke(handler, {});
  expect(result).toHavePrelude({ statusCode: 201 });
  expect(result).toHaveFailedWith({ errorType: "RangeError", errorMessage: "No more." });
  expect(messageOf(() => expect(result).toHaveStreamed("half"))).toMatch(
    / ms {2}prelude 201\n.* ms {2}4 bytes "half"\n.*failed: RangeError: No more\./,
  );
});

test("what can't be looked at is told apart", () => {
  expect(() => expect(new Response("x")).toHaveStreamed()).toThrow("Read the response with receive() first.");
  expect(() => expect("x").toHaveStreamed()).toThrow("toHaveStreamed takes an invocation of a platform");
});
