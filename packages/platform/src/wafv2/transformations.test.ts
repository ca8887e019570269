import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isMatch } from "../../test/waf-rules.ts";
import { transformationOf } from "./transformations.ts";

const documented = [
  ["NONE", "A b", "A b"],
  ["BASE64_DECODE", "c2VsZWN0", "select"],
  ["BASE64_DECODE", "c2Vs!ZWN0", "sel"],
  ["BASE64_DECODE_EXT", "c2Vs!ZW N0", "select"],
  ["CMD_LINE", `c^m"d' ,;/C  DIR (x`, "cmd/c dir(x"],
  ["COMPRESS_WHITE_SPACE", "a \t\r\n\f\v\xa0 b", "a b"],
  ["CSS_DECODE", "ja\\vascript", "javascript"],
  ["CSS_DECODE", "\\6a avascript \\00006a", "javascript j"],
  ["ESCAPE_SEQ_DECODE", '\\x41\\102\\t\\"\\?\\q', 'AB\t"?\\q'],
  ["HEX_DECODE", "73656c656374", "select"],
  ["HEX_DECODE", "7365zz", "se"],
  ["HTML_ENTITY_DECODE", "&quot;&nbsp;&lt;&gt;&amp;&#x41;&#66;", '"\xa0<>&AB'],
  ["JS_DECODE", "\\u0061l\\x65rt\\50\\uff11\\)", "alert(1)"],
  ["LOWERCASE", "SELECT Ä", "select Ä"],
  ["MD5", "", "\xd4\x1d\x8c\xd9\x8f\x00\xb2\x04\xe9\x80\x09\x98\xec\xf8\x42\x7e"],
  ["NORMALIZE_PATH", "/a//./b/../c", "/a/c"],
  ["NORMALIZE_PATH", "../../etc/./passwd", "../../etc/passwd"],
  ["NORMALIZE_PATH", "/a/b/..", "/a/"],
  ["NORMALIZE_PATH_WIN", "\\a\\.\\b\\..\\c", "/a/c"],
  ["REMOVE_NULLS", "a\0b", "ab"],
  ["REMOVE_WHITESPACE", " a\tb ", "ab"],
  ["REPLACE_COMMENTS", "a/*x*//*y*/b */ c/*", "a  b */ c "],
  ["REPLACE_NULLS", "a\0b", "a b"],
  ["SQL_HEX_DECODE", "concat(0x414243, 0x4)", "concat(ABC, 0x4)"],
  ["TRIM", " \ta b\n ", "a b"],
  ["TRIM_LEFT", " a ", "a "],
  ["TRIM_RIGHT", " a ", " a"],
  ["UPPERCASE", "select", "SELECT"],
  ["URL_DECODE", "%27+or%201%3d1%zz", "' or 1=1%zz"],
  ["URL_DECODE_UNI", "%u0061%uff1c%41%u00zz", "a<A%u00zz"],
  ["UTF8_TO_UNICODE", "a\xc3\xa9\xe2\x82\xac\xff", "a%u00e9%u20ac\xff"],
] as const;

describe("a text transformation", () => {
  test.each(documented)("%s turns %j into %j", (name, given, expected) => {
    expect(transformationOf(name)(given)).toBe(expected);
  });

  const names = [...new Set(documented.map(([name]) => name)), "REMOVE_COMMENTS_CHAR", "SHA256"];
  const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array).toString("latin1"));
  const escapes = fc
    .array(fc.constantFrom("%", "u", "\\", "x", "&#", ";", "0x", "/*", "*/", "..", "/", "4", "f", "\xe2"))
    .map((pieces) => pieces.join(""));

  test.each(names)("%s takes any bytes and gives bytes", (name) => {
    const apply = transformationOf(name);
    fc.assert(
      fc.property(fc.oneof(bytes, escapes), (given) => {
        const result = apply(given);
        expect([...result].every((character) => character.charCodeAt(0) <= 0xff)).toBe(true);
      }),
    );
  });

  const hostile = [" ", "\\", "%u", "&#", "/", "../", "/*", "0x", "\xe2\x82", "(", "<", "'", "--"];
  test.each(names)(
    "%s takes the longest body of anything at once",
    (name) => {
      const apply = transformationOf(name);
      // Whatever grew with the square of the length would take minutes.
      for (const piece of hostile) apply(piece.repeat(65_536 / piece.length));
    },
    20_000,
  );

  test("they are applied in the order of their priorities", () => {
    const statement = (first: string, second: string) => ({
      ByteMatchStatement: {
        FieldToMatch: { QueryString: {} },
        PositionalConstraint: "EXACTLY",
        SearchString: "<",
        TextTransformations: [
          { Priority: 7, Type: second },
          { Priority: 3, Type: first },
        ],
      },
    });
    expect(isMatch(statement("URL_DECODE", "HTML_ENTITY_DECODE"), { rawQuery: "%26lt;" })).toBe(true);
    expect(isMatch(statement("HTML_ENTITY_DECODE", "URL_DECODE"), { rawQuery: "%26lt;" })).toBe(false);
  });
});
