import {
  AttachRolePolicyCommand,
  type ContextEntry,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListPoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestPlatform } from "../../../test/test-platform.ts";
import { Platform } from "../../platform.ts";

const account = "123456789012";
const roleArn = (name: string, path = "/") => `arn:aws:iam::${account}:role${path}${name}`;
const allow = (Action: string | string[], Resource = "*") =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource }] });
const trust = (AWS = account) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" }],
  });
const basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

let platform: TestPlatform;
let iam: IAMClient;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Queue: { Type: "AWS::SQS::Queue", Properties: { QueueName: "jobs" } },
      Shared: {
        Type: "AWS::IAM::ManagedPolicy",
        Properties: { ManagedPolicyName: "shared", PolicyDocument: JSON.parse(allow("sqs:SendMessage")) },
      },
      Stacked: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: "stacked",
          Path: "/team/",
          AssumeRolePolicyDocument: JSON.parse(trust()),
          ManagedPolicyArns: [{ Ref: "Shared" }],
          Policies: [{ PolicyName: "own", PolicyDocument: JSON.parse(allow("logs:*")) }],
        },
      },
    },
  });
  iam = new IAMClient({ ...platform.platform.clientConfig, maxAttempts: 1 });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const create = (RoleName: string, more: object = {}) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(), ...more }));
const document = (text = "") => JSON.parse(decodeURIComponent(text));
/** What went wrong: code, status and text. */
const problem = (call: Promise<unknown>) =>
  call.then(
    () => "nothing went wrong",
    (error) => [error.name.replace(/Exception$/, ""), error.$metadata?.httpStatusCode, error.message],
  );
async function mayThisRoleSend(name: string): Promise<string> {
  const config = { ...platform.platform.clientConfig, maxAttempts: 1 };
  const { Credentials } = await new STSClient(config).send(
    new AssumeRoleCommand({ RoleArn: roleArn(name), RoleSessionName: "test" }),
  );
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
  const client = new SQSClient({ ...config, credentials });
  const message = { QueueUrl: `${platform.url}/${account}/jobs`, MessageBody: "hello" };
  return client.send(new SendMessageCommand(message)).then(
    () => "sent",
    (error) => /(because|with) .*$/.exec(error.message)?.[0] ?? "",
  );
}

describe("a role", () => {
  test("is made, shown, changed and deleted", async () => {
    const { Role } = await create("made", {
      Path: "/ops/",
      Description: "first",
      Tags: [{ Key: "a", Value: "1" }],
    });
    expect(Role).toMatchObject({
      RoleName: "made",
      Path: "/ops/",
      Arn: roleArn("made", "/ops/"),
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
      CreateDate: expect.any(Date),
      MaxSessionDuration: 3600,
    });
    await iam.send(
      new UpdateRoleCommand({ RoleName: "made", Description: "second", MaxSessionDuration: 7200 }),
    );
    await iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: "made", PolicyDocument: trust("999999999999") }),
    );
    await iam.send(new TagRoleCommand({ RoleName: "made", Tags: [{ Key: "b", Value: "2" }] }));
    const { Role: shown } = await iam.send(new GetRoleCommand({ RoleName: "made" }));
    expect(shown).toMatchObject({ Description: "second", MaxSessionDuration: 7200, RoleId: Role?.RoleId });
    expect(document(shown?.AssumeRolePolicyDocument)).toEqual(JSON.parse(trust("999999999999")));
    expect((await iam.send(new ListRoleTagsCommand({ RoleName: "made" }))).Tags).toEqual([
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ]);
    await iam.send(new DeleteRoleCommand({ RoleName: "made" }));
    expect(await problem(iam.send(new GetRoleCommand({ RoleName: "made" })))).toEqual([
      "NoSuchEntity",
      404,
      "The role with name made cannot be found.",
    ]);
  });

  test("may do what is put and attached, and no more once it is taken away", async () => {
    await create("sender");
    expect(await mayThisRoleSend("sender")).toBe(
      "because no identity-based policy allows the sqs:sendmessage action",
    );
    const put = { RoleName: "sender", PolicyName: "send", PolicyDocument: allow("sqs:SendMessage") };
    await iam.send(new PutRolePolicyCommand(put));
    expect(await mayThisRoleSend("sender")).toBe("sent");
    const { PolicyDocument } = await iam.send(
      new GetRolePolicyCommand({ RoleName: "sender", PolicyName: "send" }),
    );
    expect(document(PolicyDocument)).toEqual(JSON.parse(put.PolicyDocument));
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName: "sender" }))).PolicyNames).toEqual([
      "send",
    ]);
    expect(await problem(iam.send(new DeleteRoleCommand({ RoleName: "sender" })))).toEqual([
      "DeleteConflict",
      409,
      "Cannot delete entity, must delete policies first.",
    ]);
    await iam.send(new DeleteRolePolicyCommand({ RoleName: "sender", PolicyName: "send" }));
    expect(await mayThisRoleSend("sender")).toContain("because no identity-based policy");
    const PolicyArn = `arn:aws:iam::${account}:policy/shared`;
    await iam.send(new AttachRolePolicyCommand({ RoleName: "sender", PolicyArn }));
    expect(await mayThisRoleSend("sender")).toBe("sent");
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: "sender", PermissionsBoundary: basic }));
    expect(await mayThisRoleSend("sender")).toBe(
      "because no permissions boundary allows the sqs:sendmessage action",
    );
    expect(
      (await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: "sender" }))).AttachedPolicies,
    ).toEqual([{ PolicyName: "shared", PolicyArn }]);
    expect(await problem(iam.send(new DeleteRoleCommand({ RoleName: "sender" })))).toEqual([
      "DeleteConflict",
      409,
      "Cannot delete entity, must detach all policies first.",
    ]);
    await iam.send(new DetachRolePolicyCommand({ RoleName: "sender", PolicyArn }));
    await iam.send(new DeleteRoleCommand({ RoleName: "sender" }));
  });

  test("of a template is shown beside the others, and changed by its template alone", async () => {
    await create("another");
    const { Roles = [] } = await iam.send(new ListRolesCommand({}));
    expect(Roles.map(({ RoleName }) => RoleName)).toEqual(["another", "stacked"]);
    const first = await iam.send(new ListRolesCommand({ MaxItems: 1 }));
    expect(first).toMatchObject({ IsTruncated: true, Roles: [{ RoleName: "another" }] });
    const rest = await iam.send(new ListRolesCommand({ MaxItems: 1, Marker: first.Marker }));
    expect(rest).toMatchObject({ IsTruncated: false, Roles: [{ RoleName: "stacked", Path: "/team/" }] });
    expect((await iam.send(new ListRolesCommand({ PathPrefix: "/team/" }))).Roles).toHaveLength(1);
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName: "stacked" }))).PolicyNames).toEqual([
      "own",
    ]);
    expect(await problem(iam.send(new DeleteRoleCommand({ RoleName: "stacked" })))).toEqual([
      "UnmodifiableEntity",
      400,
      expect.stringContaining("The role stacked is made by a template"),
    ]);
    await iam.send(new DeleteRoleCommand({ RoleName: "another" }));
  });

  test.each<[string, () => Promise<unknown>, unknown[]]>([
    [
      "the name of another",
      () => create("stacked"),
      ["EntityAlreadyExists", 409, "Role with name stacked already exists."],
    ],
    [
      "a trust policy that is no JSON",
      () => create("bad", { AssumeRolePolicyDocument: "{" }),
      ["MalformedPolicyDocument", 400, "This policy contains invalid Json"],
    ],
    [
      "a trust policy with a resource",
      () => create("bad", { AssumeRolePolicyDocument: allow("*") }),
      ["MalformedPolicyDocument", 400, "Has prohibited field Resource"],
    ],
    [
      "an inline policy with a principal",
      () =>
        iam.send(new PutRolePolicyCommand({ RoleName: "stacked", PolicyName: "p", PolicyDocument: trust() })),
      ["MalformedPolicyDocument", 400, "Policy document should not specify a principal."],
    ],
    [
      "a managed policy that is not there",
      () =>
        iam.send(
          new AttachRolePolicyCommand({
            RoleName: "stacked",
            PolicyArn: `arn:aws:iam::${account}:policy/nothing`,
          }),
        ),
      [
        "NoSuchEntity",
        404,
        `Policy arn:aws:iam::${account}:policy/nothing does not exist or is not attachable.`,
      ],
    ],
    [
      "a name with a space",
      () => create("a b"),
      [
        "ValidationError",
        400,
        expect.stringContaining(
          "Value 'a b' at 'roleName' failed to satisfy constraint: Member must satisfy regular",
        ),
      ],
    ],
  ])("can't have %s", async (_, call, expected) => {
    expect(await problem(call())).toEqual(expected);
  });
});

describe("a managed policy", () => {
  test("is made, shown and deleted", async () => {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: "logging", PolicyDocument: allow("logs:*") }),
    );
    const PolicyArn = Policy?.Arn ?? "";
    expect(Policy).toMatchObject({ PolicyName: "logging", DefaultVersionId: "v1", AttachmentCount: 0 });
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    expect(document(PolicyVersion?.Document)).toEqual(JSON.parse(allow("logs:*")));
    await create("logger");
    await iam.send(new AttachRolePolicyCommand({ RoleName: "logger", PolicyArn }));
    expect(await problem(iam.send(new DeletePolicyCommand({ PolicyArn })))).toEqual([
      "DeleteConflict",
      409,
      "Cannot delete a policy attached to entities.",
    ]);
    await iam.send(new DetachRolePolicyCommand({ RoleName: "logger", PolicyArn }));
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
    await iam.send(new DeleteRoleCommand({ RoleName: "logger" }));
    expect(await problem(iam.send(new GetPolicyCommand({ PolicyArn })))).toEqual([
      "NoSuchEntity",
      404,
      `Policy ${PolicyArn} was not found.`,
    ]);
  });

  test("of AWS's is shown as far as its content is known", async () => {
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: basic }));
    expect(Policy).toMatchObject({ PolicyName: "AWSLambdaBasicExecutionRole", Path: "/service-role/" });
    const local = await iam.send(new ListPoliciesCommand({ Scope: "Local" }));
    expect(local.Policies?.map(({ PolicyName, AttachmentCount }) => [PolicyName, AttachmentCount])).toEqual([
      ["shared", 1],
    ]);
    const all = await iam.send(new ListPoliciesCommand({ MaxItems: 1000 }));
    expect(all.Policies?.map(({ Arn }) => Arn)).toContain(basic);
  });
});

describe("a simulation", () => {
  test("comes to what the evaluator comes to", async () => {
    const { EvaluationResults } = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: roleArn("stacked", "/team/"),
        ActionNames: ["logs:PutLogEvents", "s3:GetObject"],
        PolicyInputList: [
          JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Deny", Action: "sqs:*", Resource: "*" }],
          }),
        ],
      }),
    );
    expect(
      EvaluationResults?.map(({ EvalActionName, EvalDecision }) => [EvalActionName, EvalDecision]),
    ).toEqual([
      ["logs:PutLogEvents", "allowed"],
      ["s3:GetObject", "implicitDeny"],
    ]);
    expect(EvaluationResults?.[0]?.MatchedStatements?.[0]?.SourcePolicyId).toBe(
      "the inline policy own of the role stacked",
    );
  });

  test("takes conditions into account", async () => {
    const PolicyInputList = [
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: "*",
            Resource: "*",
            Condition: { StringEquals: { "aws:PrincipalTag/team": "shop" } },
          },
        ],
      }),
    ];
    const as = async (team: string) => {
      const entry: ContextEntry = {
        ContextKeyName: "aws:PrincipalTag/team",
        ContextKeyType: "string",
        ContextKeyValues: [team],
      };
      const input = { PolicyInputList, ActionNames: ["s3:GetObject"], ContextEntries: [entry] };
      const { EvaluationResults } = await iam.send(new SimulateCustomPolicyCommand(input));
      return EvaluationResults?.[0]?.EvalDecision;
    };
    expect([await as("shop"), await as("other")]).toEqual(["allowed", "implicitDeny"]);
  });
});

test("there are no users, and what would make one is refused by name", async () => {
  expect(await problem(iam.send(new GetUserCommand({ UserName: "ann" })))).toEqual([
    "NoSuchEntity",
    404,
    "The user with name ann cannot be found.",
  ]);
  expect(await problem(iam.send(new GetUserCommand({})))).toMatchObject([
    "ValidationError",
    400,
    expect.any(String),
  ]);
  expect(await problem(iam.send(new CreateUserCommand({ UserName: "ann" })))).toMatchObject([
    expect.any(String),
    expect.any(Number),
    expect.stringContaining("CreateUser"),
  ]);
});

test("who may not is refused in AWS's words", async () => {
  await create("nobody");
  const { Credentials } = await new STSClient(platform.platform.clientConfig).send(
    new AssumeRoleCommand({ RoleArn: roleArn("nobody"), RoleSessionName: "test" }),
  );
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
  const asNobody = new IAMClient({ ...platform.platform.clientConfig, credentials, maxAttempts: 1 });
  expect(await problem(asNobody.send(new GetRoleCommand({ RoleName: "stacked" })))).toEqual([
    "AccessDenied",
    403,
    `User: arn:aws:sts::${account}:assumed-role/nobody/test is not authorized to perform: iam:GetRole on resource: ${roleArn("stacked", "/team/")} because no identity-based policy allows the iam:GetRole action`,
  ]);
});

test("roles are there again after a restart", async () => {
  const first = await TestPlatform.start({ resources: { Queue: { Type: "AWS::SQS::Queue" } } });
  await using again = new AsyncDisposableStack();
  again.use(first);
  const firstIam = new IAMClient(first.platform.clientConfig);
  await firstIam.send(new CreateRoleCommand({ RoleName: "kept", AssumeRolePolicyDocument: trust() }));
  await first.platform.close();
  const second = again.use(
    await Platform.start({
      template: `${first.folder}/template.json`,
      stateFolder: `${first.folder}/state`,
      port: 0,
    }),
  );
  const { Role } = await new IAMClient(second.clientConfig).send(new GetRoleCommand({ RoleName: "kept" }));
  expect(Role?.Arn).toBe(roleArn("kept"));
});
