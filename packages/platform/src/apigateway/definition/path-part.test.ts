import { describe, expect, test } from "vitest";
import { pathsProblem } from "./path-part.ts";

describe("paths that API Gateway refuses", () => {
  const sibling = (part: string) =>
    `A sibling (${part}) of this resource already has a variable path part -- only one is allowed`;
  test.each([
    ["two variables at one place", ["/pets/{id}", "/pets/{name}"], "/pets/{name}", sibling("{id}")],
    ["a variable beside a greedy one", ["/{proxy+}", "/{id}/a"], "/{id}/a", sibling("{proxy+}")],
    ["a greedy variable beside another one", ["/a/{id}/b", "/a/{all+}"], "/a/{all+}", sibling("{id}")],
    [
      "something below a greedy variable",
      ["/a/{all+}/b"],
      "/a/{all+}/b",
      "Cannot create a child of a resource with a greedy path variable: {all+}",
    ],
    ["a variable with text around it", ["/a/v{n}"], "/a/v{n}", "Resource's path part only allow"],
    ["an empty variable", ["/a/{}"], "/a/{}", "Resource's path part only allow"],
    ["a brace that stays open", ["/a/{b"], "/a/{b", "Resource's path part only allow"],
  ])("%s", (_, paths, path, reason) => {
    expect(pathsProblem(paths)).toEqual({ path, reason: expect.stringContaining(reason) });
  });
});

test.each([
  ["variables of one name", ["/pets/{id}", "/pets/{id}/toys/{toy}", "/pets/{id}/toys"]],
  ["variables at different places", ["/a/{id}", "/b/{name}", "/{root}"]],
  ["texts beside a variable", ["/a/{id}", "/a/b", "/a/b/{other}"]],
  ["greedy variables below each other's siblings", ["/{id}", "/{id}/{rest+}", "/a/{rest+}"]],
  ["the root and slashes at the end", ["/", "/a/", "/a/{b}/"]],
])("%s are taken", (_, paths) => {
  expect(pathsProblem(paths)).toBeUndefined();
});
