import { describe, expect, test } from "vitest";
import { diagnosed } from "../../../test/diagnosed.ts";

// A slip in a name within a property: the protection that was meant is not there.

const told = (sections: string) =>
  diagnosed(sections, "unknown-member").map(
    ({ severity, line, message, hint }) => `${severity} ${line} ${message} ${hint}`,
  );
const resource = (type: string, properties: string) =>
  `Resources:\n  R:\n    Type: AWS::${type}\n    Properties:\n      ${properties}`;

describe("a name that AWS refuses is refused where it stands", () => {
  test.each([
    ["Serverless::Function", "LoggingConfig: { LogFromat: JSON }", "LoggingConfig", "LogFromat", "LogFormat"],
    ["Serverless::Function", "VpcConfig: { SubnetIDs: [ a ] }", "VpcConfig", "SubnetIDs", "SubnetIds"],
    ["Lambda::Function", "DeadLetterConfig: { TargetARN: a }", "DeadLetterConfig", "TargetARN", "TargetArn"],
    [
      "Serverless::Api",
      "MethodSettings: [ { HttpMethod: GET }, { ThrotlingRateLimit: 1 } ]",
      "MethodSettings",
      "ThrotlingRateLimit",
      "ThrottlingRateLimit",
    ],
    [
      "ApiGateway::Stage",
      "AccessLogSetting: { Destination: a }",
      "AccessLogSetting",
      "Destination",
      "DestinationArn",
    ],
    [
      "ApiGateway::Method",
      "Integration: { ResponseTransferMod: STREAM }",
      "Integration",
      "ResponseTransferMod",
      "ResponseTransferMode",
    ],
    ["ApiGateway::UsagePlan", "Quota: { Limt: 1 }", "Quota", "Limt", "Limit"],
    [
      "Lambda::EventInvokeConfig",
      "DestinationConfig: { OnFailur: { Destination: a } }",
      "DestinationConfig",
      "OnFailur",
      "OnFailure",
    ],
  ])("of %s: %s", (type, properties, place, name, meant) => {
    const [first, ...others] = told(resource(type, properties));
    expect(first).toContain(`error 6 \`${place}\` has no property \`${name}\`.`);
    expect(first).toContain(`#/${place}: extraneous key [${name}] is not permitted`);
    expect(first).toContain(meant);
    expect(others).toEqual([]);
  });

  test("in Globals", () => {
    expect(told("Globals: { Function: { Environment: { Variable: {} } } }\nResources: {}")).toEqual([
      expect.stringMatching(/^error 2 `Environment` has no property `Variable`.*`Variables`/),
    ]);
  });
});

test.each([
  ["EventInvokeConfig: { MaximumRetryAttemps: 0 }", "MaximumRetryAttempts"],
  [
    "Events: { E: { Type: Api, Properties: { Path: /, Method: get, Auth: { Authoriser: A } } } }",
    "Authorizer",
  ],
  ["EventInvokeConfig: { DestinationConfig: { OnFailur: { Destination: a } } }", "OnFailure"],
])("what SAM would leave out in silence is told: %s", (properties, meant) => {
  expect(told(resource("Serverless::Function", properties))).toEqual([
    expect.stringMatching(new RegExp(`^warning 6 .*the SAM transform leaves it out.*${meant}`)),
  ]);
});

test.each([
  ["Environment: { Variables: { ANY: x, OTHER: y } }"],
  ["VpcConfig: !If [ A, { SubnetIds: [ a ] }, !Ref AWS::NoValue ]"],
  ["EventInvokeConfig: { DestinationConfig: { OnFailure: { Type: SQS, Destination: a } } }"],
])("nothing is said of %s", (properties) => {
  expect(told(resource("Serverless::Function", properties))).toEqual([]);
});

test("an authorizer's slip is told, too", () => {
  const authorizers = "{ A: { FunctionArn: a, Identity: { ReauthoriseEvery: 0 } } }";
  expect(told(resource("Serverless::Api", `Auth: { Authorizers: ${authorizers} }`))).toEqual([
    expect.stringMatching(
      /^warning 6 .*has no property `ReauthoriseEvery`.*Did you mean `ReauthorizeEvery`\?$/,
    ),
  ]);
});
