import {
  type CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  GetTemplateSummaryCommand,
  ListChangeSetsCommand,
  ListExportsCommand,
  ListImportsCommand,
  ListStackResourcesCommand,
  ListStacksCommand,
  UpdateTerminationProtectionCommand,
  ValidateTemplateCommand,
} from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deployStack, describeStack, stackClient, stackEvents } from "../../../test/stack-client.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

// What CloudFormation says of stacks, change sets, resources and templates.

let platform: TestPlatform;
let client: CloudFormationClient;
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: { Unrelated: scripted() } });
  client = stackClient(platform.platform);
});
afterAll(async () => {
  client.destroy();
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const stackArn = (name: string) =>
  expect.stringMatching(`^arn:aws:cloudformation:us-east-1:123456789012:stack/${name}/[0-9a-f-]{36}$`);
const changeSetArn = (name: string) =>
  expect.stringMatching(`^arn:aws:cloudformation:us-east-1:123456789012:changeSet/${name}/[0-9a-f-]{36}$`);
const queue = (properties: object = {}) => ({ Type: "AWS::SQS::Queue", Properties: properties });
const template = {
  Description: "Queues <and> more",
  Parameters: { Seconds: { Type: "Number", Default: 5 }, Secret: { Type: "String", NoEcho: true } },
  Resources: { Q: queue({ VisibilityTimeout: { Ref: "Seconds" } }) },
  Outputs: {
    Name: {
      Value: { "Fn::GetAtt": ["Q", "QueueName"] },
      Description: "Its name",
      Export: { Name: "the-queue" },
    },
  },
};
const Parameters = [{ ParameterKey: "Secret", ParameterValue: "x" }];
const Tags = [{ Key: "team", Value: "rivers" }];

test("a stack that is only a change set is in review, and waits for nothing", async () => {
  const { Id, StackId } = await client.send(
    new CreateChangeSetCommand({
      StackName: "reviewed",
      ChangeSetName: "first",
      ChangeSetType: "CREATE",
      TemplateBody: JSON.stringify(template),
      Parameters,
      Tags,
      Description: "the first",
    }),
  );
  expect([Id, StackId]).toEqual([changeSetArn("first"), stackArn("reviewed")]);
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: "reviewed" }));
  expect(Stacks).toEqual([
    {
      StackId,
      StackName: "reviewed",
      CreationTime: expect.any(Date),
      DisableRollback: false,
      DriftInformation: { StackDriftStatus: "NOT_CHECKED" },
      EnableTerminationProtection: false,
      NotificationARNs: [],
      RollbackConfiguration: {},
      StackStatus: "REVIEW_IN_PROGRESS",
      StackStatusReason: "User Initiated",
      Tags: [],
      Capabilities: [],
      Outputs: [],
      Parameters: [],
    },
  ]);
  const { $metadata: _, ...changeSet } = await client.send(
    new DescribeChangeSetCommand({ ChangeSetName: "first", StackName: "reviewed" }),
  );
  expect(changeSet).toEqual({
    Capabilities: [],
    ChangeSetId: Id,
    ChangeSetName: "first",
    Changes: [
      {
        ResourceChange: {
          Action: "Add",
          Details: [],
          LogicalResourceId: "Q",
          ResourceType: "AWS::SQS::Queue",
          Scope: [],
        },
        Type: "Resource",
      },
    ],
    CreationTime: expect.any(Date),
    Description: "the first",
    ExecutionStatus: "AVAILABLE",
    IncludeNestedStacks: false,
    NotificationARNs: [],
    Parameters: [
      { ParameterKey: "Seconds", ParameterValue: "5" },
      { ParameterKey: "Secret", ParameterValue: "****" },
    ],
    RollbackConfiguration: {},
    StackId,
    StackName: "reviewed",
    Status: "CREATE_COMPLETE",
    Tags,
  });
  expect((await stackEvents(client, "reviewed")).map(({ ResourceStatus }) => ResourceStatus)).toEqual([
    "REVIEW_IN_PROGRESS",
  ]);
});

test("a change set shows what would become of each resource", async () => {
  const stack = await deployStack(client, "changing", {
    Resources: { Same: queue(), Updated: queue(), Named: queue({ QueueName: "one" }), Gone: queue() },
  });
  const { Id } = await client.send(
    new CreateChangeSetCommand({
      StackName: "changing",
      ChangeSetName: "c",
      TemplateBody: JSON.stringify({
        Resources: {
          Same: queue(),
          Updated: queue({ VisibilityTimeout: 9 }),
          Named: queue({ QueueName: "two" }),
          Added: queue({
            QueueName: {
              "Fn::Sub": ["After$" + "{Name}", { Name: { "Fn::GetAtt": ["Named", "QueueName"] } }],
            },
          }),
        },
      }),
    }),
  );
  const { Changes = [] } = await client.send(
    new DescribeChangeSetCommand({ ChangeSetName: Id, IncludePropertyValues: true }),
  );
  expect(Changes.map(({ ResourceChange }) => ResourceChange)).toEqual([
    {
      Action: "Modify",
      LogicalResourceId: "Updated",
      PhysicalResourceId: expect.stringContaining("/changing-Updated-"),
      ResourceType: "AWS::SQS::Queue",
      Replacement: "False",
      Scope: ["Properties"],
      Details: [
        {
          Target: { Attribute: "Properties", Name: "VisibilityTimeout", RequiresRecreation: "Never" },
          Evaluation: "Static",
          ChangeSource: "DirectModification",
        },
      ],
      BeforeContext: '{"Properties":{}}',
      AfterContext: '{"Properties":{"VisibilityTimeout":9}}',
    },
    {
      Action: "Modify",
      LogicalResourceId: "Named",
      PhysicalResourceId: expect.stringContaining("/one"),
      ResourceType: "AWS::SQS::Queue",
      Replacement: "True",
      PolicyAction: "ReplaceAndDelete",
      Scope: ["Properties"],
      Details: [expect.objectContaining({ Evaluation: "Static" })],
      BeforeContext: '{"Properties":{"QueueName":"one"}}',
      AfterContext: '{"Properties":{"QueueName":"two"}}',
    },
    {
      Action: "Add",
      LogicalResourceId: "Added",
      ResourceType: "AWS::SQS::Queue",
      Scope: [],
      Details: [],
      AfterContext: '{"Properties":{"QueueName":"{{changeSet:KNOWN_AFTER_APPLY}}"}}',
    },
    {
      Action: "Remove",
      LogicalResourceId: "Gone",
      PhysicalResourceId: expect.stringContaining("/changing-Gone-"),
      ResourceType: "AWS::SQS::Queue",
      PolicyAction: "Delete",
      Scope: [],
      Details: [],
      BeforeContext: '{"Properties":{}}',
    },
  ]);
  await client.send(new DeleteChangeSetCommand({ ChangeSetName: "c", StackName: "changing" }));
  // As CDK does it, before it makes one.
  await client.send(new DeleteChangeSetCommand({ ChangeSetName: "c", StackName: "changing" }));
  const { Summaries = [] } = await client.send(new ListChangeSetsCommand({ StackName: stack.StackId }));
  expect(Summaries.map(({ ExecutionStatus }) => ExecutionStatus)).toEqual(["EXECUTE_COMPLETE"]);
});

test("a change set without changes fails, and says so in the words that tools look for", async () => {
  await deployStack(client, "same", { Resources: { Q: queue() } });
  const { Id } = await client.send(
    new CreateChangeSetCommand({
      StackName: "same",
      ChangeSetName: "again",
      TemplateBody: JSON.stringify({ Description: "other", Resources: { Q: queue() } }),
    }),
  );
  expect(await client.send(new DescribeChangeSetCommand({ ChangeSetName: Id }))).toMatchObject({
    Status: "FAILED",
    ExecutionStatus: "UNAVAILABLE",
    StatusReason:
      "The submitted information didn't contain changes. Submit different information to create a change set.",
    Changes: [],
  });
});

test("a stack is described with its parameters, tags and outputs; and its exports are known", async () => {
  const TemplateBody = JSON.stringify(template);
  await client.send(new CreateStackCommand({ StackName: "described", TemplateBody, Parameters, Tags }));
  const stack = await describeStack(client, "described");
  expect(stack).toMatchObject({
    StackId: stackArn("described"),
    Description: "Queues <and> more",
    StackStatus: "CREATE_COMPLETE",
    Parameters: [
      { ParameterKey: "Seconds", ParameterValue: "5" },
      { ParameterKey: "Secret", ParameterValue: "****" },
    ],
    Tags,
    Outputs: [
      {
        OutputKey: "Name",
        OutputValue: expect.stringMatching(/^described-Q-[A-Z0-9]{12}$/),
        Description: "Its name",
        ExportName: "the-queue",
      },
    ],
  });
  expect(stack.StackStatusReason).toBeUndefined();

  const importing = {
    Resources: {
      R: queue({ QueueName: { "Fn::Sub": ["$" + "{Q}-2", { Q: { "Fn::ImportValue": "the-queue" } }] } }),
    },
  };
  await deployStack(client, "importing", importing);
  const { Exports } = await client.send(new ListExportsCommand({}));
  expect(Exports).toEqual([
    { ExportingStackId: stack.StackId, Name: "the-queue", Value: stack.Outputs?.[0]?.OutputValue },
  ]);
  const { Imports } = await client.send(new ListImportsCommand({ ExportName: "the-queue" }));
  expect(Imports).toEqual(["importing"]);
});

test("protection is turned on and off", async () => {
  await deployStack(client, "protected", { Resources: { Q: queue() } });
  for (const EnableTerminationProtection of [true, false]) {
    await client.send(
      new UpdateTerminationProtectionCommand({ StackName: "protected", EnableTerminationProtection }),
    );
    expect((await describeStack(client, "protected")).EnableTerminationProtection).toBe(
      EnableTerminationProtection,
    );
  }
});

test("resources are listed, and found by what they are", async () => {
  const { StackId } = await deployStack(client, "listed", {
    Resources: { A: queue(), B: { ...queue(), Metadata: { m: 1 } } },
  });
  const { StackResourceSummaries = [] } = await client.send(
    new ListStackResourcesCommand({ StackName: "listed" }),
  );
  expect(StackResourceSummaries).toEqual(
    ["A", "B"].map((LogicalResourceId) => ({
      LogicalResourceId,
      PhysicalResourceId: expect.stringContaining(`/listed-${LogicalResourceId}-`),
      ResourceType: "AWS::SQS::Queue",
      ResourceStatus: "CREATE_COMPLETE",
      LastUpdatedTimestamp: expect.any(Date),
      DriftInformation: { StackResourceDriftStatus: "NOT_CHECKED" },
    })),
  );
  const { PhysicalResourceId } = StackResourceSummaries[1] ?? {};
  const { StackResources } = await client.send(new DescribeStackResourcesCommand({ PhysicalResourceId }));
  expect(StackResources?.map((each) => [each.StackId, each.LogicalResourceId])).toEqual([
    [StackId, "A"],
    [StackId, "B"],
  ]);
  const one = new DescribeStackResourceCommand({ StackName: "listed", LogicalResourceId: "B" });
  expect((await client.send(one)).StackResourceDetail).toMatchObject({
    PhysicalResourceId,
    Metadata: '{"m":1}',
  });
});

test("a template is given back as it was sent, and as it was transformed", async () => {
  // Spaces and all: SAM CLI finds what to delete by a checksum of it.
  const TemplateBody = `Transform: AWS::Serverless-2016-10-31
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs24.x,   Handler: index.h, InlineCode: 'exports.h = 1'}}
`;
  await deployStack(client, "templated", {}, { TemplateBody });
  const get = (TemplateStage?: "Original" | "Processed") =>
    client.send(new GetTemplateCommand({ StackName: "templated", TemplateStage }));
  expect(await get()).toMatchObject({ TemplateBody, StagesAvailable: ["Original", "Processed"] });
  const processed = JSON.parse((await get("Processed")).TemplateBody ?? "") as { Resources: object };
  expect(Object.keys(processed.Resources)).toEqual(["F", "FRole"]);
});

test("a template is summed up", async () => {
  const TemplateBody = JSON.stringify({
    ...template,
    Transform: "AWS::Serverless-2016-10-31",
    Metadata: { a: 1 },
    Resources: {
      ...template.Resources,
      F: {
        Type: "AWS::Serverless::Function",
        Properties: { Runtime: "nodejs24.x", Handler: "i.h", InlineCode: "x" },
      },
    },
  });
  const { $metadata: _, ...summary } = await client.send(new GetTemplateSummaryCommand({ TemplateBody }));
  expect(summary).toEqual({
    Description: "Queues <and> more",
    Capabilities: ["CAPABILITY_IAM"],
    CapabilitiesReason: "The following resource(s) require capabilities: [AWS::IAM::Role]",
    DeclaredTransforms: ["AWS::Serverless-2016-10-31"],
    Metadata: '{"a":1}',
    Parameters: [
      {
        ParameterKey: "Seconds",
        ParameterType: "Number",
        DefaultValue: "5",
        NoEcho: false,
        ParameterConstraints: {},
      },
      { ParameterKey: "Secret", ParameterType: "String", NoEcho: true, ParameterConstraints: {} },
    ],
    ResourceTypes: ["AWS::SQS::Queue", "AWS::Serverless::Function"],
    ResourceIdentifierSummaries: [
      { ResourceType: "AWS::SQS::Queue", LogicalResourceIds: ["Q"] },
      { ResourceType: "AWS::Serverless::Function", LogicalResourceIds: ["F"] },
    ],
  });
  const validated = await client.send(
    new ValidateTemplateCommand({ TemplateBody: JSON.stringify(template) }),
  );
  expect(validated).toMatchObject({
    Description: "Queues <and> more",
    Parameters: [
      { ParameterKey: "Seconds", DefaultValue: "5", NoEcho: false },
      { ParameterKey: "Secret", NoEcho: true },
    ],
  });
  // SAM CLI reads the list without asking whether it is there.
  const { Parameters: none } = await client.send(new GetTemplateSummaryCommand({ StackName: "same" }));
  expect(none).toEqual([]);
});

test("long lists come in pages", async () => {
  const queues = Array.from({ length: 40 }, (_, index) => [`Q${index}`, queue()]);
  await deployStack(client, "long", { Resources: Object.fromEntries(queues) });
  const first = await client.send(new DescribeStackEventsCommand({ StackName: "long" }));
  expect([first.StackEvents?.length, typeof first.NextToken]).toEqual([100, "string"]);
  const events = await stackEvents(client, "long");
  expect(events).toHaveLength(3 + 3 * 40);
  expect(new Set(events.map(({ EventId }) => EventId)).size).toBe(events.length);
  const { StackSummaries = [] } = await client.send(
    new ListStacksCommand({ StackStatusFilter: ["REVIEW_IN_PROGRESS"] }),
  );
  expect(StackSummaries.map(({ StackName }) => StackName)).toEqual(["reviewed"]);
});

test("other change sets of a stack go when one is executed", async () => {
  const make = async (ChangeSetName: string) =>
    client.send(
      new CreateChangeSetCommand({
        StackName: "several",
        ChangeSetName,
        ChangeSetType: "CREATE",
        TemplateBody: JSON.stringify({ Resources: { Q: queue() } }),
      }),
    );
  await make("one");
  const { Id, StackId } = await make("two");
  await client.send(new ExecuteChangeSetCommand({ ChangeSetName: Id }));
  expect((await describeStack(client, "several")).ChangeSetId).toBe(Id);
  const { Summaries = [] } = await client.send(new ListChangeSetsCommand({ StackName: StackId }));
  expect(Summaries.map(({ ChangeSetName }) => ChangeSetName)).toEqual(["two"]);
});
