import { type CloudFormationClient, DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import {
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusalOf, sharedS3 } from "../../../test/s3-host.ts";
import { deployStack, describeStack, stackClient, stackHistory } from "../../../test/stack-client.ts";

const ofFile = {
  Type: "AWS::S3::Bucket",
  Properties: { BucketName: "from-file", VersioningConfiguration: { Status: "Enabled" } },
};
const s3 = sharedS3({ resources: { Uploads: ofFile } });
let client: CloudFormationClient;
beforeAll(() => {
  client = stackClient(s3.host.test.platform);
});
afterAll(() => client.destroy());

const bucketWith = (properties: object) => ({
  Resources: {
    Bucket: { Type: "AWS::S3::Bucket", Properties: properties },
    Policy: {
      Type: "AWS::S3::BucketPolicy",
      Properties: {
        Bucket: { Ref: "Bucket" },
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Deny",
              Principal: "*",
              Action: "s3:GetObject",
              Resource: { "Fn::Join": ["/", [{ "Fn::GetAtt": ["Bucket", "Arn"] }, "secret"]] },
            },
          ],
        },
      },
    },
  },
  Outputs: {
    Name: { Value: { Ref: "Bucket" } },
    Arn: { Value: { "Fn::GetAtt": ["Bucket", "Arn"] } },
    Domain: { Value: { "Fn::GetAtt": ["Bucket", "RegionalDomainName"] } },
  },
});

test("a bucket of a stack is in S3, set as its template says, with its policy in force", async () => {
  const stack = await deployStack(
    client,
    "buckets",
    bucketWith({
      VersioningConfiguration: { Status: "Enabled" },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" } }],
      },
      // As SAM's own template has them.
      PublicAccessBlockConfiguration: { BlockPublicAcls: "true", BlockPublicPolicy: "false" },
      Tags: [{ Key: "team", Value: "us" }],
      LifecycleConfiguration: { Rules: [{ Id: "old", Status: "Enabled", ExpirationInDays: 30 }] },
    }),
  );
  expect(stack.StackStatus).toBe("CREATE_COMPLETE");
  const output = (name: string) => stack.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
  const Bucket = output("Name") ?? "";
  expect(Bucket).toMatch(/^buckets-bucket-[a-z0-9]+$/);
  expect([output("Arn"), output("Domain")]).toEqual([
    `arn:aws:s3:::${Bucket}`,
    `${Bucket}.s3.us-east-1.amazonaws.com`,
  ]);
  const { client: own } = s3.host;
  expect((await own.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe("Enabled");
  expect(await own.send(new GetBucketEncryptionCommand({ Bucket }))).toMatchObject({
    ServerSideEncryptionConfiguration: {
      Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" } }],
    },
  });
  expect(
    (await own.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration,
  ).toMatchObject({ BlockPublicAcls: true, BlockPublicPolicy: false });
  expect((await own.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toContainEqual({
    Key: "team",
    Value: "us",
  });
  expect((await own.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toMatchObject([
    { ID: "old", Expiration: { Days: 30 } },
  ]);
  for (const Key of ["open", "secret"]) await own.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
  expect(await refusalOf(own.send(new GetObjectCommand({ Bucket, Key: "open" })))).toBe("no error");
  expect(await refusalOf(own.send(new GetObjectCommand({ Bucket, Key: "secret" })))).toBe("403 AccessDenied");
});

test("a stack is not deleted while its bucket has something in it", async () => {
  const BucketName = "to-be-emptied";
  const { StackId = "" } = await deployStack(client, "emptied", bucketWith({ BucketName }));
  const { client: own } = s3.host;
  await own.send(new PutObjectCommand({ Bucket: BucketName, Key: "k", Body: "x" }));
  await client.send(new DeleteStackCommand({ StackName: "emptied" }));
  expect((await describeStack(client, StackId)).StackStatus).toBe("DELETE_FAILED");
  expect(await stackHistory(client, StackId)).toContain("Bucket DELETE_FAILED");
  expect(await refusalOf(own.send(new GetBucketPolicyCommand({ Bucket: BucketName })))).toBe(
    "404 NoSuchBucketPolicy",
  );
  await own.send(new DeleteObjectCommand({ Bucket: BucketName, Key: "k" }));
  await client.send(new DeleteStackCommand({ StackName: "emptied" }));
  expect((await describeStack(client, StackId)).StackStatus).toBe("DELETE_COMPLETE");
  expect(await refusalOf(own.send(new HeadBucketCommand({ Bucket: BucketName })))).toBe("404 NotFound");
});

test("a bucket of the template that is run from its file is there too", async () => {
  const { Status } = await s3.host.client.send(new GetBucketVersioningCommand({ Bucket: "from-file" }));
  expect(Status).toBe("Enabled");
});
