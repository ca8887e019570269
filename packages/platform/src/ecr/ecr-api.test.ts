import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  ListImagesCommand,
  PutImageCommand,
  PutImageScanningConfigurationCommand,
  PutLifecyclePolicyCommand,
  SetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployStack, stackClient } from "../../test/stack-client.ts";
import { TestPlatform } from "../../test/test-platform.ts";

const account = "123456789012";
const arn = (name: string) => `arn:aws:ecr:us-east-1:${account}:repository/${name}`;
const lifecycle = { rules: [{ rulePriority: 1, action: { type: "expire" } }] };
const policy = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: ["ecr:BatchGetImage"] },
  ],
};

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: { Own: { Type: "AWS::ECR::Repository" } } });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const client = (of: TestPlatform = platform) =>
  new ECRClient({ ...of.platform.clientConfig, maxAttempts: 1 });
const describeOne = async (name: string, of?: TestPlatform) =>
  (await client(of).send(new DescribeRepositoriesCommand({ repositoryNames: [name] }))).repositories?.[0];

test("a repository of the template is there", async () => {
  expect(await describeOne("own")).toMatchObject({ repositoryName: "own", imageTagMutability: "MUTABLE" });
});

test("CDK's bootstrap makes the repository that it needs, with scanning, life cycle and policy, and takes it away again", async () => {
  const name = `cdk-hnb659fds-container-assets-${account}-us-east-1`;
  const made = await deployStack(stackClient(platform.platform), "Toolkit", {
    Resources: {
      ContainerAssetsRepository: {
        Type: "AWS::ECR::Repository",
        Properties: {
          ImageTagMutability: "IMMUTABLE",
          LifecyclePolicy: { LifecyclePolicyText: JSON.stringify(lifecycle) },
          RepositoryName: name,
          RepositoryPolicyText: policy,
        },
      },
    },
    Outputs: { Uri: { Value: { "Fn::GetAtt": ["ContainerAssetsRepository", "RepositoryUri"] } } },
  });
  const repositoryUri = `${account}.dkr.ecr.us-east-1.amazonaws.com/${name}`;
  expect([made.StackStatus, made.Outputs?.[0]?.OutputValue]).toEqual(["CREATE_COMPLETE", repositoryUri]);
  expect(await describeOne(name)).toEqual({
    registryId: account,
    repositoryName: name,
    repositoryArn: arn(name),
    repositoryUri,
    createdAt: expect.any(Date),
    imageTagMutability: "IMMUTABLE",
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: "AES256" },
  });
  const of = { repositoryName: name };
  const { policyText = "" } = await client().send(new GetRepositoryPolicyCommand(of));
  expect(JSON.parse(policyText)).toEqual(policy);
  const { lifecyclePolicyText = "" } = await client().send(new GetLifecyclePolicyCommand(of));
  expect(JSON.parse(lifecyclePolicyText)).toEqual(lifecycle);
});

test("a repository that the API makes can be changed, and survives a restart", async () => {
  const stateFolder = `${platform.folder}/state-of-its-own`;
  const of = { repositoryName: "team/made" };
  const resources = { Queue: { Type: "AWS::SQS::Queue" } };
  {
    await using first = await TestPlatform.start({ resources, stateFolder });
    await client(first).send(new CreateRepositoryCommand(of));
    const imageScanningConfiguration = { scanOnPush: true };
    await client(first).send(new PutImageScanningConfigurationCommand({ ...of, imageScanningConfiguration }));
    await client(first).send(new SetRepositoryPolicyCommand({ ...of, policyText: JSON.stringify(policy) }));
    const lifecyclePolicyText = JSON.stringify(lifecycle);
    await client(first).send(new PutLifecyclePolicyCommand({ ...of, lifecyclePolicyText }));
  }
  await using second = await TestPlatform.start({ resources, stateFolder });
  const found = await describeOne("team/made", second);
  expect(found?.imageScanningConfiguration).toEqual({ scanOnPush: true });
  expect((await client(second).send(new ListImagesCommand(of))).imageIds).toEqual([]);
  await client(second).send(new DeleteRepositoryCommand(of));
  await expect(describeOne("team/made", second)).rejects.toMatchObject({
    name: "RepositoryNotFoundException",
    message: `The repository with name 'team/made' does not exist in the registry with id '${account}'`,
  });
});

describe("refused is", () => {
  const own = { repositoryName: "own" };
  test.each([
    [
      "a second of a name",
      () => client().send(new CreateRepositoryCommand(own)),
      /^The repository with name 'own' already exists/,
    ],
    [
      "a name with capitals",
      () => client().send(new CreateRepositoryCommand({ repositoryName: "Own" })),
      /^Invalid parameter at 'repositoryName'/,
    ],
    [
      "a policy that is none",
      () => client().send(new SetRepositoryPolicyCommand({ ...own, policyText: "{" })),
      /Invalid repository policy provided/,
    ],
    [
      "an image that can't be there",
      () => client().send(new DescribeImagesCommand({ ...own, imageIds: [{ imageTag: "a" }] })),
      /imageTag:'a'} does not exist within the repository with name 'own'/,
    ],
    [
      "a push",
      () => client().send(new PutImageCommand({ ...own, imageManifest: "{}" })),
      /^PutImage is not served by this platform\. Of ECR it serves CreateRepository, /,
    ],
    [
      "a login",
      () => client().send(new GetAuthorizationTokenCommand()),
      /^GetAuthorizationToken is not served by this platform\./,
    ],
  ])("%s", async (_, call, text) => {
    await expect(call()).rejects.toMatchObject({ message: expect.stringMatching(text) });
  });
});
