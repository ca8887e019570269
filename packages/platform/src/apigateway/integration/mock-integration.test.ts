import { describe, expect, test } from "vitest";
import { readRestApi } from "../definition/rest-api.ts";
import { RestApiError } from "../definition/rest-api-error.ts";

const json = "application/json";
const origin = "method.response.header.Access-Control-Allow-Origin";
const response = { statusCode: "200", responseParameters: { [origin]: "'*'" } };
const preflight = {
  type: "mock",
  requestTemplates: { [json]: '{"statusCode": 200}' },
  responses: { default: response },
};

/** What a path with this integration for `OPTIONS` is read as. */
function read(integration: object) {
  const operation = { "x-amazon-apigateway-integration": { ...preflight, ...integration } };
  const [resource] = readRestApi({ paths: { "/a": { options: operation } } }).resources;
  return { served: resource?.methods.get("OPTIONS"), unserved: resource?.unserved.get("OPTIONS") };
}

/** What requests with JSON, and those without a body, are answered with. */
function answerOf(integration: object) {
  const method = read(integration).served?.integration;
  if (method?.type !== "mock") throw new Error("It is not served.");
  return method.answers.get(json);
}

const withResponse = (members: object) => ({ responses: { default: { ...response, ...members } } });
const withTemplate = (template: unknown) => ({ requestTemplates: { [json]: template } });
const allowed = ["Access-Control-Allow-Origin", "*"];
const ok = { status: 200, headers: [["Content-Type", json], allowed], body: "" };

describe("a mock integration is served", () => {
  test.each<[string, object, object]>([
    ["as AWS's console writes it", {}, ok],
    ["as SAM writes it", withTemplate('{\n  "statusCode" : 200\n}\n'), ok],
    ["with a key that has no quotes", withTemplate("{ statusCode: 200 }"), ok],
    ["with a key in single quotes", withTemplate("{'statusCode':200}"), ok],
    ["in capitals", { type: "MOCK" }, ok],
    ["with a status that is a number", withResponse({ statusCode: 204 }), { ...ok, status: 204 }],
    ["with an empty response template", withResponse({ responseTemplates: { [json]: "" } }), ok],
    ["with none at all", withResponse({ responseTemplates: { [json]: null } }), ok],
    [
      "with a constant response template",
      withResponse({ responseTemplates: { [json]: "{}\n" } }),
      { ...ok, body: "{}\n" },
    ],
    [
      "with a template of another type",
      withResponse({ responseTemplates: { "text/plain": "hi" } }),
      { ...ok, headers: [["Content-Type", "text/plain"], allowed], body: "hi" },
    ],
    [
      "with a content type of its own",
      withResponse({ responseParameters: { "method.response.header.content-type": "'text/css'" } }),
      { ...ok, headers: [["content-type", "text/css"]] },
    ],
    [
      "with the response of its status before the default one",
      { responses: { default: response, "200": { statusCode: "202" } } },
      { status: 202, headers: [["Content-Type", json]], body: "" },
    ],
  ])("%s", (_, integration, expected) => {
    expect(answerOf(integration)).toEqual(expected);
  });
});

describe("a mock integration is left out, and why is told by name, when it has", () => {
  test.each<[string, object, string]>([
    ["no request template", { requestTemplates: undefined }, "no request template"],
    [
      "VTL that gives the status",
      withTemplate('#if($input.path)\n{"statusCode": 200}\n#end'),
      "the request template for application/json",
    ],
    ["more than a status", withTemplate('{"statusCode": 200, "a": 1}'), "the request template"],
    ["a request template that is no text", withTemplate({ statusCode: 200 }), "the request template"],
    ["a response chosen by a pattern", { responses: { "2\\d{2}": response } }, 'the response "2\\d{2}"'],
    ["no response for its status", { responses: { "400": response } }, "no response for the status 200"],
    ["a response without a status", withResponse({ statusCode: undefined }), 'the response "default" has no'],
    ["a status that HTTP lacks", withResponse({ statusCode: "20" }), 'the response "default" has no'],
    [
      "VTL that gives the body",
      withResponse({ responseTemplates: { [json]: "$context.requestId" } }),
      "the response template for application/json",
    ],
    [
      "several response templates",
      withResponse({ responseTemplates: { [json]: "{}", "text/plain": "" } }),
      "several response templates",
    ],
    [
      "a mapped header",
      withResponse({ responseParameters: { [origin]: "integration.response.header.Origin" } }),
      "the header Access-Control-Allow-Origin is mapped from integration.response.header.Origin",
    ],
    [
      "a header from a stage variable",
      withResponse({ responseParameters: { [origin]: "stageVariables.origin" } }),
      "is mapped from stageVariables.origin",
    ],
    [
      "a quote in a quoted value",
      withResponse({ responseParameters: { [origin]: "'a'b'" } }),
      "the header Access-Control-Allow-Origin",
    ],
    [
      "a header that API Gateway renames",
      withResponse({ responseParameters: { "method.response.header.Server": "'s'" } }),
      "the header Server",
    ],
    [
      "a header that HTTP can't carry",
      withResponse({ responseParameters: { [origin]: "'a\nb'" } }),
      "the header Access-Control-Allow-Origin",
    ],
    ["a conversion to bytes", { contentHandling: "CONVERT_TO_BINARY" }, "CONVERT_TO_BINARY"],
  ])("%s", (_, integration, reason) => {
    const { served, unserved } = read(integration);
    expect(served).toBeUndefined();
    expect(unserved).toMatch(/^Only mock integrations with a constant answer are served here, and /);
    expect(unserved).toContain(reason);
  });
});

describe("a mock integration that AWS refuses to deploy is an error:", () => {
  test.each<[string, unknown, string]>([
    ["a value without quotes", "*", `Write "'*'".`],
    ["a number", 600, `Write "'600'".`],
    ["a value in double quotes", '"*"', `Write "'*'".`],
  ])("%s", (_, value, cure) => {
    expect(() => read(withResponse({ responseParameters: { [origin]: value } }))).toThrow(
      expect.objectContaining({
        constructor: RestApiError,
        place: "paths./a.options",
        message: expect.stringContaining(cure),
      }),
    );
  });

  test("a parameter that is no header of the response", () => {
    const responseParameters = { "integration.response.header.A": "'a'" };
    expect(() => read(withResponse({ responseParameters }))).toThrow(/method\.response\.header\./);
  });
});
