import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployResources } from "../../test/deploy-resources.ts";
import { FunctionFolder } from "../lambda/environment/testing/function-folder.ts";

const arn = "arn:aws:lambda:us-east-1:123456789012:function:greet";

let folder: FunctionFolder;
beforeAll(async () => {
  folder = await FunctionFolder.create({ "code/bootstrap": "#!/bin/sh\n" });
});
afterAll(() => folder[Symbol.asyncDispose]());

type Properties = Readonly<Record<string, unknown>>;

const greet = (properties: Properties = {}) => ({
  Type: "AWS::Serverless::Function",
  Properties: {
    FunctionName: "greet",
    CodeUri: "code/",
    Handler: "bootstrap",
    Runtime: "provided.al2023",
    ...properties,
  },
});
const version = (properties: Properties = {}) => ({
  Type: "AWS::Lambda::Version",
  Properties: { FunctionName: { Ref: "Greet" }, ...properties },
});
const alias = (properties: Properties = {}) => ({
  Type: "AWS::Lambda::Alias",
  DependsOn: ["One", "Two"],
  Properties: { FunctionName: { Ref: "Greet" }, Name: "live", FunctionVersion: "1", ...properties },
});
const weights = (...AdditionalVersionWeights: readonly Properties[]) => ({
  RoutingConfig: { AdditionalVersionWeights },
});
const provisioned = (ProvisionedConcurrentExecutions: number) => ({
  ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions },
});

/** A function with two versions and what is given. */
function deploy(resources: Readonly<Record<string, unknown>>) {
  return deployResources(
    folder,
    { Greet: greet(), One: version(), Two: version(), ...resources },
    {
      Outputs: {
        Version: { Value: { "Fn::GetAtt": ["Two", "Version"] } },
        Arn: { Value: { Ref: "Two" } },
      },
    },
  );
}

test("a version is known by its ARN and its number", async () => {
  const { stack } = await deploy({});
  expect(stack?.model.outputs).toMatchObject([{ value: "2" }, { value: `${arn}:2` }]);
});

test("an alias has versions, weights, provisioned concurrency and permissions", async () => {
  const { stack, diagnostics } = await deploy({
    Greet: greet({ ReservedConcurrentExecutions: 5 }),
    Live: alias({ ...weights({ FunctionVersion: "2", FunctionWeight: 0.25 }), ...provisioned(4) }),
    Permission: {
      Type: "AWS::Lambda::Permission",
      Properties: { FunctionName: { Ref: "Live" }, Action: "lambda:InvokeFunction", Principal: "*" },
    },
  });
  expect(diagnostics.filter(({ severity }) => severity !== "info")).toEqual([]);
  expect(stack?.functions[0]).toMatchObject({ reservedConcurrency: 5, policies: [] });
  const publication = stack?.publications.get("greet");
  expect(publication?.versions.map((each) => each.version)).toEqual(["1", "2"]);
  expect(publication?.aliases).toMatchObject([
    { name: "live", version: "1", additional: { version: "2", weight: 0.25 } },
  ]);
  expect([...(publication?.provisioned ?? [])]).toEqual([["live", 4]]);
  expect(publication?.policies.get("live")).toMatchObject([{ Statement: [{ Resource: `${arn}:live` }] }]);
});

describe("what Lambda refuses is an error with its words", () => {
  test.each<[string, Readonly<Record<string, unknown>>]>([
    [
      "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
      { Live: alias({ Name: "2024" }) },
    ],
    [`Alias already exists: ${arn}:live`, { Live: alias(), Again: alias() }],
    [`Function not found: ${arn}:10`, { Live: alias({ FunctionVersion: "10" }) }],
    [
      "Function not found: arn:aws:lambda:us-east-1:123456789012:function:other",
      { Live: alias({ FunctionName: "other" }) },
    ],
    [
      `Function not found: ${arn}:10`,
      { Live: alias(weights({ FunctionVersion: "10", FunctionWeight: 0.1 })) },
    ],
    [
      "Number of items in AdditionalVersionWeights cannot be greater than 1",
      {
        Live: alias(
          weights(
            { FunctionVersion: "2", FunctionWeight: 0.1 },
            { FunctionVersion: "3", FunctionWeight: 0.1 },
          ),
        ),
      },
    ],
    [
      "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
      { Live: alias(weights({ FunctionVersion: "2", FunctionWeight: 2 })) },
    ],
    [
      "1 validation error detected: Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]",
      { Live: alias(weights({ FunctionVersion: "$LATEST", FunctionWeight: 0.5 })) },
    ],
    [
      "Invalid function version 1. Function version 1 is already included in routing configuration.",
      { Live: alias(weights({ FunctionVersion: "1", FunctionWeight: 0.5 })) },
    ],
    [
      "$LATEST is not supported for an alias pointing to more than 1 version",
      {
        Live: alias({
          FunctionVersion: "$LATEST",
          ...weights({ FunctionVersion: "1", FunctionWeight: 0.5 }),
        }),
      },
    ],
    [
      "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
      { Live: alias({ FunctionVersion: "$LATEST", ...provisioned(1) }) },
    ],
    [
      "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1",
      { Live: alias(provisioned(0)) },
    ],
    [
      "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
      {
        Greet: greet({ ReservedConcurrentExecutions: 2 }),
        One: version(provisioned(1)),
        Live: alias({ FunctionVersion: "2", ...provisioned(2) }),
      },
    ],
    [
      "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].",
      { Live: alias(provisioned(1001)) },
    ],
    [
      "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
      { One: version(provisioned(500)), Live: alias({ FunctionVersion: "2", ...provisioned(401) }) },
    ],
    [
      "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
      { Greet: greet({ ReservedConcurrentExecutions: 901 }) },
    ],
  ])("%s", async (answer, resources) => {
    const { diagnostics, stack } = await deploy(resources);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining(`Lambda answers \`${answer}\``),
    ]);
    expect(stack).toBeUndefined();
  });

  test("a function URL is for no version", async () => {
    const url = { TargetFunctionArn: { Ref: "One" }, AuthType: "NONE" };
    const { diagnostics } = await deploy({ Url: { Type: "AWS::Lambda::Url", Properties: url } });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toMatchObject([
      { message: "The function URL is for version 1; Lambda takes a function or an alias of it." },
    ]);
  });
});
