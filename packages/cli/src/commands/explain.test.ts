import { createServer } from "node:net";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BuiltProgram } from "../../test/built-program.ts";
import { runHere } from "../../test/recording-terminal.ts";
import { Sandbox } from "../../test/sandbox.ts";

const account = "123456789012";
const template = `AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: done } }
  Closed:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument:
        Version: "2012-10-17"
        Statement: { Effect: Deny, Principal: "*", Action: "sqs:SendMessage", Resource: !GetAtt Queue.Arn }
  Later:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Greet
      Qualifier: $LATEST
      DestinationConfig: { OnSuccess: { Destination: !GetAtt Queue.Arn } }
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        swagger: "2.0"
        info: { title: Api, version: "1" }
        paths:
          /:
            get:
              x-amazon-apigateway-integration:
                type: aws_proxy
                httpMethod: POST
                uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:${account}:function:greet/invocations
                credentials: arn:aws:iam::${account}:role/caller
  Deployment:
    Type: AWS::ApiGateway::Deployment
    Properties: { RestApiId: !Ref Api, StageName: test }
  Greet:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: greet
      Runtime: nodejs24.x
      Handler: index.handler
      Role: !GetAtt Caller.Arn
      Code: { ZipFile: "exports.handler = async () => ({ statusCode: 200 })" }
  Caller:
    Type: AWS::IAM::Role
    Properties:
      RoleName: caller
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: { Effect: Allow, Principal: { AWS: "${account}" }, Action: "sts:AssumeRole" }
      Policies:
        - PolicyName: logs
          PolicyDocument:
            Version: "2012-10-17"
            Statement: { Effect: Allow, Action: ["logs:*", "sqs:SendMessage"], Resource: "*" }
`;

let program: BuiltProgram;
let sandbox: Sandbox;
let port: number;
beforeAll(async () => {
  program = await BuiltProgram.make();
  sandbox = await Sandbox.create(program, { "template.yaml": template });
  ({ port } = await sandbox.dev());
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await program[Symbol.asyncDispose]();
});

const here = (parameters: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
  runHere(parameters, sandbox.folder, "", environment);
async function deniedRequest(): Promise<string> {
  const listed = await fetch(`http://127.0.0.1:${port}/nothing`);
  const { endpoints } = (await listed.json()) as { endpoints: string[] };
  const apiId = /(?:execute-api\/|:\/\/)([a-z0-9]{10})(?=[/.])/.exec(
    endpoints.find((url) => url.includes("execute-api")) ?? "",
  )?.[1];
  const answer = await fetch(`http://127.0.0.1:${port}/_aws/execute-api/${apiId}/test/`);
  expect(answer.status).toBe(500);
  return answer.headers.get("x-amzn-requestid") ?? "";
}

describe("sluice explain", () => {
  test("prints the way of a request, what was missing, and where to add it", async () => {
    const id = await deniedRequest();
    const { code, out, talk } = await here(["explain", id]);
    expect({ code, talk }).toEqual({ code: 0, talk: "" });
    expect(out).toMatch(/^GET \/_aws\/execute-api\/\w+\/test\/ to the REST API Api\n/);
    expect(out).toContain(id);
    expect(out).toContain(`DENIED   lambda:InvokeFunction
         on arn:aws:lambda:us-east-1:${account}:function:greet
         to arn:aws:iam::${account}:role/caller
         since no policy of the caller allows it
         No policy of the role caller allows lambda:InvokeFunction. Add a statement to one.
         It is at template.yaml:42 (Caller).
         {
           "Effect": "Allow",
           "Action": "lambda:InvokeFunction",
           "Resource": "arn:aws:lambda:us-east-1:${account}:function:greet"
         }
`);
    expect(out).toMatch(/\nIt was answered with 500\.\n$/);
    expect((await here(["explain"])).out).toBe(out);
  });

  test("prints below the answer what an asynchronous invocation came to", async () => {
    const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(
      (await here(["credentials", "--json"])).out,
    );
    const lambda = new LambdaClient({
      region: "us-east-1",
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    });
    const { $metadata } = await lambda.send(
      new InvokeCommand({ FunctionName: "greet", InvocationType: "Event", Payload: "{}" }),
    );
    const text = async () => (await here(["explain", $metadata.requestId ?? ""])).out;
    await expect
      .poll(text, { timeout: 20_000, interval: 100 })
      .toMatch(
        /\nIt was answered with 202\.\n\nIt began what went on later:\n\nran {6}greet, as invocation [\s\S]*\nDENIED {3}sqs:SendMessage\n/,
      );
  });

  test("--json prints the same for programs", async () => {
    const id = await deniedRequest();
    const explanation = JSON.parse((await here(["explain", id, "--json"])).out);
    expect(explanation).toMatchObject({ door: "the REST API Api", status: 500 });
    expect(explanation.requestIds).toContain(id);
  });

  test("says that nobody had to be asked", async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/invoke/greet`, { method: "POST", body: "{}" });
    const { out } = await here(["explain", answer.headers.get("x-amzn-requestid") ?? ""]);
    expect(out).toMatch(/^POST \/invoke\/greet to \/invoke, which asks for no signature\n/);
    expect(out).toContain("ran      greet, as invocation ");
  });

  test("knows no request that never was", async () => {
    const { code, out, talk } = await here(["explain", "nothing"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(talk).toMatch(
      /^sluice explain: The platform knows no request nothing\. It remembers the last \d+ requests/,
    );
  });

  test("takes one request", async () => {
    expect(await here(["explain", "1", "2"])).toMatchObject({
      code: 2,
      talk: expect.stringContaining("name one request."),
    });
  });
});

describe("sluice whoami", () => {
  test("tells of the platform's own credentials", async () => {
    const { code, out } = await here(["whoami"]);
    expect(code).toBe(0);
    expect(out.replace(/AKIA\w+|ASIA\w+/, "KEY")).toBe(`Account      ${account}
ARN          arn:aws:sts::${account}:assumed-role/Administrator/sluice
User ID      AROASLUICEADMINISTRATOR:sluice
Credentials  KEY, from the state in ${sandbox.path(".sluice")}: the platform's own
Platform     http://127.0.0.1:${port}, in us-east-1
May do       everything
`);
  });

  test("tells of the credentials in the environment", async () => {
    const { out: text } = await here(["credentials", "--json"]);
    const made = JSON.parse(text);
    const { code, out } = await here(["whoami", "--json"], {
      AWS_ACCESS_KEY_ID: made.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: made.SecretAccessKey,
      AWS_SESSION_TOKEN: made.SessionToken,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}/`,
    });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      accountId: account,
      accessKeyId: made.AccessKeyId,
      source: "AWS_ACCESS_KEY_ID",
      platform: `http://127.0.0.1:${port}`,
      isAdministrator: true,
    });
  });

  test("says that credentials of somewhere else are nobody's here", async () => {
    const { code, talk } = await here(["whoami"], {
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
    });
    expect(code).toBe(1);
    expect(talk).toMatch(
      /does not take the credentials AKIAIOSFODNN7EXAMPLE from AWS_ACCESS_KEY_ID .*sluice credentials/,
    );
  });

  test("says that nobody listens where AWS_ENDPOINT_URL points", async () => {
    // A port that was free a moment ago, and is again.
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port: free } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const { code, talk } = await here(["whoami"], { AWS_ENDPOINT_URL: `http://127.0.0.1:${free}` });
    expect({ code, talk }).toEqual({
      code: 1,
      talk: `sluice whoami: nobody listens at http://127.0.0.1:${free}, which AWS_ENDPOINT_URL names.\n`,
    });
  });
});

test.each(["explain", "whoami"])("without a platform sluice %s says how to start one", async (command) => {
  await using empty = await Sandbox.create(program);
  expect(await runHere([command], empty.folder)).toMatchObject({
    code: 1,
    talk: expect.stringContaining("no platform runs with the state in"),
  });
});
