import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployResources } from "../../test/deploy-resources.ts";
import { FunctionFolder } from "../lambda/environment/testing/function-folder.ts";

let folder: FunctionFolder;
beforeAll(async () => {
  folder = await FunctionFolder.create({ "code/bootstrap": "#!/bin/sh\n" });
});
afterAll(() => folder[Symbol.asyncDispose]());

type Properties = Readonly<Record<string, unknown>>;

const codes = ["no-effect", "left-out", "resource", "missing-right"];
const arnOf = (logicalId: string) => ({ "Fn::GetAtt": [logicalId, "Arn"] });
const resource = (Type: string, properties: Properties) => ({ Type, Properties: properties });

/** A function and a queue, with what is given. */
async function deploy(properties: Properties, more: Properties = {}) {
  const standard = { CodeUri: "code/", Handler: "bootstrap", Runtime: "provided.al2023" };
  const { stack, diagnostics } = await deployResources(folder, {
    F: resource("AWS::Serverless::Function", { ...standard, ...properties }),
    Q: resource("AWS::SQS::Queue", {}),
    ...more,
  });
  const lines = (await readFile(join(folder.path, "template.json"), "utf8")).split("\n");
  const told = diagnostics
    .filter(({ code }) => codes.includes(code))
    .map(({ severity, message, line }) => ({ severity, message, at: lines[line - 1]?.trim() }));
  return { model: stack?.model, told };
}

const arn = "arn:aws:sqs:us-east-1:123456789012:Q";
const onFailure = (Type: string, Destination: unknown) => ({
  EventInvokeConfig: { DestinationConfig: { OnFailure: { Type, Destination } } },
});

test("a configuration is that of a function's qualifier, with AWS's standards", async () => {
  const { model, told } = await deploy({
    AutoPublishAlias: "live",
    EventInvokeConfig: { MaximumRetryAttempts: 1, DestinationConfig: { OnSuccess: { Type: "SQS" } } },
  });
  expect([...(model?.eventInvokeConfigs ?? [])]).toEqual([
    [
      "F:live",
      {
        maximumEventAgeSeconds: 21_600,
        maximumRetryAttempts: 1,
        onSuccess: expect.stringMatching(/^arn:aws:sqs:us-east-1:123456789012:FEventInvokeConfigOnSuccess/),
        onFailure: undefined,
      },
    ],
  ]);
  expect(told).toEqual([]);
});

describe("a place that nothing is sent to here is told by its name, and everything else runs", () => {
  const at = '"EventInvokeConfig": {';
  const topic = "arn:aws:sns:us-east-1:123456789012:t.fifo";
  test.each([
    { given: onFailure("SNS", topic), what: `${topic} is a FIFO topic, which Lambda`, at },
    { given: onFailure("S3Bucket", "arn:aws:s3:::b"), what: "arn:aws:s3:::b is an S3 bucket", at },
    { given: onFailure("SQS", `${arn}.fifo`), what: `${arn}.fifo is a FIFO queue, which Lambda`, at },
    {
      given: { DeadLetterQueue: { Type: "SNS", TargetArn: topic } },
      what: `${topic} is a FIFO topic, which Lambda`,
      at: '"DeadLetterQueue": {',
    },
  ])("$what", async ({ given, what, at }) => {
    const { model, told } = await deploy(given);
    expect(told).toEqual([{ severity: "warning", message: expect.stringContaining(what), at }]);
    expect(told[0]?.message).toMatch(/^Nothing is sent there: /);
    expect(model?.functions.has("F")).toBe(true);
  });
});

describe("a role that may not send to its function's dead-letter queue or destination", () => {
  const Role = (properties: Properties) => ({
    R: resource("AWS::IAM::Role", { AssumeRolePolicyDocument: {}, ...properties }),
  });
  const allow = (Resource: unknown) => ({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sqs:SendMessage", Resource }],
  });
  const refusal = (message: string) => ({
    severity: "error",
    message: `${message}. AWS refuses the deployment. The role sluice-R lacks sqs:SendMessage on ${arn}.`,
    at: '"F": {',
  });
  const letter = refusal("The provided execution role does not have permissions to call SendMessage on SQS");
  const destination = refusal(
    `The function's execution role does not have permissions to call SendMessage on ${arn}`,
  );
  const lacks = [letter, destination];
  const policy = (Resource: unknown) => ({
    P: resource("AWS::IAM::Policy", {
      PolicyName: "p",
      PolicyDocument: allow(Resource),
      Roles: [{ Ref: "R" }],
    }),
  });
  test.each<{ readonly name: string; readonly more: Properties; readonly told: readonly object[] }>([
    { name: "without any policy is told", more: Role({}), told: lacks },
    {
      name: "is told whose policy is for another queue",
      more: { ...Role({}), ...policy(`${arn}2`) },
      told: lacks,
    },
    { name: "is none with an inline policy of its own", more: { ...Role({}), ...policy(arn) }, told: [] },
    {
      name: "is none with a managed policy",
      more: Role({ ManagedPolicyArns: ["arn:aws:iam::aws:policy/AmazonSQSFullAccess"] }),
      told: [],
    },
    {
      name: "is told also where the queue lets it",
      more: {
        ...Role({}),
        P: resource("AWS::SQS::QueuePolicy", {
          Queues: [{ Ref: "Q" }],
          PolicyDocument: {
            Statement: { ...allow(arn).Statement[0], Principal: { AWS: arnOf("R") } },
          },
        }),
      },
      told: lacks,
    },
    {
      name: "is none with a managed policy that nobody knows",
      more: Role({ ManagedPolicyArns: ["arn:aws:iam::aws:policy/SomethingElse"] }),
      told: [],
    },
  ])("$name", async ({ more, told }) => {
    const DeadLetterQueue = { Type: "SQS", TargetArn: arnOf("Q") };
    const given = { Role: arnOf("R"), DeadLetterQueue, ...onFailure("SQS", arnOf("Q")) };
    const result = await deploy(given, more);
    expect(result.told).toEqual(told);
  });

  test("is told at the configuration where the template has one", async () => {
    const Config = resource("AWS::Lambda::EventInvokeConfig", {
      FunctionName: { Ref: "F" },
      Qualifier: "$LATEST",
      DestinationConfig: { OnFailure: { Destination: arnOf("Q") } },
    });
    const { told } = await deploy({ Role: arnOf("R") }, { ...Role({}), Config });
    expect(told).toEqual([{ ...destination, at: '"Config": {' }]);
  });

  test("is none where SAM makes the role: it may send to both", async () => {
    const DeadLetterQueue = { Type: "SQS", TargetArn: arnOf("Q") };
    const { model, told } = await deploy({ DeadLetterQueue, ...onFailure("SQS", arnOf("Q")) });
    expect(told).toEqual([]);
    expect(model?.functions.get("F")?.configuration.deadLetterArn).toBe(arn);
  });
});

test.each<{ given: unknown; message: string; at?: string }>([
  {
    at: '"MaximumEventAgeInSeconds": 59',
    given: resource("AWS::Lambda::EventInvokeConfig", {
      FunctionName: { Ref: "F" },
      Qualifier: "$LATEST",
      MaximumEventAgeInSeconds: 59,
    }),
    message: "MaximumEventAgeInSeconds is 59; Lambda takes 60 to 21600.",
  },
  {
    given: resource("AWS::SQS::Queue", { VisibilityTimeout: 43_201 }),
    message: "Invalid value for the parameter VisibilityTimeout.",
  },
  {
    given: resource("AWS::SQS::Queue", { RedrivePolicy: { deadLetterTargetArn: arn } }),
    message: "Invalid value for the parameter RedrivePolicy.",
  },
  {
    given: resource("AWS::SQS::Queue", { QueueName: "a b" }),
    message: "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
  },
])(
  "what AWS takes no queue or configuration with is an error: $message",
  async ({ given, message, at = '"Wrong": {' }) => {
    const { model, told } = await deploy({}, { Wrong: given });
    expect(told).toEqual([{ severity: "error", message, at }]);
    expect(model).toBeUndefined();
  },
);
