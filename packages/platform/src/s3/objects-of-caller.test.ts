import { CloudFormationClient, ValidateTemplateCommand } from "@aws-sdk/client-cloudformation";
import {
  GetFunctionCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asRole, assumable } from "../../test/assumed-role.ts";
import { answering, createFunction, invoke, refusalOf } from "../../test/lambda-api.ts";
import { TestPlatform } from "../../test/test-platform.ts";

// Who lets another service read an object must be allowed to read it.

const allow = (Action: string | string[], Resource = "*") => ({ Effect: "Allow", Action, Resource });
const works = allow(["lambda:*", "iam:PassRole", "cloudformation:*"]);
const session = (role: string) => `arn:aws:sts::123456789012:assumed-role/${role}/test`;
const objectArn = (key: string) => `arn:aws:s3:::code/${key}`;

let platform: TestPlatform;
let reader: LambdaClient;
let blind: LambdaClient;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Reader: assumable("reader", works, allow("s3:GetObject", objectArn("mine/*"))),
      Blind: assumable("blind", works),
    },
  });
  const s3 = new S3Client({ ...platform.platform.clientConfig, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: "code" }));
  const template = JSON.stringify({ Resources: { Q: { Type: "AWS::SQS::Queue" } } });
  for (const [Key, Body] of [
    ["mine/code.zip", answering("mine")],
    ["other/code.zip", answering("other")],
    ["other/app.template", template],
    ["mine/app.template", template],
  ] as const) {
    await s3.send(new PutObjectCommand({ Bucket: "code", Key, Body }));
  }
  s3.destroy();
  reader = new LambdaClient(await asRole(platform.platform, "reader"));
  blind = new LambdaClient(await asRole(platform.platform, "blind"));
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const code = (S3Key: string) => ({ S3Bucket: "code", S3Key });

/** Lambda's answer to code that its caller may not read. */
const denied = (role: string, key: string, action = "s3:GetObject") =>
  `403 AccessDeniedException: Your access has been denied by S3, please make sure your request credentials have permission to GetObject for code/${key}. S3 Error Code: AccessDenied. S3 Error Message: User: ${session(role)} is not authorized to perform: ${action} on resource: ${objectArn(key)} because no identity-based policy allows the ${action} action`;

test("code that the caller may read becomes a function", async () => {
  await createFunction(reader, "readable", { Code: code("mine/code.zip") });
  expect(await invoke(reader, "readable")).toBe("mine");
});

describe("code that the caller may not read is refused, in the words of Lambda and of S3", () => {
  test.each<[string, () => Promise<unknown>, string]>([
    [
      "to CreateFunction",
      () => createFunction(blind, "unreadable", { Code: code("mine/code.zip") }),
      denied("blind", "mine/code.zip"),
    ],
    [
      "to UpdateFunctionCode",
      () =>
        reader.send(new UpdateFunctionCodeCommand({ FunctionName: "readable", ...code("other/code.zip") })),
      denied("reader", "other/code.zip"),
    ],
    [
      "of a version",
      () =>
        reader.send(
          new UpdateFunctionCodeCommand({
            FunctionName: "readable",
            ...code("mine/code.zip"),
            S3ObjectVersion: "null",
          }),
        ),
      denied("reader", "mine/code.zip", "s3:GetObjectVersion"),
    ],
    [
      "to PublishLayerVersion",
      () =>
        blind.send(new PublishLayerVersionCommand({ LayerName: "layer", Content: code("mine/code.zip") })),
      denied("blind", "mine/code.zip"),
    ],
    [
      // Who may not list a bucket isn't told what is not in it.
      "that is not there",
      () =>
        reader.send(new UpdateFunctionCodeCommand({ FunctionName: "readable", ...code("mine/none.zip") })),
      "403 AccessDeniedException: Your access has been denied by S3, please make sure your request credentials have permission to GetObject for code/mine/none.zip. S3 Error Code: AccessDenied. S3 Error Message: Access Denied",
    ],
  ])("%s", async (_, call, answer) => {
    expect(await refusalOf(call())).toBe(answer);
  });

  test("and nothing changes", async () => {
    expect(await invoke(reader, "readable")).toBe("mine");
    const missing = reader.send(new GetFunctionCommand({ FunctionName: "unreadable" }));
    await expect(missing).rejects.toThrow("Function not found");
  });
});

test("a template that the caller may not read is refused, in CloudFormation's words", async () => {
  const client = new CloudFormationClient(await asRole(platform.platform, "reader"));
  const validate = (key: string) =>
    client.send(new ValidateTemplateCommand({ TemplateURL: `${platform.url}/code/${key}` }));
  expect((await validate("mine/app.template")).$metadata.httpStatusCode).toBe(200);
  await expect(validate("other/app.template")).rejects.toMatchObject({
    name: "ValidationError",
    message:
      "S3 error: Access Denied\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
  });
  client.destroy();
});
