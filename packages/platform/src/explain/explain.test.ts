import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPowerless } from "../../test/lambda-api.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";
import { explainRequest, identify } from "../client/platform-questions.ts";
import { type Signatory, type SigningName, signedFetch } from "../client/signed-fetch.ts";
import type { ExplainedDecision, Explanation } from "./explanation.ts";

const account = "123456789012";
const region = "us-east-1";
const document = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });
const allow = (Action: string | string[], Resource = "*") => ({ Effect: "Allow", Action, Resource });
const role = (RoleName: string, statements: object[], more: object = {}) => ({
  Type: "AWS::IAM::Role",
  Properties: {
    RoleName,
    AssumeRolePolicyDocument: document({
      Effect: "Allow",
      Principal: { AWS: account, Service: ["apigateway.amazonaws.com", "lambda.amazonaws.com"] },
      Action: "sts:AssumeRole",
    }),
    Policies: [{ PolicyName: "own", PolicyDocument: document(...statements) }],
    ...more,
  },
});
/** A REST API with a method that invokes the function. */
const api = (logicalId: string, integration: object) => ({
  [logicalId]: {
    Type: "AWS::ApiGateway::RestApi",
    Properties: {
      Body: {
        swagger: "2.0",
        info: { title: logicalId, version: "1" },
        paths: {
          "/": {
            get: {
              "x-amazon-apigateway-integration": {
                type: "aws_proxy",
                httpMethod: "POST",
                uri: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${region}:${account}:function:greeting/invocations`,
                ...integration,
              },
            },
          },
        },
      },
    },
  },
  [`${logicalId}Deployment`]: {
    Type: "AWS::ApiGateway::Deployment",
    Properties: { RestApiId: { Ref: logicalId }, StageName: "test" },
  },
});

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Greeting: scripted({ FunctionName: "greeting", FunctionUrlConfig: { AuthType: "AWS_IAM" } }),
      Queue: { Type: "AWS::SQS::Queue", Properties: { QueueName: "jobs" } },
      Sender: role("sender", [{ ...allow("sqs:SendMessage"), Sid: "Send" }]),
      Forbidden: role("forbidden", [allow("*"), { Effect: "Deny", Action: "sqs:*", Resource: "*" }]),
      Ceiling: {
        Type: "AWS::IAM::ManagedPolicy",
        Properties: { ManagedPolicyName: "ceiling", PolicyDocument: document(allow("logs:*")) },
      },
      Limited: role("limited", [allow("*")], { PermissionsBoundary: { Ref: "Ceiling" } }),
      Powerless: role("powerless", [allow("logs:PutLogEvents")]),
      ...api("Closed", {}),
      Bounded: role("bounded", [allow("*")], { PermissionsBoundary: { Ref: "Ceiling" } }),
      ...api("Limiting", { credentials: `arn:aws:iam::${account}:role/bounded` }),
      ...api("Powered", { credentials: `arn:aws:iam::${account}:role/powerless` }),
      Http: { Type: "AWS::Serverless::HttpApi", Properties: { Auth: { EnableIamAuthorizer: true } } },
      Route: scripted({
        Events: {
          Get: {
            Type: "HttpApi",
            Properties: {
              ApiId: { Ref: "Http" },
              Path: "/pets",
              Method: "get",
              Auth: { Authorizer: "AWS_IAM" },
            },
          },
        },
      }),
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const owner = () => ({ region, credentials: platform.platform.credentials });
async function session(name: string, more: object = {}): Promise<Signatory["credentials"]> {
  const sts = new STSClient({ ...platform.platform.clientConfig, maxAttempts: 1 });
  const input = { RoleArn: `arn:aws:iam::${account}:role/${name}`, RoleSessionName: "test", ...more };
  const { Credentials } = await sts.send(new AssumeRoleCommand(input));
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
/** Sends a request, and has it explained by an id of its answer. */
async function explained(
  path: string,
  as?: Signatory["credentials"],
  service?: SigningName,
  init: RequestInit = {},
) {
  const request = new Request(`${platform.url}${path}`, init);
  const answer =
    service === undefined
      ? await fetch(request)
      : await signedFetch(request, service, { region, credentials: as ?? platform.platform.credentials });
  await answer.arrayBuffer();
  const id =
    ["x-amzn-requestid", "apigw-requestid"].map((name) => answer.headers.get(name)).find(Boolean) ?? "";
  const explanation = await explainRequest(platform.url, owner(), id);
  expect(explanation.status).toBe(answer.status);
  return explanation;
}
const decisions = ({ steps }: Explanation) =>
  steps.filter((step): step is ExplainedDecision => step.kind === "decision");
const lastDecision = (explanation: Explanation) => decisions(explanation).at(-1);
/** The path of an API by which this machine is reached under any name. */
function apiPath(kind: "rest-api" | "http-api", name: string, path: string): string {
  const { url = "" } =
    platform.platform.endpoints.find((one) => one.kind === kind && one.name.startsWith(name)) ?? {};
  const apiId = /(?:execute-api\/|:\/\/)([a-z0-9]{10})(?=[/.])/.exec(url)?.[1];
  return `/_aws/execute-api/${apiId}${path}`;
}
const sendMessage = {
  method: "POST",
  headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.SendMessage" },
  body: JSON.stringify({ QueueUrl: `http://127.0.0.1/${account}/jobs`, MessageBody: "hello" }),
};
const jobs = `arn:aws:sqs:${region}:${account}:jobs`;

describe("a call of a service", () => {
  test("that is allowed names the statement, its policy and where that stands", async () => {
    const explanation = await explained("/", await session("sender"), "sqs", sendMessage);
    expect(explanation).toMatchObject({ method: "POST", path: "/", door: "the service sqs", status: 200 });
    expect(explanation.steps).toMatchObject([
      { kind: "signature", arn: `arn:aws:sts::${account}:assumed-role/sender/test` },
      {
        kind: "decision",
        effect: "allow",
        action: "sqs:SendMessage",
        resource: jobs,
        side: "identity",
        statement: { Sid: "Send", Action: "sqs:SendMessage" },
        statementNumber: 1,
        policy: {
          name: "the inline policy own of the role sender",
          logicalId: "Sender",
          position: { file: expect.stringMatching(/template\.json$/), line: 1 },
        },
      },
    ]);
  });

  test("that lacks a right names what is missing, and where to add it", async () => {
    const decision = lastDecision(await explained("/", await session("powerless"), "sqs", sendMessage));
    expect(decision).toMatchObject({
      effect: "implicit-deny",
      side: "identity",
      cure: {
        advice: "No policy of the role powerless allows sqs:SendMessage. Add a statement to one.",
        addition: allow("sqs:SendMessage", jobs),
        at: { logicalId: "Powerless" },
      },
    });
    expect(decision).not.toHaveProperty("statement");
  });

  test("that is denied names the statement that denies", async () => {
    expect(lastDecision(await explained("/", await session("forbidden"), "sqs", sendMessage))).toMatchObject({
      effect: "explicit-deny",
      statement: { Effect: "Deny", Action: "sqs:*" },
      statementNumber: 2,
      cure: { advice: expect.stringContaining("No allow outweighs a deny"), at: { logicalId: "Forbidden" } },
    });
  });

  test("that a permissions boundary keeps away names the boundary", async () => {
    expect(lastDecision(await explained("/", await session("limited"), "sqs", sendMessage))).toMatchObject({
      effect: "implicit-deny",
      side: "boundary",
      cure: {
        advice: expect.stringContaining(
          `arn:aws:iam::${account}:policy/ceiling does not allow sqs:SendMessage`,
        ),
      },
    });
  });

  test("that a session policy keeps away says so", async () => {
    const Policy = JSON.stringify(document(allow("logs:*")));
    const limited = await session("sender", { Policy });
    expect(lastDecision(await explained("/", limited, "sqs", sendMessage))).toMatchObject({
      effect: "implicit-deny",
      side: "session",
    });
  });

  test("in the query protocol", async () => {
    const body = "Action=DescribeStacks&Version=2010-05-15";
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const call = { method: "POST", headers, body };
    expect(lastDecision(await explained("/", await session("sender"), "cloudformation", call))).toMatchObject(
      {
        effect: "implicit-deny",
        action: "cloudformation:DescribeStacks",
      },
    );
  });

  test("whose signature is wrong says what is wrong with it", async () => {
    const wrong = { ...platform.platform.credentials, secretAccessKey: "wrong" };
    const { steps } = await explained("/", wrong, "sqs", sendMessage);
    expect(steps[0]).toMatchObject({
      kind: "refused-signature",
      problem: expect.stringContaining("signature we calculated does not match"),
    });
  });
});

describe("a request to a function", () => {
  const invoke = "/2015-03-31/functions/greeting/invocations";
  test("by Invoke says who may, and which function ran", async () => {
    const { steps } = await explained(invoke, undefined, "lambda", { method: "POST" });
    expect(steps).toMatchObject([
      { kind: "signature" },
      {
        kind: "decision",
        effect: "allow",
        action: "lambda:InvokeFunction",
        policy: { name: expect.any(String) },
      },
      { kind: "invocation", functionName: "greeting" },
    ]);
  });

  test("asynchronously says later what became of the event, and which right its role lacks", async () => {
    const role = `arn:aws:iam::${account}:role/powerless`;
    await createPowerless(platform.client(), "worker", role, jobs);
    const headers = { "x-amz-invocation-type": "Event" };
    const init = { method: "POST", headers, body: "{}" };
    const [accepted] = await Promise.all([
      explained("/2015-03-31/functions/worker/invocations", undefined, "lambda", init),
      // Whose requests wake the queue doesn't matter.
      explained(invoke, undefined, "lambda", { method: "POST" }),
    ]);
    const [id = ""] = accepted.requestIds;
    await platform.until((events) =>
      events.some(
        (each) => each.kind === "note" && each.requestId === id && /not be sent/.test(each.message),
      ),
    );
    const { status, steps, laterSteps } = await explainRequest(platform.url, owner(), id);
    expect(status).toBe(202);
    expect(steps).toMatchObject([
      { kind: "signature" },
      { kind: "decision", action: "lambda:InvokeFunction", effect: "allow" },
    ]);
    expect(laterSteps).toMatchObject([
      { kind: "invocation", functionName: "worker", requestId: id },
      {
        kind: "decision",
        action: "sqs:SendMessage",
        resource: `arn:aws:sqs:${region}:${account}:jobs`,
        principal: role,
        effect: "implicit-deny",
        cure: { addition: { Action: "sqs:SendMessage" }, at: { logicalId: "Powerless" } },
      },
      { kind: "note", message: expect.stringContaining("could not be sent to its destination") },
    ]);
    expect((await explainRequest(platform.url, owner())).requestIds).toContain(id);
  });

  test("through its URL says which of the two rights is missing", async () => {
    const explanation = await explained(platform.urlPath("greeting"), await session("sender"), "lambda");
    expect(explanation.door).toBe("the function URL of greeting");
    expect(lastDecision(explanation)).toMatchObject({
      effect: "implicit-deny",
      action: "lambda:InvokeFunctionUrl",
    });
  });

  test("through a REST API without a permission names the permission", async () => {
    const explanation = await explained(apiPath("rest-api", "Closed", "/test/"));
    expect(explanation).toMatchObject({ door: "the REST API Closed", status: 500 });
    expect(lastDecision(explanation)).toMatchObject({
      principal: "apigateway.amazonaws.com",
      effect: "implicit-deny",
      cure: {
        advice: expect.stringContaining("AWS::Lambda::Permission"),
        addition: {
          Action: "lambda:InvokeFunction",
          Principal: "apigateway.amazonaws.com",
          SourceArn: expect.stringMatching(/^arn:aws:execute-api:.*\/test\/GET\/$/),
        },
      },
    });
  });

  test("through a REST API whose role lacks the right names the right and the role", async () => {
    const explanation = await explained(apiPath("rest-api", "Powered", "/test/"));
    expect(explanation.status).toBe(500);
    expect(lastDecision(explanation)).toMatchObject({
      principal: `arn:aws:iam::${account}:role/powerless`,
      action: "lambda:InvokeFunction",
      effect: "implicit-deny",
      cure: { addition: { Action: "lambda:InvokeFunction" }, at: { logicalId: "Powerless" } },
    });
  });

  test("through a REST API whose role has a boundary names the boundary", async () => {
    const explanation = await explained(apiPath("rest-api", "Limiting", "/test/"));
    expect(explanation.status).toBe(500);
    expect(lastDecision(explanation)).toMatchObject({ action: "lambda:InvokeFunction", side: "boundary" });
  });

  test("through an HTTP API is evaluated by its route", async () => {
    const path = apiPath("http-api", "Http", "/pets");
    const explanation = await explained(path, await session("sender"), "execute-api");
    expect(explanation).toMatchObject({ door: "the HTTP API Http", status: 403 });
    expect(lastDecision(explanation)).toMatchObject({
      action: "execute-api:Invoke",
      effect: "implicit-deny",
    });
  });
});

describe("who asks", () => {
  test("without an id is told of the request that was denied last", async () => {
    const denied = await explained("/", await session("powerless"), "sqs", sendMessage);
    await explained("/", await session("sender"), "sqs", sendMessage);
    expect(await explainRequest(platform.url, owner())).toEqual(denied);
  });

  test("for a request that never was is told where ids stand", async () => {
    await expect(explainRequest(platform.url, owner(), "no such")).rejects.toMatchObject({
      code: "NoSuchRequest",
      message: expect.stringMatching(/knows no request no such\..* x-amzn-RequestId/),
    });
  });

  test("for an id that isn't encoded well, or for something else, is told that there is none", async () => {
    const ask = async (path: string) => {
      const answer = await signedFetch(new Request(`${platform.url}${path}`), "sluice", owner());
      return [answer.status, ((await answer.json()) as { code: string }).code];
    };
    expect(await ask("/requests/%")).toEqual([404, "NoSuchRequest"]);
    expect(await ask("/nothing")).toEqual([404, "NotFound"]);
    const unsigned = await fetch(`${platform.url}/requests/last-denied`);
    expect(unsigned.status).toBe(404);
  });

  test("with the credentials of a role is told who they are, and nothing of others' requests", async () => {
    const credentials = await session("limited", { Policy: JSON.stringify(document(allow("*"))) });
    expect(await identify(platform.url, { region, credentials })).toEqual({
      accountId: account,
      arn: `arn:aws:sts::${account}:assumed-role/limited/test`,
      userId: expect.stringMatching(/^AROA[A-Z0-9]{17}:test$/),
      roleArn: `arn:aws:iam::${account}:role/limited`,
      isAdministrator: false,
      policies: ["the inline policy own of the role limited"],
      boundary: `arn:aws:iam::${account}:policy/ceiling`,
      sessionPolicies: 1,
    });
    await expect(explainRequest(platform.url, { region, credentials })).rejects.toMatchObject({
      code: "AccessDenied",
    });
  });

  test("with the platform's own credentials is told that they may do everything", async () => {
    expect(await identify(platform.url, owner())).toMatchObject({
      isAdministrator: true,
      accountId: account,
    });
  });

  test("with credentials of somewhere else is told that nobody knows them", async () => {
    const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" };
    await expect(identify(platform.url, { region, credentials })).rejects.toMatchObject({
      message: expect.stringContaining("security token"),
    });
  });
});
