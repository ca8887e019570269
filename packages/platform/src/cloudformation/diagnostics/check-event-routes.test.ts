import { describe, expect, test } from "vitest";
import { diagnosed } from "../../../test/diagnosed.ts";

const withEvent = (properties: string, type = "Api") => `Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs24.x
      Events:
        E: { Type: ${type}, Properties: { ${properties} } }`;

describe("an event's method", () => {
  test.each(["get", "GET", "any", "ANY", "x-amazon-apigateway-any-method", "!Ref P"])(
    "may be %s",
    (method) => {
      expect(diagnosed(withEvent(`Path: /, Method: ${method}`), "event-method")).toEqual([]);
    },
  );

  test.each([
    ["gett", "Did you mean `Method: get`?"],
    ["pots", "Did you mean `Method: post`?"],
    ["subscribe", "Methods are any, delete, get, head, options, patch, post, put."],
  ])("can't be %s", (method, hint) => {
    expect(diagnosed(withEvent(`Path: /, Method: ${method}`), "event-method")).toEqual([
      expect.objectContaining({ severity: "warning", line: 9, logicalId: "F", hint }),
    ]);
  });
});

describe("an event's path", () => {
  test.each([
    ["Api", "/"],
    ["Api", "'/{proxy+}'"],
    ["HttpApi", "$default"],
  ])("of type %s may be %s", (type, path) => {
    expect(diagnosed(withEvent(`Path: ${path}, Method: get`, type), "event-path")).toEqual([]);
  });

  test("begins with a slash", () => {
    expect(diagnosed(withEvent("Path: orders, Method: get"), "event-path")).toEqual([
      expect.objectContaining({ severity: "warning", line: 9, hint: "Write `Path: /orders`." }),
    ]);
  });
});
