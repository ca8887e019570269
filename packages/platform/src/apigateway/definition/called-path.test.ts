import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calledPath } from "./called-path.ts";
import { matchResource, parseResource } from "./resource-matcher.ts";

/** The path in the ARN of what a request calls. */
function called(resource: string, path: string): string | undefined {
  const match = matchResource([parseResource(resource)], path, () => true);
  return match && calledPath(match.resource.segments, match.pathParameters);
}

describe("the path in the ARN of what is called", () => {
  test.each([
    ["the root", "/", "/", "/"],
    ["a text", "/pets", "/pets", "/pets"],
    ["a text with a letter as an escape", "/pets", "/p%65ts", "/pets"],
    ["a text with an escape that it needs", "/a:b", "/a%3Ab", "/a:b"],
    ["a slash at the end", "/pets", "/pets/", "/pets"],
    ["a value", "/pets/{id}", "/pets/7", "/pets/7"],
    ["a value with a letter as an escape", "/pets/{id}", "/pets/%72ex", "/pets/rex"],
    ["a value with a slash in it", "/pets/{id}", "/pets/a%2fb", "/pets/a%2Fb"],
    ["the rest of the path", "/{proxy+}", "/a//b/%2e%2E/c/", "/a//b/../c"],
  ])("of %s", (_, resource, path, expected) => {
    expect(called(resource, path)).toBe(expected);
  });

  test("is the same whichever letters are written as escapes", () => {
    const step = fc.stringMatching(/^[a-z0-9._~-]{1,8}$/);
    const choices = fc.array(fc.boolean(), { minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(step, step, choices, fc.boolean(), (text, value, isEscaped, hasSlash) => {
        let index = 0;
        const written = `/${text}/${value}`.replace(/[^/]/g, (character) =>
          isEscaped[index++ % 32] === true ? `%${character.charCodeAt(0).toString(16)}` : character,
        );
        expect(called(`/${text}/{id}`, hasSlash ? `${written}/` : written)).toBe(`/${text}/${value}`);
      }),
    );
  });
});
