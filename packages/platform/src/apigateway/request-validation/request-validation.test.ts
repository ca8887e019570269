import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventAsBody, proxyTo, restStage, stagePath } from "../../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

const validator = "x-amazon-apigateway-request-validator";

/** A method with the model and the parameters, validated in full unless another validator is named. */
const method = (operation: object, name = "all") =>
  proxyTo("F", "BUFFERED", { operation: { [validator]: name, ...operation } });

const jsonBody = (schema: object, type = "application/json") => ({
  requestBody: { content: { [type]: { schema } } },
});

const item = {
  type: "object",
  required: ["name", "price"],
  properties: {
    name: { type: "string", minLength: 2, maxLength: 5, pattern: "^[a-z]+$" },
    price: { type: "number", minimum: 0, exclusiveMinimum: true, maximum: 100, multipleOf: 0.5 },
    kind: { enum: ["a", "b"] },
    tags: { type: "array", items: { type: "string" }, uniqueItems: true },
    when: { type: "string", format: "date-time" },
    child: { $ref: "#/components/schemas/Item" },
    note: { type: "string", nullable: true },
  },
  additionalProperties: false,
};

let platform: TestPlatform;

beforeAll(async () => {
  platform = await TestPlatform.start({
    files: { "echo/bootstrap": eventAsBody },
    resources: {
      F: scripted({ CodeUri: "echo/" }),
      ...restStage({
        invokes: ["F"],
        paths: {
          "/items/{id}": {
            parameters: [{ in: "path", name: "id", required: true }],
            post: method({
              parameters: [
                { in: "query", name: "qs1", required: true },
                { in: "query", name: "optional" },
                { in: "header", name: "x-header-param", required: true },
                { $ref: "#/components/parameters/Issuer" },
              ],
            }),
          },
          "/item": { post: method(jsonBody({ $ref: "#/components/schemas/Item" })) },
          "/by-url": {
            post: method(
              jsonBody({ $ref: "https://apigateway.amazonaws.com/restapis/abc/models/Item" }, "$default"),
            ),
          },
          "/choice": { post: method(jsonBody({ oneOf: [{ type: "string" }, { required: ["a"] }] })) },
          "/slow": { post: method(jsonBody({ type: "string", pattern: "^(a+)+$" })) },
          "/endless": { post: method(jsonBody({ $ref: "#/components/schemas/Endless" })) },
          "/unvalidated": {
            post: method(
              { ...jsonBody({ type: "string" }), parameters: [{ in: "query", name: "q", required: true }] },
              "none",
            ),
          },
        },
        root: {
          [validator]: "all",
          "x-amazon-apigateway-request-validators": {
            all: { validateRequestBody: true, validateRequestParameters: true },
            none: { validateRequestBody: false, validateRequestParameters: false },
          },
          "x-amazon-apigateway-gateway-responses": {
            BAD_REQUEST_BODY: {
              responseTemplates: { "text/plain": "$context.error.validationErrorString" },
            },
          },
          components: {
            schemas: { Item: item, Endless: { allOf: [{ $ref: "#/components/schemas/Endless" }] } },
            parameters: { Issuer: { in: "header", name: "issuer", required: true } },
          },
        },
      }),
    },
  });
});

afterAll(() => platform[Symbol.asyncDispose]());

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  platform.send({ method: "POST", path: stagePath(platform) + path, body, headers });

describe("parameters that a method requires", () => {
  const missing = (names: string) => ({
    status: 400,
    "x-amzn-errortype": "BadRequestException",
    body: JSON.stringify({ message: `Missing required request parameters: [${names}]` }),
  });

  test.each([
    { sent: "none of them", path: "/items/1", headers: {}, names: "issuer, x-header-param, qs1" },
    {
      sent: "a blank one",
      path: "/items/1?qs1=",
      headers: { issuer: "i", "x-header-param": "h" },
      names: "qs1",
    },
    {
      sent: "a name in another case",
      path: "/items/1?QS1=1",
      headers: { issuer: "i", "X-Header-Param": "h" },
      names: "x-header-param, qs1",
    },
  ])(
    "$sent: 400 with the names of headers, paths and queries, in this order",
    async ({ path, headers, names }) => {
      const answer = await post(path, "{}", headers as Record<string, string>);

      expect(await answer.summary("x-amzn-errortype")).toEqual(missing(names));
    },
  );

  test("all of them: the function is invoked", async () => {
    const answer = await post("/items/1?qs1=1", "{}", { issuer: "i", "x-header-param": "h" });

    expect(answer.status).toBe(200);
  });
});

describe("a body that is not as its model has it", () => {
  test.each([
    ["{}", '[object has missing required properties (["name","price"])]'],
    ["", '[object has missing required properties (["name","price"])]'],
    [
      '{"name":"ab","price":"1"}',
      '[instance type (string) does not match any allowed primitive type (allowed: ["integer","number"])]',
    ],
    ['{"name":"ab","price":0}', "[numeric instance is not strictly greater than the required minimum 0]"],
    [
      '{"name":"ab","price":200}',
      "[numeric instance is greater than the required maximum (maximum: 100, found: 200)]",
    ],
    ['{"name":"ab","price":1.2}', "[remainder of division is not zero (1.2 / 0.5)]"],
    ['{"name":"a","price":1}', '[string "a" is too short (length: 1, required minimum: 2)]'],
    ['{"name":"A1","price":1}', '[ECMA 262 regex "^[a-z]+$" does not match input string "A1"]'],
    ['{"name":"abcdef","price":1}', '[string "abcdef" is too long (length: 6, maximum allowed: 5)]'],
    [
      '{"name":"ab","price":1,"kind":"c"}',
      '[instance value ("c") not found in enum (possible values: ["a","b"])]',
    ],
    ['{"name":"ab","price":1,"tags":["x","x"]}', "[array must not contain duplicate elements]"],
    [
      '{"name":"ab","price":1,"x":1,"y":1}',
      '[object instance has properties which are not allowed by the schema: ["x","y"]]',
    ],
    ['{"name":"ab","price":1,"child":{"name":"cd"}}', '[object has missing required properties (["price"])]'],
    [
      '{"name":"ab","price":1,"note":null}',
      '[instance type (null) does not match any allowed primitive type (allowed: ["string"])]',
    ],
    [
      '{"name":1,"price":"x"}',
      '[instance type (integer) does not match any allowed primitive type (allowed: ["string"]), instance type (string) does not match any allowed primitive type (allowed: ["integer","number"])]',
    ],
    ['{"name":1}', '[object has missing required properties (["price"])]'],
    ["{", "[Unable to parse body as JSON]"],
  ])("%s: 400 with %s", async (body, problem) => {
    const answer = await post("/item", body, { "content-type": "application/json; charset=utf-8" });

    expect(await answer.summary("content-type")).toEqual({
      status: 400,
      "content-type": "text/plain",
      body: problem,
    });
  });

  test("an instant in another format is told with the formats that there are", async () => {
    const answer = await post("/item", '{"name":"ab","price":1,"when":"today"}');

    expect(await answer.text()).toMatch(
      /^\[string "today" is invalid against requested date format\(s\) \[yyyy-MM-dd'T'/,
    );
  });

  test("where none of several schemas matches, only that is told", async () => {
    const answer = await post("/choice", "{}");

    expect(await answer.text()).toBe("[instance failed to match exactly one schema (matched 0 out of 2)]");
  });

  test("a model for $default is for every type", async () => {
    const answer = await post("/by-url", "{}", { "content-type": "application/vnd.x+json" });

    expect(answer.status).toBe(400);
  });
});

describe("a body is passed on", () => {
  test.each([
    {
      what: "as its model has it",
      path: "/item",
      body: '{"name":"ab","price":1.5}',
      type: "application/json",
    },
    { what: "of a type without a model", path: "/item", body: "<item/>", type: "application/xml" },
    {
      what: "where the validator overlooks bodies and parameters",
      path: "/unvalidated",
      body: "{}",
      type: "application/json",
    },
  ])("$what", async ({ path, body, type }) => {
    const answer = await post(path, body, { "content-type": type });

    expect((await answer.json()) as object).toMatchObject({ body });
  });
});

describe("a model that would take for ever is given up, and the platform goes on", () => {
  test.each([
    {
      what: "a regular expression",
      path: "/slow",
      body: JSON.stringify(`${"a".repeat(40)}!`),
      says: "[not validated within 1000 ms]",
    },
    { what: "a reference to itself", path: "/endless", body: "{}", says: "[validation loop]" },
  ])("$what", async ({ path, body, says }) => {
    expect(await (await post(path, body)).text()).toBe(says);
  });
});
