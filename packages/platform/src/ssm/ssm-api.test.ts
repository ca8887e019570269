import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployStack, stackClient } from "../../test/stack-client.ts";
import { TestPlatform } from "../../test/test-platform.ts";

const account = "123456789012";
const arn = (name: string) => `arn:aws:ssm:us-east-1:${account}:parameter${name}`;
const parameter = (Name: string, Value: string, more: object = {}) => ({
  Type: "AWS::SSM::Parameter",
  Properties: { Name, Type: "String", Value, ...more },
});
const resources = { Greeting: parameter("/app/greeting", "hello", { Description: "What is said" }) };

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      ...resources,
      Reader: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: "reader",
          AssumeRolePolicyDocument: {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" }],
          },
          Policies: [
            {
              PolicyName: "p",
              PolicyDocument: {
                Version: "2012-10-17",
                Statement: [{ Effect: "Allow", Action: "ssm:GetParameter", Resource: arn("/app/*") }],
              },
            },
          ],
        },
      },
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const client = (of: TestPlatform = platform) =>
  new SSMClient({ ...of.platform.clientConfig, maxAttempts: 1 });
const put = (input: Partial<PutParameterCommandInput>) =>
  client().send(new PutParameterCommand({ Name: "/p", Value: "v", Type: "String", ...input }));
const get = async (Name: string, of?: TestPlatform) =>
  (await client(of).send(new GetParameterCommand({ Name, WithDecryption: true }))).Parameter;

test("a parameter of the template is there, with everything that AWS says of one", async () => {
  expect(await get("/app/greeting")).toEqual({
    Name: "/app/greeting",
    Type: "String",
    Value: "hello",
    Version: 1,
    LastModifiedDate: expect.any(Date),
    ARN: arn("/app/greeting"),
    DataType: "text",
  });
  expect((await get(arn("/app/greeting")))?.Value).toBe("hello");
});

test("each change is another version, and each version can be asked for", async () => {
  expect(await put({ Name: "plain", Value: "one" })).toMatchObject({ Version: 1, Tier: "Standard" });
  await expect(put({ Name: "plain", Value: "two" })).rejects.toMatchObject({
    name: "ParameterAlreadyExists",
    message:
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
  });
  expect(await put({ Name: "plain", Value: "two", Type: undefined, Overwrite: true })).toMatchObject({
    Version: 2,
  });
  expect(await get("plain")).toMatchObject({ Value: "two", Version: 2, ARN: arn("/plain") });
  expect(await get("plain:1")).toMatchObject({ Value: "one", Version: 1, Selector: ":1" });
  await expect(get("plain:3")).rejects.toMatchObject({ name: "ParameterVersionNotFound" });
  const { Parameters } = await client().send(new GetParameterHistoryCommand({ Name: "plain" }));
  expect(Parameters?.map(({ Value, Version }) => [Value, Version])).toEqual([
    ["one", 1],
    ["two", 2],
  ]);
});

test("several are read by their names and by their path, in pages", async () => {
  for (const name of ["a", "b", "c", "deep/d"]) await put({ Name: `/tree/${name}`, Value: name });
  const { Parameters, InvalidParameters } = await client().send(
    new GetParametersCommand({ Names: ["/tree/a", "/tree/none", "/tree/b:1"] }),
  );
  expect(Parameters?.map(({ Value }) => Value)).toEqual(["a", "b"]);
  expect(InvalidParameters).toEqual(["/tree/none"]);
  const byPath = async (more: object) => {
    const page = await client().send(new GetParametersByPathCommand({ Path: "/tree", ...more }));
    return { names: page.Parameters?.map(({ Value }) => Value), NextToken: page.NextToken };
  };
  expect((await byPath({})).names).toEqual(["a", "b", "c"]);
  const first = await byPath({ Recursive: true, MaxResults: 3 });
  expect(first.names).toEqual(["a", "b", "c"]);
  const second = await byPath({ Recursive: true, MaxResults: 3, NextToken: first.NextToken });
  expect(second).toEqual({ names: ["deep/d"], NextToken: undefined });
  const described = await client().send(
    new DescribeParametersCommand({
      ParameterFilters: [{ Key: "Name", Option: "BeginsWith", Values: ["/tree/d"] }],
    }),
  );
  expect(described.Parameters).toMatchObject([{ Name: "/tree/deep/d", Tier: "Standard", Version: 1 }]);
  const deleted = await client().send(new DeleteParametersCommand({ Names: ["/tree/a", "/tree/none"] }));
  expect(deleted).toMatchObject({ DeletedParameters: ["/tree/a"], InvalidParameters: ["/tree/none"] });
});

test("tags are kept", async () => {
  await put({ Name: "/tagged", Tags: [{ Key: "a", Value: "1" }] });
  const of = { ResourceType: "Parameter" as const, ResourceId: "/tagged" };
  await client().send(new AddTagsToResourceCommand({ ...of, Tags: [{ Key: "b", Value: "2" }] }));
  const { TagList } = await client().send(new ListTagsForResourceCommand(of));
  expect(TagList).toEqual([
    { Key: "a", Value: "1" },
    { Key: "b", Value: "2" },
  ]);
});

test("a stack's parameters come and go with it, and other stacks take values from them, as CDK's do", async () => {
  const cloudFormation = stackClient(platform.platform);
  const name = "/cdk-bootstrap/hnb659fds/version";
  const made = await deployStack(cloudFormation, "Toolkit", {
    Resources: { Version: parameter(name, "27") },
  });
  expect(made.StackStatus).toBe("CREATE_COMPLETE");
  expect((await get(name))?.Value).toBe("27");
  const app = await deployStack(cloudFormation, "App", {
    Parameters: { BootstrapVersion: { Type: "AWS::SSM::Parameter::Value<String>", Default: name } },
    Resources: { Copy: parameter("/app/copy", { Ref: "BootstrapVersion" } as unknown as string) },
    Outputs: { Version: { Value: { Ref: "BootstrapVersion" } } },
  });
  expect([app.StackStatus, app.Outputs?.[0]?.OutputValue]).toEqual(["CREATE_COMPLETE", "27"]);
  expect((await get("/app/copy"))?.Value).toBe("27");
  const reference = await deployStack(cloudFormation, "Reference", {
    Resources: {
      P: parameter("/app/first", `version {{resolve:ssm:${name}:1}} of {{resolve:ssm:/app/greeting}}`),
      None: {
        Type: "AWS::SNS::Topic",
        Properties: { DisplayName: { "Fn::Sub": "{{resolve:ssm:/app/copy}}-x" } },
      },
    },
  });
  expect(reference.StackStatus).toBe("CREATE_COMPLETE");
  expect((await get("/app/first"))?.Value).toBe("version 27 of hello");
  await expect(
    deployStack(cloudFormation, "Lost", { Resources: { P: parameter("/x", "{{resolve:ssm:/none}}") } }),
  ).rejects.toThrow(/Unable to fetch parameters \[\/none\]|status/);
  const clash = await deployStack(cloudFormation, "Clash", { Resources: { P: parameter(name, "1") } });
  expect(clash.StackStatus).toBe("ROLLBACK_COMPLETE");
  expect((await get(name))?.Value).toBe("27");
});

test("parameters survive a restart; one of the template that is as it was has no other version", async () => {
  const stateFolder = `${platform.folder}/state-of-its-own`;
  {
    await using first = await TestPlatform.start({ resources, stateFolder });
    await client(first).send(new PutParameterCommand({ Name: "/kept", Value: "v", Type: "StringList" }));
  }
  await using second = await TestPlatform.start({ resources, stateFolder });
  expect(await get("/kept", second)).toMatchObject({ Value: "v", Type: "StringList" });
  expect(await get("/app/greeting", second)).toMatchObject({ Version: 1 });
});

describe("refused is", () => {
  const asReader = async (Name: string) => {
    const sts = new STSClient(platform.platform.clientConfig);
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/reader`, RoleSessionName: "me" }),
    );
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
    const credentials = {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    };
    const reader = new SSMClient({ ...platform.platform.clientConfig, credentials, maxAttempts: 1 });
    return reader.send(new GetParameterCommand({ Name }));
  };

  test.each([
    ["a name of AWS's", () => put({ Name: "/aws/x" }), "AccessDeniedException", /^No access to reserved/],
    [
      "a path without a slash before it",
      () => put({ Name: "a/b" }),
      "ValidationException",
      /fully qualified name/,
    ],
    [
      "a long value",
      () => put({ Value: "x".repeat(4097) }),
      "ValidationException",
      /maximum parameter value of 4096/,
    ],
    [
      "a value that isn't as the pattern has it",
      () => put({ AllowedPattern: "^\\d+$", Value: "x" }),
      "ParameterPatternMismatchException",
      /allowedPattern: \^\\d\+\$$/,
    ],
    ["what isn't there", () => get("/none"), "ParameterNotFound", /^/],
    [
      "to delete what isn't there",
      () => client().send(new DeleteParameterCommand({ Name: "/none" })),
      "ParameterNotFound",
      /^/,
    ],
    [
      "an operation that isn't served",
      () => client().send(new LabelParameterVersionCommand({ Name: "/p", Labels: ["a"] })),
      "UnknownOperationException",
      /^LabelParameterVersion is not served by this platform\. Of Systems Manager it serves PutParameter, /,
    ],
    [
      "a role's reading of what it may not read",
      () => asReader("/other"),
      "AccessDeniedException",
      /reader\/me is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:us-east-1:\d+:parameter\/other /,
    ],
  ])("%s", async (_, call, name, text) => {
    await expect(call()).rejects.toMatchObject({ name, message: expect.stringMatching(text) });
  });

  test("what isn't signed, in the service's own words", async () => {
    const answer = await platform.send({
      method: "POST",
      path: "/",
      headers: { "x-amz-target": "AmazonSSM.GetParameter", "content-type": "application/x-amz-json-1.1" },
      body: '{"Name":"/app/greeting"}',
    });
    const { status, body } = await answer.summary();
    expect(status).toBe(400);
    expect(JSON.parse(String(body))).toMatchObject({ __type: "MissingAuthenticationTokenException" });
  });

  test("nothing of what a role may read", async () => {
    expect((await asReader("/app/greeting")).Parameter?.Value).toBe("hello");
  });
});
