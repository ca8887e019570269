import {
  type CloudFormationClient,
  DescribeStackResourcesCommand,
  GetTemplateCommand,
} from "@aws-sdk/client-cloudformation";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deployStack, stackClient } from "../../../test/stack-client.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

// AWS::LanguageExtensions through CloudFormation itself: a change set, executed, and what the stack's template is then. The
// templates are those that AWS was asked with, in short.

let platform: TestPlatform;
let client: CloudFormationClient;
let ssm: SSMClient;
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: { Unrelated: scripted() } });
  client = stackClient(platform.platform);
  ssm = new SSMClient({ ...platform.platform.clientConfig, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  ssm.destroy();
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const Transform = "AWS::LanguageExtensions";
const parameter = (Value: unknown) => ({
  Type: "AWS::SSM::Parameter",
  Properties: { Type: "String", Value },
});

interface Case {
  readonly name: string;
  /** `Parameters` of the request. */
  readonly given?: Readonly<Record<string, string>>;
  readonly template: object;
  readonly processed: object;
  /** What parameters of Systems Manager have then, by logical id. */
  readonly values: Readonly<Record<string, string>>;
}

const list = { Names: { Type: "CommaDelimitedList" } };
const cases: readonly Case[] = [
  {
    name: "Fn::ForEach",
    given: { Names: "A,B" },
    template: {
      Parameters: list,
      Resources: {
        "Fn::ForEach::Each": ["Name", { Ref: "Names" }, { "P${Name}": parameter({ Ref: "Name" }) }],
      },
      Outputs: { First: { Value: { Ref: "PA" } } },
    },
    processed: {
      Parameters: list,
      Resources: { PA: parameter("A"), PB: parameter("B") },
      Outputs: { First: { Value: { Ref: "PA" } } },
    },
    values: { PA: "A", PB: "B" },
  },
  {
    name: "Fn::Length",
    given: { Names: "A,B,C" },
    template: { Parameters: list, Resources: { P: parameter({ "Fn::Length": { Ref: "Names" } }) } },
    processed: { Parameters: list, Resources: { P: parameter(3) } },
    values: { P: "3" },
  },
  {
    name: "Fn::ToJsonString",
    template: {
      Resources: {
        List: parameter({ "Fn::ToJsonString": ["a", "b", "c"] }),
        Map: parameter({ "Fn::ToJsonString": { a: "foo", b: "bar" } }),
      },
    },
    processed: { Resources: { List: parameter('["a","b","c"]'), Map: parameter('{"a":"foo","b":"bar"}') } },
    values: { List: '["a","b","c"]', Map: '{"a":"foo","b":"bar"}' },
  },
  {
    name: "Fn::FindInMap with a default",
    template: {
      Mappings: { Sizes: { test: { memory: "128" } } },
      Resources: {
        There: parameter({ "Fn::FindInMap": ["Sizes", "test", "memory", { DefaultValue: "none" }] }),
        Missing: parameter({ "Fn::FindInMap": ["Sizes", "live", "memory", { DefaultValue: "none" }] }),
      },
    },
    processed: {
      Mappings: { Sizes: { test: { memory: "128" } } },
      Resources: { There: parameter("128"), Missing: parameter("none") },
    },
    values: { There: "128", Missing: "none" },
  },
];

test.each(cases)("$name is what it stands for", async ({ name, given = {}, template, processed, values }) => {
  const StackName = name.replaceAll(/\W/g, "");
  const original = { Transform, ...template };
  const stack = await deployStack(client, StackName, original, {
    Capabilities: ["CAPABILITY_AUTO_EXPAND"],
    Parameters: Object.entries(given).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
  });
  expect(stack.StackStatus).toBe("CREATE_COMPLETE");
  const stage = async (TemplateStage: "Original" | "Processed") => {
    const answer = await client.send(new GetTemplateCommand({ StackName, TemplateStage }));
    return JSON.parse(answer.TemplateBody ?? "");
  };
  expect(await stage("Original")).toEqual(original);
  expect(await stage("Processed")).toEqual(processed);
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
  const found = await Promise.all(
    StackResources.map(async ({ LogicalResourceId = "", PhysicalResourceId: Name = "" }) => {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
      return [LogicalResourceId, Parameter?.Value];
    }),
  );
  expect(Object.fromEntries(found)).toEqual(values);
});
