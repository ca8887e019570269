import { APIGatewayClient, GetTagsCommand } from "@aws-sdk/client-api-gateway";
import { ApiGatewayV2Client, GetTagsCommand as HttpApiTags } from "@aws-sdk/client-apigatewayv2";
import {
  type CloudFormationClient,
  CreateChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import {
  CloudWatchLogsClient,
  ListTagsForResourceCommand as GroupTags,
} from "@aws-sdk/client-cloudwatch-logs";
import { ECRClient, ListTagsForResourceCommand as RepositoryTags } from "@aws-sdk/client-ecr";
import { IAMClient, ListRoleTagsCommand } from "@aws-sdk/client-iam";
import { KMSClient, ListResourceTagsCommand } from "@aws-sdk/client-kms";
import {
  GetFunctionCommand,
  LambdaClient,
  ListTagsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-lambda";
import { GetBucketTaggingCommand, S3Client } from "@aws-sdk/client-s3";
import { SNSClient, ListTagsForResourceCommand as TopicTags } from "@aws-sdk/client-sns";
import { ListTagsForResourceCommand as ParameterTags, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployStack, describeStack, stackClient } from "../../../test/stack-client.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

// Tags of a stack are tags of what it has.

let platform: TestPlatform;
let client: CloudFormationClient;
let config: TestPlatform["platform"]["clientConfig"] & { maxAttempts: number };
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: { Unrelated: scripted() } });
  client = stackClient(platform.platform);
  config = { ...platform.platform.clientConfig, maxAttempts: 1 };
});
afterAll(async () => {
  client.destroy();
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

type Tags = Record<string, string | undefined>;
const tagList = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
const tagMap = (tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = []): Tags =>
  Object.fromEntries(tags.map(({ Key = "", Value }) => [Key, Value]));
const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:123456789012:${rest}`;
const apiTags = async (path: string): Promise<Tags> => {
  const resourceArn = `arn:aws:apigateway:us-east-1::${path}`;
  return (await new APIGatewayClient(config).send(new GetTagsCommand({ resourceArn }))).tags ?? {};
};
const httpApiTags = async (path: string): Promise<Tags> => {
  const ResourceArn = `arn:aws:apigateway:us-east-1::${path}`;
  return (await new ApiGatewayV2Client(config).send(new HttpApiTags({ ResourceArn }))).Tags ?? {};
};
const functionArn = (name: string) => arn("lambda", `function:${name}`);
const functionTags = async (name: string): Promise<Tags> =>
  (await new LambdaClient(config).send(new ListTagsCommand({ Resource: functionArn(name) }))).Tags ?? {};

const lambda = (FunctionName: string, properties: object = {}) => ({
  Type: "AWS::Lambda::Function",
  Properties: {
    FunctionName,
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::123456789012:role/r",
    Code: { ZipFile: "exports.handler = async () => 1" },
    ...properties,
  },
});
const api = {
  Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "api" } },
  Method: {
    Type: "AWS::ApiGateway::Method",
    Properties: {
      RestApiId: { Ref: "Api" },
      ResourceId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
      HttpMethod: "GET",
      AuthorizationType: "NONE",
      Integration: { Type: "HTTP_PROXY", IntegrationHttpMethod: "GET", Uri: "http://127.0.0.1:9/" },
    },
  },
  Deployment: {
    Type: "AWS::ApiGateway::Deployment",
    DependsOn: "Method",
    Properties: { RestApiId: { Ref: "Api" } },
  },
};

interface Kind {
  readonly type: string;
  readonly properties?: object;
  /** The form that `Tags` have in the template; a list unless given. */
  readonly form?: "map";
  readonly hasSystemTags?: false;
  readonly others?: object;
  readonly tagsOf: (id: string, apiId: string) => Promise<Tags>;
}
const kinds: Kind[] = [
  {
    type: "AWS::Lambda::Function",
    properties: lambda("tagged").Properties,
    tagsOf: async (FunctionName) =>
      (await new LambdaClient(config).send(new GetFunctionCommand({ FunctionName }))).Tags ?? {},
  },
  {
    type: "AWS::Logs::LogGroup",
    tagsOf: async (name) => {
      const resourceArn = arn("logs", `log-group:${name}`);
      return (await new CloudWatchLogsClient(config).send(new GroupTags({ resourceArn }))).tags ?? {};
    },
  },
  {
    type: "AWS::SNS::Topic",
    tagsOf: async (ResourceArn) =>
      tagMap((await new SNSClient(config).send(new TopicTags({ ResourceArn }))).Tags),
  },
  {
    type: "AWS::IAM::Role",
    properties: { AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] } },
    hasSystemTags: false,
    tagsOf: async (RoleName) =>
      tagMap((await new IAMClient(config).send(new ListRoleTagsCommand({ RoleName }))).Tags),
  },
  {
    type: "AWS::KMS::Key",
    hasSystemTags: false,
    tagsOf: async (KeyId) => {
      const { Tags = [] } = await new KMSClient(config).send(new ListResourceTagsCommand({ KeyId }));
      return Object.fromEntries(Tags.map(({ TagKey = "", TagValue }) => [TagKey, TagValue]));
    },
  },
  { type: "AWS::ApiGateway::RestApi", properties: { Name: "a" }, tagsOf: (id) => apiTags(`/restapis/${id}`) },
  {
    type: "AWS::ApiGateway::Stage",
    properties: { RestApiId: { Ref: "Api" }, DeploymentId: { Ref: "Deployment" }, StageName: "live" },
    others: api,
    tagsOf: (stage, apiId) => apiTags(`/restapis/${apiId}/stages/${stage}`),
  },
  {
    type: "AWS::ApiGatewayV2::Api",
    properties: { Name: "a", ProtocolType: "HTTP" },
    form: "map",
    tagsOf: (id) => httpApiTags(`/apis/${id}`),
  },
  {
    type: "AWS::ApiGatewayV2::Stage",
    properties: { ApiId: { Ref: "Api" }, StageName: "live", AutoDeploy: true },
    form: "map",
    others: { Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { Name: "b", ProtocolType: "HTTP" } } },
    tagsOf: (stage, apiId) => httpApiTags(`/apis/${apiId}/stages/${stage}`),
  },
  { type: "AWS::ApiGateway::ApiKey", tagsOf: (id) => apiTags(`/apikeys/${id}`) },
  { type: "AWS::ApiGateway::UsagePlan", tagsOf: (id) => apiTags(`/usageplans/${id}`) },
  {
    type: "AWS::ECR::Repository",
    tagsOf: async (name) => {
      const resourceArn = arn("ecr", `repository/${name}`);
      return tagMap((await new ECRClient(config).send(new RepositoryTags({ resourceArn }))).tags);
    },
  },
  {
    type: "AWS::S3::Bucket",
    tagsOf: async (Bucket) => {
      const s3 = new S3Client({ ...config, forcePathStyle: true });
      return tagMap((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet);
    },
  },
  {
    type: "AWS::SSM::Parameter",
    properties: { Type: "String", Value: "v" },
    form: "map",
    tagsOf: async (ResourceId) => {
      const of = { ResourceType: "Parameter", ResourceId } as const;
      return tagMap((await new SSMClient(config).send(new ParameterTags(of))).TagList);
    },
  },
];

const outputOf = (stack: Awaited<ReturnType<typeof describeStack>>, key: string) =>
  stack.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue ?? "";

describe("a stack's tags", () => {
  test.each(kinds)(
    "reach its $type, which has its own first, and follow an update of nothing else",
    async ({ type, properties, form, hasSystemTags, others = {}, tagsOf }) => {
      const name = type.replace("AWS::", "of-").toLowerCase().replace("::", "-");
      const own = { team: "rivers" };
      const Tags = form === "map" ? own : tagList(own);
      const isOfApi = "Api" in others;
      const template = {
        Resources: { ...others, R: { Type: type, Properties: { ...properties, Tags } } },
        Outputs: {
          Id: { Value: { Ref: "R" } },
          ...(isOfApi ? { ApiId: { Value: { Ref: "Api" } } } : {}),
        },
      };
      const created = await deployStack(client, name, template, {
        Tags: tagList({ team: "lakes", stage: "test" }),
      });
      expect(created.StackStatus).toBe("CREATE_COMPLETE");
      const system: Tags =
        hasSystemTags === false
          ? {}
          : {
              "aws:cloudformation:stack-name": name,
              "aws:cloudformation:stack-id": created.StackId,
              "aws:cloudformation:logical-id": "R",
            };
      const ids = [outputOf(created, "Id"), outputOf(created, "ApiId")] as const;
      expect(await tagsOf(...ids)).toEqual({ team: "rivers", stage: "test", ...system });

      const changed = { StackName: name, UsePreviousTemplate: true, Tags: tagList({ cost: "7" }) };
      await client.send(new UpdateStackCommand({ ...changed, Capabilities: ["CAPABILITY_IAM"] }));
      const updated = await describeStack(client, name);
      expect(updated.StackStatus).toBe("UPDATE_COMPLETE");
      expect([outputOf(updated, "Id"), outputOf(updated, "ApiId")]).toEqual(ids);
      expect(await tagsOf(...ids)).toEqual({ team: "rivers", cost: "7", ...system });
    },
  );

  test("are no update where they stay the same", async () => {
    const Tags = tagList({ stage: "test" });
    await deployStack(client, "same", { Resources: { F: lambda("same") } }, { Tags });
    const again = { StackName: "same", UsePreviousTemplate: true, Tags };
    await expect(client.send(new UpdateStackCommand(again))).rejects.toThrow(
      "No updates are to be performed.",
    );
  });

  test("are a change of each resource that has them in a change set", async () => {
    const Resources = { F: lambda("planned"), U: { Type: "AWS::Lambda::Url", Properties: url } };
    await deployStack(client, "planned", { Resources }, { Tags: tagList({ stage: "test" }) });
    const { Id: ChangeSetName } = await client.send(
      new CreateChangeSetCommand({
        StackName: "planned",
        ChangeSetName: "tags",
        UsePreviousTemplate: true,
        Tags: tagList({ stage: "live" }),
      }),
    );
    const { Changes } = await client.send(new DescribeChangeSetCommand({ ChangeSetName }));
    expect(Changes?.map(({ ResourceChange }) => ResourceChange)).toEqual([
      expect.objectContaining({
        Action: "Modify",
        LogicalResourceId: "F",
        Replacement: "False",
        Scope: ["Tags"],
        Details: [
          {
            Target: { Attribute: "Tags", RequiresRecreation: "Never" },
            Evaluation: "Static",
            ChangeSource: "DirectModification",
          },
        ],
      }),
    ]);
  });
  const url = { TargetFunctionArn: { "Fn::GetAtt": ["F", "Arn"] }, AuthType: "NONE" };

  test("come back where an update fails", async () => {
    const F = lambda("failing");
    await deployStack(client, "failing", { Resources: { F } }, { Tags: tagList({ stage: "test" }) });
    const before = await functionTags("failing");
    const Bad = { Type: "AWS::S3::Bucket", DependsOn: "F", Properties: { BucketName: "No" } };
    const update = { ChangeSetType: "UPDATE", Tags: tagList({ stage: "live" }) } as const;
    const stack = await deployStack(client, "failing", { Resources: { F, Bad } }, update);
    expect(stack.StackStatus).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(await functionTags("failing")).toEqual(before);
  });
});

describe("a function's tags from its stack", () => {
  const lambdaClient = () => new LambdaClient(config);

  test("can be taken away and be joined by others, until the stack's change", async () => {
    const template = { Resources: { F: lambda("loose") } };
    await deployStack(client, "loose", template, { Tags: tagList({ stage: "test" }) });
    const Resource = functionArn("loose");
    await lambdaClient().send(new UntagResourceCommand({ Resource, TagKeys: ["stage"] }));
    await lambdaClient().send(new TagResourceCommand({ Resource, Tags: { mine: "1" } }));
    const tags = await functionTags("loose");
    expect(tags).not.toHaveProperty("stage");
    expect(tags).toMatchObject({ mine: "1", "aws:cloudformation:logical-id": "F" });

    await deployStack(client, "loose", template, {
      ChangeSetType: "UPDATE",
      Tags: tagList({ stage: "live" }),
    });
    expect(await functionTags("loose")).toMatchObject({ stage: "live" });
  });

  test("are among the fifty that it may have, but for those of CloudFormation", async () => {
    const many = Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`tag-${index}`, "v"]));
    await deployStack(client, "many", { Resources: { F: lambda("many") } }, { Tags: tagList(many) });
    const add = (key: string) =>
      lambdaClient().send(new TagResourceCommand({ Resource: functionArn("many"), Tags: { [key]: "v" } }));
    await add("fiftieth");
    await expect(add("more")).rejects.toThrow("Number of tags exceeds resource tag limit.");
  });

  test("stay when it outlives its stack, and can be taken away then", async () => {
    const F = { ...lambda("kept"), DeletionPolicy: "Retain" };
    const { StackId = "" } = await deployStack(
      client,
      "kept",
      { Resources: { F } },
      { Tags: tagList({ stage: "test" }) },
    );
    await client.send(new DeleteStackCommand({ StackName: "kept" }));
    expect((await describeStack(client, StackId)).StackStatus).toBe("DELETE_COMPLETE");
    expect(await functionTags("kept")).toMatchObject({
      stage: "test",
      "aws:cloudformation:logical-id": "F",
      "aws:cloudformation:stack-id": StackId,
    });
    await lambdaClient().send(
      new UntagResourceCommand({ Resource: functionArn("kept"), TagKeys: ["stage"] }),
    );
    expect(await functionTags("kept")).not.toHaveProperty("stage");
  });
});
