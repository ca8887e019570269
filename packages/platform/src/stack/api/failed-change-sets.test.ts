import {
  type Capability,
  type CloudFormationClient,
  CreateChangeSetCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
} from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stackClient } from "../../../test/stack-client.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

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

describe("what the transform finds fails the change set, with the reason", () => {
  const sam = (properties: object) => ({
    Transform: "AWS::Serverless-2016-10-31",
    Resources: { F: { Type: "AWS::Serverless::Function", Properties: properties } },
  });
  const inline = {
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    InlineCode: "exports.handler = () => {}",
  };
  test.each<[string, object, Capability[], string | RegExp]>([
    ["capabilities", sam(inline), [], "Requires capabilities : [CAPABILITY_IAM]"],
    [
      "code that was not uploaded",
      sam({ ...inline, InlineCode: undefined, CodeUri: "src/" }),
      ["CAPABILITY_IAM"],
      "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. Number of errors found: 1. Resource with id [F] is invalid. 'CodeUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.",
    ],
    [
      "types that are not served",
      { ...sam(inline), Resources: { T: { Type: "AWS::EC2::VPC" } } },
      [],
      /^Template format error: Unrecognized resource types: \[AWS::EC2::VPC\]\. /,
    ],
  ])("%s", async (name, template, Capabilities, reason) => {
    const StackName = `failed-${name.replaceAll(" ", "-")}`;
    const { Id: ChangeSetName } = await client.send(
      new CreateChangeSetCommand({
        StackName,
        ChangeSetName: "c",
        ChangeSetType: "CREATE",
        TemplateBody: JSON.stringify(template),
        Capabilities,
      }),
    );
    const described = await client.send(new DescribeChangeSetCommand({ ChangeSetName }));
    expect(described).toMatchObject({ Status: "FAILED", ExecutionStatus: "UNAVAILABLE", Changes: [] });
    expect(described.StatusReason).toEqual(
      typeof reason === "string" ? reason : expect.stringMatching(reason),
    );
    await expect(client.send(new ExecuteChangeSetCommand({ ChangeSetName }))).rejects.toMatchObject({
      name: "InvalidChangeSetStatusException",
      message: `ChangeSet [${ChangeSetName}] cannot be executed in its current status of [FAILED]`,
    });
  });
});
