import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AwsServiceError } from "../service-error.ts";
import { checkEventJson } from "./event-json.ts";

const location = (line: number, column: number) =>
  `\n at [Source: REDACTED (\`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION\` disabled); line: ${line}, column: ${column}]`;
const values = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'";

/** One of each length, and the one that stands for what is unreadable. */
const character = fc.constantFrom("a", "é", "€", "😀", "\ufffd", "\n");

function isRefused(event: Buffer): boolean {
  try {
    checkEventJson(event);
    return false;
  } catch (error) {
    return error instanceof AwsServiceError && error.code === "InvalidRequestContentException";
  }
}

describe("an event", () => {
  test("may be any JSON", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom("", " ", "\r\n\t"), (json, space) => {
        checkEventJson(Buffer.from(space + json));
      }),
    );
  });

  test("may hold the character that stands for unreadable ones", () => {
    checkEventJson(Buffer.from('"\ufffd"'));
  });

  test.each<[string, Buffer, string]>([
    // The first two as AWS answered them.
    [
      "a byte that begins no character, within a token",
      Buffer.from([0x6e, 0x87, 0x72]),
      `Invalid UTF-8 start byte 0x87${location(1, 3)}`,
    ],
    [
      "a byte that begins no value",
      Buffer.from([0x99, 0xeb, 0x2c]),
      `Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (${values})${location(1, 1)}`,
    ],
    [
      "a byte that begins no character, within a string after one that looks like it",
      Buffer.concat([Buffer.from('["\ufffd",\n"'), Buffer.from([0xff]), Buffer.from('"]')]),
      `Invalid UTF-8 start byte 0xff${location(2, 3)}`,
    ],
    [
      "a word",
      Buffer.from("hello"),
      `Unrecognized token 'hello': was expecting (${values})${location(1, 6)}`,
    ],
    [
      "punctuation",
      Buffer.from("\n ]"),
      `Unexpected character (']' (code 93)): expected a valid value (${values})${location(2, 2)}`,
    ],
    ["half an object", Buffer.from('{"a":'), "Unexpected end of JSON input"],
    ["nothing but space", Buffer.from(" "), "Unexpected end of JSON input"],
  ])("is refused if it is %s", (_, event, reason) => {
    expect(() => checkEventJson(event)).toThrow(
      expect.objectContaining({
        code: "InvalidRequestContentException",
        status: 400,
        message: `Could not parse request body into json: Could not parse payload into json: ${reason}`,
        members: { Type: "User" },
      }),
    );
  });

  test("is refused for any bytes that are no UTF-8, and the search for them ends", () => {
    fc.assert(
      fc.property(fc.array(character), fc.nat(127), (text, low) => {
        const bytes = Buffer.concat([Buffer.from(JSON.stringify(text.join(""))), Buffer.from([0x80 + low])]);
        return isRefused(bytes);
      }),
    );
  });
});
