import { join } from "node:path";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { GetUserCommand, IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { scripted, TestPlatform } from "../test/test-platform.ts";
import { identify } from "./index.ts";
import { loadOrCreateAccessKey } from "./signature/index.ts";

// Keys without a session token, as an IAM user has them, are as good as the platform's own; those that nobody gave are not.

test("an access key that is made while the platform runs is a user's, who may do everything", async () => {
  await using platform = await TestPlatform.start({
    resources: { Signed: scripted({ FunctionUrlConfig: { AuthType: "AWS_IAM" } }) },
  });
  const { accessKeyId, secretAccessKey } = await loadOrCreateAccessKey(join(platform.folder, "state"));
  const config = {
    ...platform.platform.clientConfig,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  };
  const user = { Arn: "arn:aws:iam::123456789012:user/administrator" };
  expect(await new STSClient(config).send(new GetCallerIdentityCommand())).toMatchObject({
    ...user,
    Account: "123456789012",
    UserId: expect.stringMatching(/^AIDA/),
  });
  const iam = new IAMClient(config);
  expect((await iam.send(new GetUserCommand())).User).toMatchObject({ ...user, UserName: "administrator" });
  expect((await iam.send(new ListUsersCommand())).Users).toMatchObject([user]);
  expect((await new CloudFormationClient(config).send(new DescribeStacksCommand())).Stacks).toEqual([]);
  expect((await new S3Client(config).send(new ListBucketsCommand())).Buckets).toEqual([]);
  const lambda = new LambdaClient(config);
  expect((await lambda.send(new ListFunctionsCommand())).Functions).toHaveLength(1);

  expect(await identify(platform.url, config)).toMatchObject({ arn: user.Arn, isAdministrator: true });

  const others = { ...config, credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey } };
  await expect(new STSClient(others).send(new GetCallerIdentityCommand())).rejects.toMatchObject({
    name: "InvalidClientTokenId",
  });
  const wrong = { ...config, credentials: { accessKeyId, secretAccessKey: "wrong" } };
  await expect(new STSClient(wrong).send(new GetCallerIdentityCommand())).rejects.toMatchObject({
    name: "SignatureDoesNotMatch",
  });
  expect(platform.bugs).toEqual([]);
});
