import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from "@aws-sdk/client-cloudformation";
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionCommand,
  GetFunctionUrlConfigCommand,
  GetPolicyCommand,
  LambdaClient,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import {
  answering,
  configurationOf,
  createFunction,
  invoke,
  refusalOf,
  someRole,
} from "../../../test/lambda-api.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";
import { FunctionFolder } from "../environment/testing/function-folder.ts";

// What is made by the API stays, beside what stacks and the template make.

const account = "123456789012";
const arn = (name: string) => `arn:aws:lambda:us-east-1:${account}:function:${name}`;

test("functions and everything of them outlive the platform", async () => {
  await using folder = await FunctionFolder.create({});
  const start = () =>
    TestPlatform.start({ resources: { Local: scripted() }, stateFolder: `${folder.path}/state` });
  let url: string | undefined;
  let revision: string | undefined;
  {
    await using platform = await start();
    const client = platform.client();
    await createFunction(client, "kept", { Publish: true, Tags: { a: "1" } });
    await client.send(new CreateAliasCommand({ FunctionName: "kept", Name: "live", FunctionVersion: "1" }));
    await client.send(new UpdateFunctionCodeCommand({ FunctionName: "kept", ZipFile: answering("newer") }));
    await client.send(
      new PutFunctionConcurrencyCommand({ FunctionName: "kept", ReservedConcurrentExecutions: 5 }),
    );
    await client.send(
      new AddPermissionCommand({
        FunctionName: "kept",
        StatementId: "s",
        Action: "lambda:InvokeFunction",
        Principal: "s3.amazonaws.com",
      }),
    );
    url = (await client.send(new CreateFunctionUrlConfigCommand({ FunctionName: "kept", AuthType: "NONE" })))
      .FunctionUrl;
    revision = (await configurationOf(client, "kept")).RevisionId;
    await createFunction(client, "gone");
    await client.send(new DeleteFunctionCommand({ FunctionName: "gone" }));
    expect(platform.bugs).toEqual([]);
  }
  await using platform = await start();
  const client = platform.client();
  expect((await configurationOf(client, "kept")).RevisionId).toBe(revision);
  expect(await invoke(client, "kept")).toBe("newer");
  expect(await invoke(client, "kept", "live")).toBe("kept");
  const again = await client.send(new GetFunctionUrlConfigCommand({ FunctionName: "kept" }));
  expect(again.FunctionUrl?.replace(/:\d+/, "")).toBe(url?.replace(/:\d+/, ""));
  const { Policy } = await client.send(new GetPolicyCommand({ FunctionName: "kept" }));
  expect(Policy).toContain('"Sid":"s"');
  expect(await refusalOf(invoke(client, "gone"))).toMatch(/^404 ResourceNotFoundException/);
  const { Versions } = await client.send(new ListVersionsByFunctionCommand({ FunctionName: "kept" }));
  expect(Versions?.map(({ Version }) => Version)).toEqual(["$LATEST", "1"]);
  expect(platform.bugs).toEqual([]);
});

test("what the API changes of a stack's function stays until the template changes it", async () => {
  await using platform = await TestPlatform.start({ resources: { Queue: { Type: "AWS::SQS::Queue" } } });
  const client = platform.client();
  const config = platform.platform.clientConfig;
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const stacks = new CloudFormationClient(config);
  const patience = { client: stacks, maxWaitTime: 20, minDelay: 1, maxDelay: 1 };
  await s3.send(new CreateBucketCommand({ Bucket: "code" }));
  for (const key of ["a", "b"])
    await s3.send(new PutObjectCommand({ Bucket: "code", Key: key, Body: answering(key) }));
  const template = (properties: object) =>
    JSON.stringify({
      Resources: {
        F: {
          Type: "AWS::Lambda::Function",
          Properties: {
            FunctionName: "stacked",
            Runtime: "nodejs24.x",
            Handler: "index.handler",
            Role: someRole,
            Code: { S3Bucket: "code", S3Key: "a" },
            Timeout: 5,
            MemorySize: 128,
            ...properties,
          },
        },
      },
    });
  const StackName = "s";
  const update = async (properties: object) => {
    await stacks.send(new UpdateStackCommand({ StackName, TemplateBody: template(properties) }));
    await waitUntilStackUpdateComplete(patience, { StackName });
  };
  await stacks.send(new CreateStackCommand({ StackName, TemplateBody: template({}) }));
  await waitUntilStackCreateComplete(patience, { StackName });

  await client.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: "stacked", Timeout: 60, Description: "by hand" }),
  );
  await client.send(
    new UpdateFunctionCodeCommand({ FunctionName: "stacked", ZipFile: answering("by hand") }),
  );
  expect(await invoke(client, "stacked")).toBe("by hand");

  await update({ MemorySize: 256 });
  expect(await configurationOf(client, "stacked")).toMatchObject({
    MemorySize: 256,
    Timeout: 60,
    Description: "by hand",
  });
  expect(await invoke(client, "stacked")).toBe("by hand");
  await update({ MemorySize: 256, Timeout: 7, Code: { S3Bucket: "code", S3Key: "b" } });
  expect(await configurationOf(client, "stacked")).toMatchObject({ Timeout: 7, Description: "by hand" });
  expect(await invoke(client, "stacked")).toBe("b");

  // What is made of it besides goes with it.
  const FunctionName = "stacked";
  const publish = async () => (await client.send(new PublishVersionCommand({ FunctionName }))).Version;
  const live = { FunctionName, Name: "live" };
  await client.send(new CreateAliasCommand({ ...live, FunctionVersion: (await publish()) ?? "" }));
  await update({ MemorySize: 512 });
  await client.send(new UpdateAliasCommand({ ...live, FunctionVersion: (await publish()) ?? "" }));
  await update({ MemorySize: 256 });
  expect(await configurationOf(client, "stacked", "live")).toMatchObject({ Version: "2", MemorySize: 512 });
  await client.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" }));

  await stacks.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete(patience, { StackName });
  expect(await refusalOf(configurationOf(client, "stacked"))).toMatch(/^404 ResourceNotFoundException/);
  await createFunction(client, "stacked");
  expect(await refusalOf(configurationOf(client, "stacked", "live"))).toMatch(
    /^404 ResourceNotFoundException/,
  );
  expect(await refusalOf(client.send(new GetFunctionUrlConfigCommand({ FunctionName })))).toMatch(
    /^404 ResourceNotFoundException/,
  );
  expect(platform.bugs).toEqual([]);
});

test("every call is held to the policies of its caller", async () => {
  const may = (Action: string | string[], Resource: string) => ({ Effect: "Allow", Action, Resource });
  await using platform = await TestPlatform.start({
    resources: {
      Developer: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: "developer",
          AssumeRolePolicyDocument: {
            Statement: [{ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" }],
          },
          Policies: [
            {
              PolicyName: "p",
              PolicyDocument: {
                Statement: [
                  may(["lambda:CreateFunction", "lambda:GetFunction", "lambda:InvokeFunction"], arn("dev-*")),
                  may("iam:PassRole", `arn:aws:iam::${account}:role/dev-*`),
                ],
              },
            },
          ],
        },
      },
    },
  });
  const { Credentials } = await new STSClient(platform.platform.clientConfig).send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/developer`, RoleSessionName: "ada" }),
  );
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
  const client = new LambdaClient({
    ...platform.platform.clientConfig,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  });
  const own = { Role: `arn:aws:iam::${account}:role/dev-role` };
  await createFunction(client, "dev-1", own);
  expect(await configurationOf(client, "dev-1")).toMatchObject({ FunctionName: "dev-1" });
  const denied = (action: string, resource: string) =>
    new RegExp(
      `^403 AccessDeniedException: User: .* is not authorized to perform: ${action} on resource: ${resource}`,
    );
  expect(await refusalOf(createFunction(client, "other", own))).toMatch(
    denied("lambda:CreateFunction", arn("other")),
  );
  expect(await refusalOf(createFunction(client, "dev-2"))).toMatch(denied("iam:PassRole", someRole));
  expect(await refusalOf(client.send(new DeleteFunctionCommand({ FunctionName: "dev-1" })))).toMatch(
    denied("lambda:DeleteFunction", arn("dev-1")),
  );
  expect(platform.bugs).toEqual([]);
});
