import {
  CreateAliasCommand,
  GetFunctionEventInvokeConfigCommand,
  type LambdaClient,
  PublishVersionCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  allow,
  functionRoles,
  policyDocument,
  type RoleTable,
  roleArn,
} from "../../../test/function-roles.ts";
import { configurationOf, createFunction, refusalOf, someRole } from "../../../test/lambda-api.ts";
import { TestPlatform } from "../../../test/test-platform.ts";

// Lambda takes no dead-letter queue and no destination that the function's role may not send to.

const arn = (service: string, name: string) => `arn:aws:${service}:us-east-1:123456789012:${name}`;
const queue = arn("sqs", "jobs");
const topic = arn("sns", "news");
const bus = arn("events", "event-bus/own");
const sink = arn("lambda", "function:sink");
const send = "sqs:SendMessage";

const roles: RoleTable = {
  whole: [
    [
      allow(send, queue),
      allow("sns:Publish", topic),
      allow("events:PutEvents", bus),
      allow("lambda:InvokeFunction", sink),
    ],
  ],
  silent: [[allow("logs:*")]],
  denied: [[allow("*"), { ...allow([send, "sns:Publish"]), Effect: "Deny" }]],
  elsewhere: [[allow(send, `${queue}2`), allow("sns:Publish", `${topic}2`)]],
  reader: [[allow(["sqs:ReceiveMessage", "sns:Subscribe"])]],
  bounded: [
    [allow("*")],
    { PermissionsBoundary: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" },
  ],
  managed: [
    [],
    {
      ManagedPolicyArns: ["AmazonSQSFullAccess", "AmazonSNSFullAccess"].map(
        (name) => `arn:aws:iam::aws:policy/${name}`,
      ),
    },
  ],
  unknown: [[], { ManagedPolicyArns: ["arn:aws:iam::aws:policy/SomethingElse"] }],
  ofTheService: [
    ["sqs", "sns"].map((service) =>
      allow(`${service}:*`, "*", { Condition: { StringEquals: { [`${service}:Something`]: "own" } } }),
    ),
  ],
  ofTheAccount: [
    [
      allow(["sqs:*", "sns:*"], "*", {
        Condition: { StringEquals: { "aws:ResourceAccount": "123456789012" } },
      }),
    ],
  ],
};

let platform: TestPlatform;
let client: LambdaClient;
beforeAll(async () => {
  const letsAll = policyDocument([allow("sqs:*", "*", { Principal: "*" })]);
  platform = await TestPlatform.start({
    resources: {
      ...functionRoles(roles),
      Jobs: { Type: "AWS::SQS::Queue", Properties: { QueueName: "jobs" } },
      Open: {
        Type: "AWS::SQS::QueuePolicy",
        Properties: { Queues: [{ Ref: "Jobs" }], PolicyDocument: letsAll },
      },
      News: { Type: "AWS::SNS::Topic", Properties: { TopicName: "news" } },
      Own: { Type: "AWS::Events::EventBus", Properties: { Name: "own" } },
    },
  });
  client = platform.client();
  await createFunction(client, "sink");
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const refused = ["silent", "denied", "elsewhere", "reader", "bounded"];
const taken = ["whole", "managed", "unknown", "ofTheService", "ofTheAccount", "no-role-of-a-template"];
const notTo = (what: string) =>
  `400 InvalidParameterValueException: The provided execution role does not have permissions to call ${what}`;

describe.each([
  ["queue", queue, "SendMessage on SQS"],
  ["topic", topic, "Publish on SNS"],
])("CreateFunction with a dead-letter %s", (kind, TargetArn, what) => {
  const DeadLetterConfig = { TargetArn };

  test.each(refused)("is refused with the role %s, whatever the other's policy says", async (role) => {
    const name = `no-${kind}-${role}`;
    const refusal = await refusalOf(createFunction(client, name, { Role: roleArn(role), DeadLetterConfig }));
    expect(refusal).toBe(notTo(what));
    expect(await refusalOf(configurationOf(client, name))).toMatch(/^404 /);
  });

  test.each(taken)("is taken with the role %s", async (role) => {
    const Role = roleArn(role);
    const made = await createFunction(client, `${kind}-${role}`, { Role, DeadLetterConfig });
    expect(made).toMatchObject({ DeadLetterConfig });
  });
});

describe("UpdateFunctionConfiguration", () => {
  const DeadLetterConfig = { TargetArn: queue };
  const update = (FunctionName: string, more: object) =>
    refusalOf(client.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...more })));

  test("to a dead-letter queue asks the right of the role that the function has", async () => {
    await createFunction(client, "moves", { Role: roleArn("silent") });
    expect(await update("moves", { DeadLetterConfig })).toBe(notTo("SendMessage on SQS"));
    expect(await configurationOf(client, "moves")).not.toHaveProperty("DeadLetterConfig");
    expect(await update("moves", { DeadLetterConfig, Role: roleArn("whole") })).toMatchObject({
      DeadLetterConfig,
    });
  });

  test("to another role asks its right where the function has a dead-letter queue", async () => {
    await createFunction(client, "changes", { Role: roleArn("whole"), DeadLetterConfig });
    expect(await update("changes", { Role: roleArn("silent") })).toBe(notTo("SendMessage on SQS"));
    expect(await configurationOf(client, "changes")).toMatchObject({ Role: roleArn("whole") });
    expect(await update("changes", { Role: someRole })).toMatchObject({ Role: someRole });
  });

  test("to no dead-letter queue needs no such right", async () => {
    await createFunction(client, "leaves", { Role: roleArn("whole"), DeadLetterConfig });
    const none = { DeadLetterConfig: { TargetArn: "" } };
    expect(await update("leaves", { Role: roleArn("silent"), ...none })).toMatchObject({
      Role: roleArn("silent"),
    });
  });
});

describe("a destination of asynchronous invocations", () => {
  const put = (FunctionName: string, Destination: string, member = "OnFailure", Qualifier?: string) =>
    refusalOf(
      client.send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName,
          Qualifier,
          DestinationConfig: { [member]: { Destination } },
        }),
      ),
    );
  const notCalling = (what: string) =>
    `400 InvalidParameterValueException: The function's execution role does not have permissions to call ${what}`;
  const destinations: readonly (readonly [kind: string, arn: string, operation: string])[] = [
    ["queue", queue, "SendMessage"],
    ["topic", topic, "Publish"],
    ["bus", bus, "PutEvents"],
    ["function", sink, "InvokeFunction"],
  ];

  test.each(destinations)("that is a %s takes the right to send", async (kind, to, operation) => {
    await createFunction(client, `poor-${kind}`, { Role: roleArn("silent") });
    await createFunction(client, `rich-${kind}`, { Role: roleArn("whole") });
    for (const member of ["OnSuccess", "OnFailure"]) {
      expect(await put(`poor-${kind}`, to, member)).toBe(notCalling(`${operation} on ${to}`));
      expect(await put(`rich-${kind}`, to, member)).toMatchObject({
        DestinationConfig: { [member]: { Destination: to } },
      });
    }
    const get = new GetFunctionEventInvokeConfigCommand({ FunctionName: `poor-${kind}` });
    expect(await refusalOf(client.send(get))).toMatch(/^404 /);
  });

  test.each(["denied", "elsewhere", "reader", "bounded"])("is refused with the role %s", async (role) => {
    await createFunction(client, `to-${role}`, { Role: roleArn(role) });
    expect(await put(`to-${role}`, queue)).toBe(notCalling(`SendMessage on ${queue}`));
  });

  test.each(["managed", "unknown", "ofTheService", "ofTheAccount", "no-role-of-a-template"])(
    "is taken with the role %s",
    async (role) => {
      await createFunction(client, `to-${role}`, { Role: roleArn(role) });
      expect(await put(`to-${role}`, queue)).toHaveProperty("DestinationConfig");
    },
  );

  test("is refused where it changes one that the function has", async () => {
    await createFunction(client, "changed", { Role: roleArn("whole") });
    await put("changed", queue);
    const DestinationConfig = { OnFailure: { Destination: `${queue}2` } };
    const update = new UpdateFunctionEventInvokeConfigCommand({ FunctionName: "changed", DestinationConfig });
    expect(await refusalOf(client.send(update))).toBe(notCalling(`SendMessage on ${queue}2`));
    const kept = await client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: "changed" }));
    expect(kept.DestinationConfig?.OnFailure?.Destination).toBe(queue);
  });

  test("of an alias is that of the version's role", async () => {
    const FunctionName = "versioned";
    await createFunction(client, FunctionName, { Role: roleArn("silent") });
    const { Version: FunctionVersion } = await client.send(new PublishVersionCommand({ FunctionName }));
    await client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion }));
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Role: roleArn("whole") }));
    expect(await put(FunctionName, queue, "OnFailure", "live")).toBe(notCalling(`SendMessage on ${queue}`));
    expect(await put(FunctionName, queue)).toHaveProperty("DestinationConfig");
  });
});
