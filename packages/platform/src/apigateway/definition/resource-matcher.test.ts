import { describe, expect, test } from "vitest";
import { matchResource, parseResource } from "./resource-matcher.ts";

/** The resource that a path belongs to, and its parameters. */
function match(paths: readonly string[], path: string) {
  const found = matchResource(paths.map(parseResource), path, () => true);
  return found === undefined ? undefined : [found.resource.path, { ...found.pathParameters }];
}

const shop = [
  "/{proxy+}",
  "/pets/{id}",
  "/pets/{id}/toys/{toy}",
  "/pets/{id}/{rest+}",
  "/pets/all",
  "/pets",
  "/",
];

describe("the resource of a path", () => {
  test.each([
    ["the root", "/", "/", {}],
    ["a literal", "/pets", "/pets", {}],
    ["a literal before a parameter", "/pets/all", "/pets/all", {}],
    ["a parameter before a greedy one", "/pets/7", "/pets/{id}", { id: "7" }],
    ["the more specific greedy one", "/pets/7/photos/1", "/pets/{id}/{rest+}", { id: "7", rest: "photos/1" }],
    ["literals between parameters", "/pets/7/toys/ball", "/pets/{id}/toys/{toy}", { id: "7", toy: "ball" }],
    ["the greedy one where nothing else is", "/cats/7", "/{proxy+}", { proxy: "cats/7" }],
    ["the same with a slash at the end", "/pets/", "/pets", {}],
    ["a parameter without the slash at the end", "/pets/7/", "/pets/{id}", { id: "7" }],
    ["a greedy value without the slash at the end", "/a/b/", "/{proxy+}", { proxy: "a/b" }],
    ["doubled slashes within a greedy value", "/a//b", "/{proxy+}", { proxy: "a//b" }],
    ["escapes kept in values", "/a/x%2By", "/{proxy+}", { proxy: "a/x%2By" }],
    ["no letter case changed", "/PETS", "/{proxy+}", { proxy: "PETS" }],
  ])("is %s: %s", (_, path, resource, parameters) => {
    expect(match(shop, path)).toEqual([resource, parameters]);
    expect(match(shop.toReversed(), path)).toEqual([resource, parameters]);
  });

  test.each([
    ["a greedy resource has no root of its own", ["/{proxy+}"], "/"],
    ["a parameter takes no empty segment", ["/pets/{id}"], "/pets//"],
    ["a parameter takes one segment only", ["/pets/{id}"], "/pets/7/toys"],
    ["a literal is not a prefix", ["/pets"], "/petshop"],
    ["there are no resources", [], "/"],
  ])("is none where %s", (_, resources, path) => {
    expect(match(resources, path)).toBeUndefined();
  });

  test("may be named like a member that every object has", () => {
    expect(match(["/{constructor}"], "/x")).toEqual(["/{constructor}", { constructor: "x" }]);
    expect(match(["/toString"], "/toString")).toEqual(["/toString", {}]);
  });
});

describe("a resource that doesn't take the request is passed over", () => {
  const takes: Record<string, readonly string[]> = {
    "/{proxy+}": ["ANY"],
    "/users/me": ["PATCH"],
    "/users/{id}": ["GET"],
    "/strict/{id}": ["GET"],
  };
  const matchMethod = (method: string, path: string, paths = Object.keys(takes)) =>
    matchResource(
      paths.map(parseResource),
      path,
      (resource) => takes[resource.path]?.some((own) => own === method || own === "ANY") ?? false,
    )?.resource.path;

  test.each([
    ["PATCH", "/users/me", "/users/me"],
    ["GET", "/users/me", "/users/{id}"],
    ["POST", "/users/me", "/{proxy+}"],
    ["POST", "/users/7", "/{proxy+}"],
    ["OPTIONS", "/strict/7", "/{proxy+}"],
  ])("%s %s goes to %s", (method, path, expected) => {
    expect(matchMethod(method, path)).toBe(expected);
  });

  test("and where no other takes it, there is none", () => {
    expect(matchMethod("POST", "/users/me", ["/users/me", "/users/{id}"])).toBeUndefined();
  });
});
