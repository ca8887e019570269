import * as cloudFormation from "@aws-sdk/client-cloudformation";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { send } from "../../test/exchange.ts";
import { ServiceHost } from "../../test/service-host.ts";
import { AwsServiceError } from "../service-error.ts";
import { defineService } from "./service-api.ts";

// What a service of the query protocol answers: XML, whatever happens.

const namespace = "http://cloudformation.amazonaws.com/doc/2010-05-15/";
const stack = {
  StackName: "demo",
  StackStatus: "CREATE_COMPLETE" as const,
  CreationTime: new Date("2026-01-02T03:04:05.000Z"),
  Outputs: [],
  Tags: [{ Key: "a", Value: "<&>" }],
};

let host: ServiceHost;
beforeAll(async () => {
  host = await ServiceHost.start({
    name: "CloudFormation",
    signingName: "cloudformation",
    protocols: ["query"],
    target: "CloudFormation",
    version: "2010-05-15",
    xmlNamespace: namespace,
    load: async () =>
      defineService(cloudFormation, {
        DescribeStacks: {
          constraints: { StackName: { length: [1, 8], pattern: "[a-z]+" } },
          run: ({ StackName }) => {
            if (StackName === "bug") throw new TypeError("a bug");
            if (StackName === "none")
              throw new AwsServiceError("ValidationError", 400, "Stack <none> does not exist");
            if (StackName === "set") throw new AwsServiceError("ChangeSetNotFoundException", 404, "No set");
            return { Stacks: [stack] };
          },
        },
        DeleteStack: () => ({}),
      }),
  });
});
afterAll(() => host[Symbol.asyncDispose]());

const post = (body: string) =>
  send(host.port, {
    method: "POST",
    path: "/",
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body,
  });
const tail = (id: string) => `<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata>`;

test("an output, with empty lists as empty elements and times to the millisecond", async () => {
  const answer = await post("Action=DescribeStacks&Version=2010-05-15&StackName=demo");
  expect(await answer.summary("content-type")).toEqual({
    status: 200,
    "content-type": "text/xml",
    body: `<DescribeStacksResponse xmlns="${namespace}"><DescribeStacksResult><Stacks><member><StackName>demo</StackName><CreationTime>2026-01-02T03:04:05.000Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs/><Tags><member><Key>a</Key><Value>&lt;&amp;&gt;</Value></member></Tags></member></Stacks></DescribeStacksResult>${tail(answer.requestId)}</DescribeStacksResponse>`,
  });
});

test("nothing where an operation has no output", async () => {
  const answer = await post("Action=DeleteStack&StackName=demo");
  expect((await answer.summary())["body"]).toBe(
    `<DeleteStackResponse xmlns="${namespace}">${tail(answer.requestId)}</DeleteStackResponse>`,
  );
});

describe("an error:", () => {
  test.each<[string, string, number, string, string]>([
    [
      "the service's own",
      "Action=DescribeStacks&StackName=none",
      400,
      "ValidationError",
      "Stack &lt;none&gt; does not exist",
    ],
    [
      "by its code of the query protocol",
      "Action=DescribeStacks&StackName=set",
      404,
      "ChangeSetNotFound",
      "No set",
    ],
    [
      "a bug",
      "Action=DescribeStacks&StackName=bug",
      500,
      "InternalFailure",
      "We encountered an internal error. Please try again.",
    ],
    [
      "a member that is missing",
      "Action=DeleteStack",
      400,
      "ValidationError",
      "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null",
    ],
    [
      "members that break constraints",
      "Action=DescribeStacks&StackName=Not-So-Short",
      400,
      "ValidationError",
      "2 validation errors detected: Value 'Not-So-Short' at 'stackName' failed to satisfy constraint: Member must have length less than or equal to 8; Value 'Not-So-Short' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
    ],
    [
      "an unknown operation",
      "Action=Fly&Version=2010-05-15",
      400,
      "InvalidAction",
      "Could not find operation Fly for version 2010-05-15",
    ],
    [
      "no operation",
      "Version=2010-05-15",
      400,
      "MissingAction",
      "The request is missing an action or a required parameter.",
    ],
  ])("%s", async (_, form, status, code, message) => {
    const answer = await post(form);
    const type = status < 500 ? "Sender" : "Receiver";
    expect(await answer.summary("content-type")).toEqual({
      status,
      "content-type": "text/xml",
      body: `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>${answer.requestId}</RequestId></ErrorResponse>`,
    });
  });
});

test("a bug is told whole", () => {
  expect(host.bugs).toEqual([new TypeError("a bug")]);
});

test("what the SDK's client makes of it", async () => {
  const client = new CloudFormationClient(host.clientConfig);
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: "demo" }));
  expect(Stacks).toEqual([stack]);
});
