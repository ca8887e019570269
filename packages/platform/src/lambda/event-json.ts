import { isUtf8 } from "node:buffer";
import { AwsServiceError } from "../service-error.ts";

/**
 * Refuses an event that is not JSON in UTF-8, in the words of the service as far as its parser's are known; for other
 * mistakes they are V8's.
 *
 * @throws {AwsServiceError} `InvalidRequestContentException`.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
 */
export function checkEventJson(event: Buffer): void {
  const problem = findProblem(event);
  if (problem === undefined) return;
  const { reason, at } = problem;
  const location = at === undefined ? "" : locationText(event, at);
  throw new AwsServiceError(
    "InvalidRequestContentException",
    400,
    `Could not parse request body into json: Could not parse payload into json: ${reason}${location}`,
    { Type: "User" },
  );
}

interface Problem {
  readonly reason: string;
  /** Where the parser stood, as an offset in bytes, if that is known. */
  readonly at: number | undefined;
}

const values = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'";

function findProblem(event: Buffer): Problem | undefined {
  const start = event.findIndex((byte) => !" \t\r\n".includes(String.fromCharCode(byte)));
  const first = event[start];
  if (first !== undefined && !'{["-0123456789tfn'.includes(String.fromCharCode(first))) {
    return wrongStart(event, start, first);
  }
  if (!isUtf8(event)) return wrongByte(event);
  try {
    JSON.parse(event.toString());
    return undefined;
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error), at: undefined };
  }
}

function wrongStart(event: Buffer, start: number, byte: number): Problem {
  const token = /^[A-Za-z_$][\w$]*/.exec(event.toString("latin1", start, start + 256))?.[0];
  if (token !== undefined) {
    return { reason: `Unrecognized token '${token}': was expecting (${values})`, at: start + token.length };
  }
  const isControl = byte < 0x20 || byte >= 0x7f;
  const character = isControl ? `(CTRL-CHAR, code ${byte})` : `'${String.fromCharCode(byte)}' (code ${byte})`;
  return { reason: `Unexpected character (${character}): expected a valid value (${values})`, at: start };
}

/** The first byte that no UTF-8 has there. The parser reports the place after it. */
function wrongByte(event: Buffer): Problem {
  const text = event.toString();
  let offset = 0;
  let from = 0;
  for (;;) {
    const mark = text.indexOf("\ufffd", from);
    offset += Buffer.byteLength(text.slice(from, mark));
    if (event.toString("hex", offset, offset + 3) !== "efbfbd") break;
    offset += 3;
    from = mark + 1;
  }
  return {
    reason: `Invalid UTF-8 start byte 0x${(event[offset] ?? 0).toString(16).padStart(2, "0")}`,
    at: offset + 1,
  };
}

function locationText(event: Buffer, at: number): string {
  const before = event.toString("latin1", 0, at).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  return `\n at [Source: REDACTED (\`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION\` disabled); line: ${before.length}, column: ${column}]`;
}
