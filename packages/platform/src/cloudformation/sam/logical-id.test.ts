import { describe, expect, test } from "vitest";
import { canonicalJson, hashedId } from "./logical-id.ts";

describe("a generated logical id", () => {
  test.each([
    // As AWS made it: a permission for a stage whose name is not alphanumeric.
    ["FAPermission", "my-stage", "FAPermissiona9d64949ee"],
    ["F", "", "F"],
    ["F", {}, "F"],
  ])("of %s and %j is %s", (prefix, data, id) => {
    expect(hashedId(prefix, data)).toBe(id);
  });

  test("does not depend on the order of keys", () => {
    expect(hashedId("L", { a: 1, b: [2] })).toBe(hashedId("L", { b: [2], a: 1 }));
  });
});

describe("the JSON that is hashed", () => {
  test.each([
    [{ b: 1, a: [true, null] }, '{"a":[true,null],"b":1}'],
    ["ünï \u{1f600}", '"\\u00fcn\\u00ef \\ud83d\\ude00"'],
    ['a"b\n', '"a\\"b\\n"'],
  ])("of %j is %s", (value, json) => {
    expect(canonicalJson(value)).toBe(json);
  });
});
