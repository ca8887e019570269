import {
  CancelUpdateStackCommand,
  type CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
  GetTemplateCommand,
  GetTemplateSummaryCommand,
  ListImportsCommand,
  SetStackPolicyCommand,
  UpdateStackCommand,
  UpdateTerminationProtectionCommand,
  ValidateTemplateCommand,
} from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeStack, stackClient } from "../../../test/stack-client.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

// What CloudFormation answers to requests that it refuses, in its own words.

let platform: TestPlatform;
let client: CloudFormationClient;
const queue = { Resources: { Q: { Type: "AWS::SQS::Queue" } } };
const TemplateBody = JSON.stringify(queue);
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: { Unrelated: scripted() } });
  client = stackClient(platform.platform);
  await client.send(
    new CreateStackCommand({ StackName: "there", TemplateBody, EnableTerminationProtection: true }),
  );
  await describeStack(client, "there");
  await client.send(
    new CreateChangeSetCommand({
      StackName: "reviewed",
      ChangeSetName: "first",
      ChangeSetType: "CREATE",
      TemplateBody,
    }),
  );
});
afterAll(async () => {
  client.destroy();
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

/** Any command. */
type Command = object;

async function refusalOf(command: Command): Promise<[name: string, message: string]> {
  try {
    await client.send(command as DescribeStacksCommand);
    return ["none", ""];
  } catch (error) {
    const { name, message } = error as Error;
    return [name, message];
  }
}

const create = (input: object) => new CreateStackCommand({ StackName: "new", TemplateBody, ...input });
const change = (input: object) =>
  new CreateChangeSetCommand({
    StackName: "new",
    ChangeSetName: "c",
    ChangeSetType: "CREATE",
    TemplateBody,
    ...input,
  });
const body = (template: object) => ({ TemplateBody: JSON.stringify(template) });
const invalid = "ValidationError";

describe("a request is refused", () => {
  test.each<[string, Command, string, string | RegExp]>([
    [
      "for a stack that is not there",
      new DescribeStacksCommand({ StackName: "none" }),
      invalid,
      "Stack with id none does not exist",
    ],
    [
      "for events of one that is not there",
      new DescribeStackEventsCommand({ StackName: "none" }),
      invalid,
      "Stack [none] does not exist",
    ],
    [
      "for a change set of one that is not there",
      new DescribeChangeSetCommand({ StackName: "none", ChangeSetName: "c" }),
      invalid,
      "Stack [none] does not exist",
    ],
    [
      "for a change set that is not there",
      new DescribeChangeSetCommand({ StackName: "there", ChangeSetName: "c" }),
      "ChangeSetNotFoundException",
      "ChangeSet [c] does not exist",
    ],
    [
      "for deleting a change set of a stack that is not there",
      new DeleteChangeSetCommand({ StackName: "none", ChangeSetName: "c" }),
      invalid,
      "Stack [none] does not exist",
    ],
    [
      "for a change set by its name alone",
      new DeleteChangeSetCommand({ ChangeSetName: "c" }),
      invalid,
      "StackName must be specified if ChangeSetName is not specified as an ARN.",
    ],
    [
      "for a resource that is not there",
      new DescribeStackResourceCommand({ StackName: "there", LogicalResourceId: "None" }),
      invalid,
      "Resource None does not exist for stack there",
    ],
    [
      "for resources of nothing",
      new DescribeStackResourcesCommand({}),
      invalid,
      "Either StackName or PhysicalResourceId must be specified.",
    ],
    [
      "for the template of nothing",
      new GetTemplateCommand({}),
      invalid,
      "StackName is required if ChangeSetName is not specified.",
    ],
    [
      "for the template of a change set by its name alone",
      new GetTemplateCommand({ ChangeSetName: "c" }),
      invalid,
      "StackName is a required parameter.",
    ],
    [
      "for the summary of a stack that was never executed",
      new GetTemplateSummaryCommand({ StackName: "reviewed" }),
      invalid,
      "GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.",
    ],
    [
      "for the name of a stack that exists",
      create({ StackName: "there" }),
      "AlreadyExistsException",
      "Stack [there] already exists",
    ],
    [
      "for creating by change set what exists",
      change({ StackName: "there" }),
      invalid,
      "Stack [there] already exists and cannot be created again with the changeSet [c].",
    ],
    [
      "for a change set's name that is in use",
      change({ StackName: "reviewed", ChangeSetName: "first" }),
      "AlreadyExistsException",
      "ChangeSet [first] already exists",
    ],
    [
      "for updating by change set what doesn't exist",
      change({ StackName: "none", ChangeSetType: "UPDATE" }),
      invalid,
      "Stack [none] does not exist",
    ],
    [
      "for updating what was never created",
      change({ StackName: "reviewed", ChangeSetType: "UPDATE" }),
      invalid,
      /^Stack:arn:aws:cloudformation:us-east-1:123456789012:stack\/reviewed\/[0-9a-f-]{36} is in REVIEW_IN_PROGRESS state and can not be updated\.$/,
    ],
    [
      "for an update without changes",
      new UpdateStackCommand({ StackName: "there", TemplateBody }),
      invalid,
      "No updates are to be performed.",
    ],
    [
      "for an update without a template",
      new UpdateStackCommand({ StackName: "there" }),
      invalid,
      "Either Template URL or Template Body must be specified.",
    ],
    [
      "for a stack's name with other characters",
      create({ StackName: "*@a_$" }),
      invalid,
      "1 validation error detected: Value '*@a_$' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*",
    ],
    [
      "for IAM resources without a word",
      create(
        body({ Resources: { R: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: {} } } } }),
      ),
      "InsufficientCapabilitiesException",
      "Requires capabilities : [CAPABILITY_IAM]",
    ],
    [
      "for IAM resources with names without a word",
      create({
        ...body({
          Resources: {
            R: { Type: "AWS::IAM::Role", Properties: { RoleName: "r", AssumeRolePolicyDocument: {} } },
          },
        }),
        Capabilities: ["CAPABILITY_IAM"],
      }),
      "InsufficientCapabilitiesException",
      "Requires capabilities : [CAPABILITY_NAMED_IAM]",
    ],
    [
      "for a transform outside of a change set without a word",
      create(body({ Transform: "AWS::Serverless-2016-10-31", ...queue })),
      "InsufficientCapabilitiesException",
      "Requires capabilities : [CAPABILITY_AUTO_EXPAND]",
    ],
    [
      "for parameters without values",
      create(body({ Parameters: { A: { Type: "String" }, B: { Type: "String" } }, ...queue })),
      invalid,
      "Parameters: [A, B] must have values",
    ],
    [
      "for parameters that the template has not",
      create({ Parameters: [{ ParameterKey: "X", ParameterValue: "1" }] }),
      invalid,
      "Parameters: [X] do not exist in the template",
    ],
    [
      "for a value that isn't allowed",
      create({
        ...body({ Parameters: { A: { Type: "String", AllowedValues: ["x", "y"] } }, ...queue }),
        Parameters: [{ ParameterKey: "A", ParameterValue: "z" }],
      }),
      invalid,
      "Parameter 'A' must be one of AllowedValues (x, y), not 'z'",
    ],
    [
      "for a previous value of a new parameter",
      new UpdateStackCommand({
        StackName: "there",
        ...body({ Parameters: { A: { Type: "String" } }, ...queue }),
        Parameters: [{ ParameterKey: "A", UsePreviousValue: true }],
      }),
      invalid,
      "Invalid input for parameter key A. Cannot specify usePreviousValue as true for a parameter key not in the previous template",
    ],
    [
      "for YAML that is none",
      create({ TemplateBody: "a: [" }),
      invalid,
      /^Template format error: YAML not well-formed\. \(line 1, column \d+\)$/,
    ],
    [
      "for JSON that is none",
      create({ TemplateBody: '{"a": ' }),
      invalid,
      /^Template format error: JSON not well-formed\. \(line 1, column \d+\)$/,
    ],
    [
      "for a text",
      create({ TemplateBody: "hello" }),
      invalid,
      "Template format error: unsupported structure.",
    ],
    [
      "for a template without resources",
      new ValidateTemplateCommand(body({ Resources: {} })),
      invalid,
      "Template format error: At least one Resources member must be defined.",
    ],
    [
      "for a reference to nothing",
      create(
        body({ Resources: { Q: { Type: "AWS::SQS::Queue", Properties: { QueueName: { Ref: "None" } } } } }),
      ),
      invalid,
      "Template format error: Unresolved resource dependencies [None] in the Resources block of the template",
    ],
    [
      "for resource types that are not served, with those that are",
      create(body({ Resources: { T: { Type: "AWS::DynamoDB::Table" }, V: { Type: "AWS::EC2::VPC" } } })),
      invalid,
      /^Template format error: Unrecognized resource types: \[AWS::DynamoDB::Table, AWS::EC2::VPC\]\. This platform serves AWS::ApiGateway::.*AWS::Lambda::Function,.* Take the others out, or deploy the stack to AWS\.$/,
    ],
    [
      "for nested stacks, with what to do instead",
      create(body({ Resources: { Nested: { Type: "AWS::CloudFormation::Stack" } } })),
      invalid,
      /Unrecognized resource types: \[AWS::CloudFormation::Stack\]\..* deploy each template as a stack of its own/,
    ],
    [
      "for custom resources, with what to do instead",
      create(body({ Resources: { Retention: { Type: "Custom::LogRetention" } } })),
      invalid,
      /Unrecognized resource types: \[Custom::LogRetention\]\..* logGroup is the way without one/,
    ],
    [
      "for a nested application of SAM, by name",
      create({
        ...body({
          Transform: "AWS::Serverless-2016-10-31",
          Resources: { App: { Type: "AWS::Serverless::Application", Properties: { Location: "a.yaml" } } },
        }),
        Capabilities: ["CAPABILITY_AUTO_EXPAND"],
      }),
      invalid,
      /The type 'AWS::Serverless::Application' is not expanded/,
    ],
    [
      "for AWS::Include of what is in S3, by name",
      create(
        body({
          Resources: {
            Q: {
              Type: "AWS::SQS::Queue",
              Properties: { "Fn::Transform": { Name: "AWS::Include", Parameters: { Location: "s3://b/k" } } },
            },
          },
        }),
      ),
      invalid,
      /Fn::Transform is not supported here\. Put what the macro would make into the template/,
    ],
    [
      "for a template that is too long",
      create({ TemplateBody: " ".repeat(51_201) }),
      invalid,
      /^1 validation error detected: .*at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200$/,
    ],
    [
      "for no template at all",
      create({ TemplateBody: undefined }),
      invalid,
      "Either Template URL or Template Body must be specified.",
    ],
    [
      "for a template at an address of somebody else",
      create({ TemplateBody: undefined, TemplateURL: "https://example.com/a/b" }),
      invalid,
      "TemplateURL must be a supported URL.",
    ],
    [
      "for rolling back what is complete",
      new CancelUpdateStackCommand({ StackName: "there" }),
      invalid,
      "CancelUpdateStack cannot be called from current stack status",
    ],
    [
      "for deleting what is protected",
      new DeleteStackCommand({ StackName: "there" }),
      invalid,
      "Stack [there] cannot be deleted while TerminationProtection is enabled",
    ],
    [
      "for an export that is not there",
      new ListImportsCommand({ ExportName: "x" }),
      invalid,
      "Export 'x' does not exist.",
    ],
    [
      "for protecting what is not there",
      new UpdateTerminationProtectionCommand({ StackName: "none", EnableTerminationProtection: true }),
      invalid,
      "Stack with id none does not exist",
    ],
    [
      "for the rest of a list by another list's token",
      new DescribeStackEventsCommand({ StackName: "there", NextToken: "eA/eA" }),
      invalid,
      "The specified NextToken is invalid.",
    ],
    [
      "for drift, by name",
      new DetectStackDriftCommand({ StackName: "there" }),
      invalid,
      /^This platform does not compare stacks/,
    ],
    [
      "for stack policies, by name",
      new SetStackPolicyCommand({ StackName: "there" }),
      invalid,
      /^Stack policies are not kept/,
    ],
  ])("%s", async (_, command, name, message) => {
    const [foundName, foundMessage] = await refusalOf(command);
    expect([foundName, foundMessage]).toEqual([
      name,
      typeof message === "string" ? message : expect.stringMatching(message),
    ]);
  });

  test("without a trace: no stack comes into being", async () => {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({}));
    expect(Stacks.map(({ StackName }) => StackName)).toEqual(["reviewed", "there"]);
  });
});
