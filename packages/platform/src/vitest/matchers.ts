import type { HttpPrelude } from "@sluice/protocol";
import { counted, failureOf, type Streamed, timelineOf } from "./timeline.ts";

/** A text, or what can be said of one: a pattern, or an asymmetric matcher such as `expect.stringContaining("x")`. */
export type TextExpectation = string | RegExp | { asymmetricMatch(other: unknown): boolean };

/** What a prelude is expected to have, or more. */
export interface PreludeExpectation {
  readonly statusCode?: number;
  /** Names in any case. */
  readonly headers?: Readonly<Record<string, TextExpectation>>;
  readonly cookies?: readonly TextExpectation[];
}

/** What an error is expected to have, or more. */
export interface FailureExpectation {
  readonly errorType?: TextExpectation;
  readonly errorMessage?: TextExpectation;
  readonly reported?: "response" | "trailers" | "platform";
}

/** What a matcher answers. */
interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

export function toHaveStreamed(received: unknown, expected?: BodyExpectation): Verdict {
  const streamed = streamedOf(received, "toHaveStreamed");
  const problem = problemOfStream(streamed) ?? problemOfBody(streamed, expected);
  return verdict(streamed, problem, "the function not to have streamed that");
}

export function toHavePrelude(received: unknown, expected: PreludeExpectation): Verdict {
  const streamed = streamedOf(received, "toHavePrelude");
  const { prelude } = streamed;
  const { statusCode, headers = {}, cookies } = expected;
  const problems: string[] = [];
  if (prelude === undefined) problems.push("there to be a prelude");
  if (statusCode !== undefined && prelude?.statusCode !== statusCode) {
    problems.push(`status ${statusCode}, not ${prelude?.statusCode}`);
  }
  const sent = headersOf(prelude ?? {});
  for (const [name, value] of Object.entries(headers)) {
    const values = sent.get(name.toLowerCase()) ?? [undefined];
    if (!values.some((one) => matches(one, value))) {
      problems.push(`header ${name} ${show(value)}, not ${values.map(show).join(", ")}`);
    }
  }
  const own = prelude?.cookies ?? [];
  if (
    cookies !== undefined &&
    !(own.length === cookies.length && own.every((one, index) => matches(one, cookies[index])))
  ) {
    problems.push(`cookies ${show(cookies)}, not ${show(own)}`);
  }
  const problem = problems.length === 0 ? undefined : problems.join(", and ");
  return verdict(streamed, problem, "another prelude");
}

export function toHaveArrivedInPieces(
  received: unknown,
  atLeast = 2,
  options: { readonly apartMs?: number } = {},
): Verdict {
  const streamed = streamedOf(received, "toHaveArrivedInPieces");
  const { apartMs = 0 } = options;
  let pieces = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { atMs } of streamed.chunks) {
    if (atMs - lastMs < apartMs) continue;
    pieces += 1;
    lastMs = atMs;
  }
  const apart = apartMs > 0 ? `, ${apartMs} ms apart` : "";
  const expectation = `at least ${counted(atLeast, "piece")}${apart}`;
  const problem =
    pieces >= atLeast ? undefined : `${expectation}; there ${pieces === 1 ? "was" : "were"} ${pieces}`;
  return verdict(streamed, problem, `fewer than ${counted(atLeast, "piece")}${apart}`);
}

export function toHaveFailedWith(received: unknown, expected: TextExpectation | FailureExpectation): Verdict {
  const streamed = streamedOf(received, "toHaveFailedWith");
  const { error } = streamed;
  const isFit = error !== undefined && isExpectedFailure(error, expected);
  const instead = error === undefined ? "there was none" : `it was ${failureOf(error)}`;
  const problem = isFit ? undefined : `the error ${show(expected)}; ${instead}`;
  return verdict(streamed, problem, `another error than ${show(expected)}`);
}

/** By their names in lower case; for a name that is in both, the list counts. */
function headersOf({ headers = {}, multiValueHeaders = {} }: Partial<HttpPrelude>) {
  const sent = new Map<string, readonly (string | undefined)[]>();
  for (const [name, value] of Object.entries(headers)) sent.set(name.toLowerCase(), [value]);
  for (const [name, values] of Object.entries(multiValueHeaders)) sent.set(name.toLowerCase(), values);
  return sent;
}

type BodyExpectation = TextExpectation | readonly TextExpectation[] | undefined;

function problemOfStream(streamed: Streamed): string | undefined {
  const { kind, error } = streamed;
  if (error !== undefined) return `the stream to be whole; it failed with ${failureOf(error)}`;
  if (kind !== "stream") return `a stream; the response was ${kind ?? "not there yet"}`;
  if ("endedAtMs" in streamed && streamed.endedAtMs === undefined) return "the stream to be over";
  return undefined;
}

function problemOfBody({ text, chunks }: Streamed, expected: BodyExpectation): string | undefined {
  if (expected === undefined) return undefined;
  if (!isList(expected))
    return matches(text, expected) ? undefined : `the body ${show(expected)}; it was ${show(text)}`;
  const pieces = chunks.map(String);
  const isSame =
    pieces.length === expected.length && pieces.every((piece, index) => matches(piece, expected[index]));
  return isSame ? undefined : `the pieces ${show(expected)}`;
}

function isList(
  expected: TextExpectation | readonly TextExpectation[],
): expected is readonly TextExpectation[] {
  return Array.isArray(expected);
}

/** A text is the error's type, or part of its message. */
function isExpectedFailure(
  error: NonNullable<Streamed["error"]>,
  expected: TextExpectation | FailureExpectation,
): boolean {
  const { errorType, errorMessage, reported } = error;
  if (typeof expected === "string") return errorType === expected || errorMessage.includes(expected);
  if (expected instanceof RegExp || "asymmetricMatch" in expected) {
    return matches(errorType, expected) || matches(errorMessage, expected);
  }
  return (
    (expected.errorType === undefined || matches(errorType, expected.errorType)) &&
    (expected.errorMessage === undefined || matches(errorMessage, expected.errorMessage)) &&
    (expected.reported === undefined || expected.reported === reported)
  );
}

function matches(text: string | undefined, expected: TextExpectation | undefined): boolean {
  if (expected instanceof RegExp) return text !== undefined && text.search(expected) >= 0;
  if (typeof expected === "object") return expected.asymmetricMatch(text);
  return text === expected;
}

function verdict(streamed: Streamed, problem: string | undefined, otherwise: string): Verdict {
  const { functionName } = streamed;
  const subject = functionName === undefined ? "" : `${functionName}: `;
  return {
    pass: problem === undefined,
    message: () => `${subject}expected ${problem ?? otherwise}\n\n${timelineOf(streamed)}\n`,
  };
}

function streamedOf(received: unknown, matcher: string): Streamed {
  if (
    typeof received === "object" &&
    received !== null &&
    "chunks" in received &&
    Array.isArray(received.chunks)
  ) {
    return received as unknown as Streamed;
  }
  const hint = received instanceof Response ? " Read the response with receive() first." : "";
  throw new TypeError(
    `${matcher} takes an invocation of a platform, a received response, or what invoke() returned.${hint}`,
  );
}

function show(expected: unknown): string {
  if (expected instanceof RegExp) return String(expected);
  if (Array.isArray(expected)) return `[${expected.map(show).join(", ")}]`;
  if (typeof expected === "object" && expected !== null && "asymmetricMatch" in expected)
    return String(expected);
  if (typeof expected === "object" && expected !== null) {
    return `{ ${Object.entries(expected)
      .map(([name, value]) => `${name}: ${show(value)}`)
      .join(", ")} }`;
  }
  return JSON.stringify(expected) ?? "undefined";
}
