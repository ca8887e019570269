import { describe, expect, test } from "vitest";
import { matchRoute, parseRouteKey, type RoutePattern } from "./route-key.ts";

function routes(...keys: string[]): RoutePattern[] {
  return keys.map((key) => {
    const route = parseRouteKey(key);
    if ("problem" in route) throw new Error(route.problem);
    return route;
  });
}

describe("the route of a request", () => {
  // The order of the documentation's own example, turned around.
  const api = routes(
    "$default",
    "ANY /{proxy+}",
    "GET /pets/{proxy+}",
    "GET /pets/dog/{id}",
    "GET /pets/dog/1",
    "ANY /pets/{kind}",
    "POST /pets/{kind}",
    "GET /",
    "GET /{a}/{b}/c",
    "GET /a b",
  );

  test.each<[string, string, string, Record<string, string>]>([
    ["GET", "/pets/dog/1", "GET /pets/dog/1", {}],
    ["GET", "/pets/dog/2", "GET /pets/dog/{id}", { id: "2" }],
    ["GET", "/pets/cat/1", "GET /pets/{proxy+}", { proxy: "cat/1" }],
    ["POST", "/pets/dog/1", "ANY /{proxy+}", { proxy: "pets/dog/1" }],
    // The method itself before ANY.
    ["POST", "/pets/dog", "POST /pets/{kind}", { kind: "dog" }],
    ["DELETE", "/pets/dog", "ANY /pets/{kind}", { kind: "dog" }],
    ["GET", "/pets/dog", "ANY /pets/{kind}", { kind: "dog" }],
    // A full match before a greedy one, even if that one begins more literally.
    ["GET", "/pets/x/c", "GET /{a}/{b}/c", { a: "pets", b: "x" }],
    ["GET", "/", "GET /", {}],
    ["POST", "/", "ANY /{proxy+}", { proxy: "" }],
    // A slash at the end is part of the path.
    ["GET", "/pets/dog/1/", "GET /pets/{proxy+}", { proxy: "dog/1/" }],
    ["GET", "/a%20b", "GET /a b", {}],
    ["GET", "/pets/a%2Fb", "ANY /pets/{kind}", { kind: "a%2Fb" }],
  ])("%s %s is %s", (method, path, key, pathParameters) => {
    const match = matchRoute(api, method, path);
    expect(match?.route.key).toBe(key);
    expect(match?.pathParameters).toEqual(pathParameters);
  });

  test("is the default one only where there is no other", () => {
    const few = routes("$default", "GET /pets");
    expect(matchRoute(few, "GET", "/pets")?.route.key).toBe("GET /pets");
    expect(matchRoute(few, "POST", "/pets")?.route.key).toBe("$default");
    expect(matchRoute(few, "GET", "/pets/")?.route.key).toBe("$default");
    expect(matchRoute(routes("GET /pets"), "POST", "/pets")).toBeUndefined();
  });
});

test.each([
  ["GET", /no method and path/],
  ["get /pets", /no method and path/],
  ["TRACE /pets", /no method and path/],
  ["GET pets", /no method and path/],
  ["ANY /{proxy+}/more", /must be last/],
])("%s is no route key", (key, problem) => {
  expect(parseRouteKey(key)).toEqual({ problem: expect.stringMatching(problem) });
});
