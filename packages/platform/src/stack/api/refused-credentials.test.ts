import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";
import { FunctionFolder } from "../../lambda/environment/testing/function-folder.ts";
import { credentialsFileName, generateCredentials } from "../../signature/credentials.ts";

// What a deployment with credentials that are no good any more, or to another Region, is told; nothing comes of it.

const resources = { Unrelated: scripted() };
const TemplateBody = JSON.stringify({ Resources: { Q: { Type: "AWS::SQS::Queue" } } });

interface Config {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** What each service that a deployment needs answers. */
async function refusals(config: Config): Promise<string[]> {
  const common = { ...config, maxAttempts: 1 };
  const clients = [
    new CloudFormationClient(common),
    new S3Client({ ...common, forcePathStyle: true }),
    new LambdaClient(common),
  ] as const;
  const [cloudFormation, s3, lambda] = clients;
  const answers = await Promise.all(
    [
      cloudFormation.send(new CreateStackCommand({ StackName: "s", TemplateBody })),
      s3.send(new ListBucketsCommand({})),
      lambda.send(new ListFunctionsCommand({})),
    ].map((call: Promise<unknown>) =>
      call.then(
        () => "no error",
        (error: { name: string; message: string; $metadata: { httpStatusCode: number } }) =>
          `${error.$metadata.httpStatusCode} ${error.name}: ${error.message}`,
      ),
    ),
  );
  for (const client of clients) client.destroy();
  return answers;
}

test("another Region's signature is refused with the Region that it was made for", async () => {
  await using platform = await TestPlatform.start({ resources });
  const { clientConfig } = platform.platform;
  expect(await refusals({ ...clientConfig, region: "eu-west-3" })).toEqual([
    "403 SignatureDoesNotMatch: Credential should be scoped to a valid region, not 'eu-west-3'.",
    "400 AuthorizationHeaderMalformed: The authorization header is malformed; the region 'eu-west-3' is wrong; expecting 'us-east-1'",
    "403 InvalidSignatureException: Credential should be scoped to a valid region, not 'eu-west-3'.",
  ]);
  const client = new CloudFormationClient(clientConfig);
  expect((await client.send(new DescribeStacksCommand({}))).Stacks).toEqual([]);
  client.destroy();
  expect(platform.bugs).toEqual([]);
});

test("credentials that have expired are refused, by each service in its own words", async () => {
  await using folder = await FunctionFolder.create({});
  const stateFolder = join(folder.path, "state");
  await mkdir(stateFolder, { mode: 0o700 });
  const { accessKeyId, secretAccessKey, sessionToken } = generateCredentials("temporary");
  const expired = {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: "2026-02-28T12:00:00Z",
  };
  await writeFile(join(stateFolder, credentialsFileName), JSON.stringify(expired), { mode: 0o600 });
  await using platform = await TestPlatform.start({ resources, stateFolder });
  expect(await refusals(platform.platform.clientConfig)).toEqual([
    "403 ExpiredToken: The security token included in the request is expired",
    "400 ExpiredToken: The provided token has expired.",
    "403 ExpiredTokenException: The security token included in the request is expired",
  ]);
  expect(platform.bugs).toEqual([]);
});
