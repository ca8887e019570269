import {
  DeleteStackCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  waitUntilStackDeleteComplete,
} from "@aws-sdk/client-cloudformation";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { rawZip } from "../../../test/raw-zip.ts";
import { deployStack, stackClient } from "../../../test/stack-client.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

// What `sam deploy --resolve-s3` and `sam delete` do, call by call, with the SDK.

/** The stack that SAM CLI makes once for each account, in short. */
const managed = {
  Transform: "AWS::Serverless-2016-10-31",
  Resources: {
    SamCliSourceBucket: {
      Type: "AWS::S3::Bucket",
      Properties: {
        PublicAccessBlockConfiguration: { BlockPublicAcls: "true", IgnorePublicAcls: "true" },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" } }],
        },
        VersioningConfiguration: { Status: "Enabled" },
        Tags: [{ Key: "ManagedStackSource", Value: "AwsSamCli" }],
      },
    },
    SamCliSourceBucketBucketPolicy: {
      Type: "AWS::S3::BucketPolicy",
      Properties: {
        Bucket: { Ref: "SamCliSourceBucket" },
        PolicyDocument: {
          Statement: [
            {
              Effect: "Deny",
              Principal: "*",
              Action: "s3:*",
              Resource: {
                "Fn::Join": [
                  "",
                  ["arn:", { Ref: "AWS::Partition" }, ":s3:::", { Ref: "SamCliSourceBucket" }, "/*"],
                ],
              },
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
          ],
        },
      },
    },
  },
  Outputs: { SourceBucket: { Value: { Ref: "SamCliSourceBucket" } } },
};

const app = (codeUri: string) =>
  JSON.stringify({
    Transform: "AWS::Serverless-2016-10-31",
    Resources: {
      Hello: {
        Type: "AWS::Serverless::Function",
        Properties: {
          CodeUri: codeUri,
          Handler: "index.handler",
          Runtime: "nodejs24.x",
          Events: { Root: { Type: "Api", Properties: { Path: "/", Method: "GET" } } },
        },
      },
    },
    Outputs: {
      Url: {
        Value: {
          "Fn::Join": [
            "",
            ["https://", { Ref: "ServerlessRestApi" }, ".execute-api.us-east-1.amazonaws.com/Prod"],
          ],
        },
      },
    },
  });

test("an application is uploaded, deployed, served and deleted, its code before its stack", async () => {
  await using platform = await TestPlatform.start({ resources: { Unrelated: scripted() } });
  const client = stackClient(platform.platform);
  const s3 = new S3Client({ ...platform.platform.clientConfig, maxAttempts: 1, forcePathStyle: true });

  const bucketStack = await deployStack(client, "aws-sam-cli-managed-default", managed, {
    Tags: [{ Key: "ManagedStackSource", Value: "AwsSamCli" }],
  });
  expect(bucketStack.Tags).toEqual([{ Key: "ManagedStackSource", Value: "AwsSamCli" }]);
  const Bucket = bucketStack.Outputs?.[0]?.OutputValue ?? "";
  expect(Bucket).toMatch(/^aws-sam-cli-managed-default-samclisourcebucket-[a-z0-9]{12}$/);

  const code = `exports.handler = async () => ({ statusCode: 200, body: "from S3" })`;
  await s3.send(
    new PutObjectCommand({ Bucket, Key: "code", Body: rawZip([{ name: "index.js", content: code }]) }),
  );
  const text = app(`s3://${Bucket}/code`);
  await s3.send(new PutObjectCommand({ Bucket, Key: "app.template", Body: text }));
  const stack = await deployStack(
    client,
    "app",
    {},
    {
      TemplateBody: undefined,
      // The endpoint as the CLI knows it, be it another name of the same.
      TemplateURL: `http://localhost:${platform.port}/${Bucket}/app.template`,
    },
  );
  const url = stack.Outputs?.[0]?.OutputValue ?? "";
  expect(await (await fetch(`${url}/`)).text()).toBe("from S3");

  const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName: "app" }));
  expect(TemplateBody).toBe(text);
  for (const Key of ["code", "app.template"]) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  expect(await (await fetch(`${url}/`)).text()).toBe("from S3");
  await client.send(new DeleteStackCommand({ StackName: "app" }));
  const waiting = { client, maxWaitTime: 10, minDelay: 1, maxDelay: 1 };
  expect(await waitUntilStackDeleteComplete(waiting, { StackName: "app" })).toMatchObject({
    state: "SUCCESS",
  });
  await expect(client.send(new DescribeStacksCommand({ StackName: "app" }))).rejects.toThrow(
    "Stack with id app does not exist",
  );
  expect((await fetch(`${url}/`)).status).toBe(403);
  client.destroy();
  s3.destroy();
  expect(platform.bugs).toEqual([]);
});

test("outputs keep AWS's addresses where that is asked for", async () => {
  await using platform = await TestPlatform.start({
    resources: { Unrelated: scripted() },
    showsLocalAddresses: false,
  });
  const client = stackClient(platform.platform);
  const inline = app("x").replace('"CodeUri":"x"', '"InlineCode":"exports.handler = 1"');
  const stack = await deployStack(client, "app", {}, { TemplateBody: inline });
  expect(stack.Outputs?.[0]?.OutputValue).toMatch(
    /^https:\/\/[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com\/Prod$/,
  );
  client.destroy();
});
