import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiIdOf, eventAsBody, proxyTo, restStage, stagePath } from "../../../test/rest-stage.ts";
import { signWithSdk } from "../../../test/sdk-signer.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

/** Lets `execute-api:/…` resources be called, and the path `/denied` by nobody. */
const policy = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/test/GET/*" },
    {
      Effect: "Deny",
      Principal: "*",
      Action: "execute-api:Invoke",
      Resource: "execute-api:/*/*/denied",
      Condition: { IpAddress: { "aws:SourceIp": "127.0.0.0/8" } },
    },
  ],
};

const paths = {
  "/": { get: proxyTo("Echo", "BUFFERED"), post: proxyTo("Echo", "BUFFERED") },
  "/denied": { get: proxyTo("Echo", "BUFFERED") },
  "/signed": {
    get: proxyTo("Echo", "BUFFERED", { auth: "AWS_IAM" }),
    post: proxyTo("Echo", "BUFFERED", { auth: "AWS_IAM" }),
  },
  "/signed/denied": { get: proxyTo("Echo", "BUFFERED", { auth: "AWS_IAM" }) },
};

const role = (statement: object) => ({
  Type: "AWS::IAM::Role",
  Properties: {
    AssumeRolePolicyDocument: {
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: { Service: "apigateway.amazonaws.com" },
        Action: "sts:AssumeRole",
      },
    },
    Policies: [{ PolicyName: "invoke", PolicyDocument: { Version: "2012-10-17", Statement: statement } }],
  },
});
const mayInvoke = {
  Effect: "Allow",
  Action: "lambda:InvokeFunction",
  Resource: { "Fn::GetAtt": ["Private", "Arn"] },
};

/** Methods that call a function which lets nobody call it but by their own policies. */
const withCredentials = (credentials: unknown, auth?: "AWS_IAM") => ({
  get: proxyTo("Private", "BUFFERED", {
    integration: { credentials },
    ...(auth === undefined ? {} : { auth }),
  }),
});
const credentialPaths = {
  "/by-role": withCredentials({ "Fn::GetAtt": ["Role", "Arn"] }),
  "/by-strict-role": withCredentials({ "Fn::GetAtt": ["StrictRole", "Arn"] }),
  "/by-missing-role": withCredentials("arn:aws:iam::123456789012:role/missing"),
  "/by-caller": withCredentials("arn:aws:iam::*:user/*", "AWS_IAM"),
  "/by-nobody": withCredentials("arn:aws:iam::*:user/*"),
};

const resources = (withPolicy: boolean) => ({
  Private: scripted({ CodeUri: "echo/" }),
  Role: role(mayInvoke),
  StrictRole: role({ ...mayInvoke, Condition: { StringEquals: { "aws:RequestTag/a": "b" } } }),
  Echo: scripted({ CodeUri: "echo/" }),
  ...restStage({
    paths: { ...paths, ...credentialPaths },
    invokes: ["Echo"],
    ...(withPolicy ? { policy } : {}),
  }),
});

let platform: TestPlatform;
let guarded: TestPlatform;
beforeAll(async () => {
  const files = { "echo/bootstrap": eventAsBody };
  platform = await TestPlatform.start({ resources: resources(false), files });
  guarded = await TestPlatform.start({ resources: resources(true), files });
});
afterAll(async () => {
  expect([...platform.bugs, ...guarded.bugs]).toEqual([]);
  await platform[Symbol.asyncDispose]();
  await guarded[Symbol.asyncDispose]();
});

const forbidden = (errorType: string, body: string) => ({
  status: 403,
  "content-type": "application/json",
  "x-amzn-errortype": errorType,
  body,
});
const missingToken = forbidden(
  "MissingAuthenticationTokenException",
  '{"message":"Missing Authentication Token"}',
);

describe("a request that no method takes", () => {
  test.each([
    ["an unknown path", "GET", "/nowhere"],
    ["a path with more segments", "GET", "/signed/more"],
    ["a wrong method", "DELETE", "/"],
    ["HEAD where there is GET only", "HEAD", "/"],
    ["OPTIONS where there is none", "OPTIONS", "/"],
  ])("is refused as if it lacked a token: %s", async (_, method, path) => {
    const answer = await platform.send({ method, path: stagePath(platform) + path });
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual({
      ...missingToken,
      ...(method === "HEAD" ? { body: "" } : {}),
    });
    expect(answer.headers["content-length"]).toBe("42");
    expect(answer.headers["x-amz-apigw-id"]).toMatch(/=$/);
    expect(answer.headers["x-amzn-trace-id"]).toBeUndefined();
    expect(platform.notes(answer.requestId)).toEqual([expect.stringContaining(`no method for ${method}`)]);
  });

  test.each([
    ["an unknown stage", (id: string) => `/_aws/execute-api/${id}/other/`],
    ["no stage", (id: string) => `/_aws/execute-api/${id}`],
    ["an unknown API", () => "/_aws/execute-api/unknown123/test/"],
  ])("is forbidden where there is %s", async (_, path) => {
    const answer = await platform.send({ path: path(apiIdOf(platform)) });
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual(
      forbidden("ForbiddenException", '{"message":"Forbidden"}'),
    );
  });
});

test.each([
  ["the host of this machine", (id: string, port: number) => `${id}.execute-api.localhost:${port}`],
  ["the host with a region", (id: string) => `${id}.execute-api.us-east-1.localhost`],
  ["AWS's host", (id: string) => `${id.toUpperCase()}.execute-api.us-east-1.amazonaws.com`],
])("an API is reached by %s as by its path", async (_, host) => {
  const answer = await platform.send({
    path: "/test/",
    headers: { host: host(apiIdOf(platform), platform.port) },
  });
  expect(await answer.json()).toMatchObject({ resource: "/", requestContext: { stage: "test" } });
});

describe("a method with AWS_IAM", () => {
  test.each(["GET", "POST"])("takes a signed %s request", async (method) => {
    const answer = await platform.sendSigned({
      service: "execute-api",
      method,
      path: `${stagePath(platform)}/signed?b=2&a=%C3%A9`,
      ...(method === "POST" ? { body: "body" } : {}),
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ queryStringParameters: { a: "é", b: "2" } });
  });

  test("takes a request that was signed for the host form", async () => {
    const host = `${apiIdOf(platform)}.execute-api.localhost:${platform.port}`;
    const answer = await platform.sendSigned({
      service: "execute-api",
      path: "/test/signed",
      headers: { host },
    });
    expect(answer.status).toBe(200);
  });

  test("refuses a request without a signature", async () => {
    const answer = await platform.send({ path: `${stagePath(platform)}/signed` });
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual(missingToken);
  });

  test("refuses another scheme, naming what is missing in the header", async () => {
    const answer = await platform.send({
      path: `${stagePath(platform)}/signed`,
      headers: { authorization: "Bearer x" },
    });
    expect(answer.headers["x-amzn-errortype"]).toBe("IncompleteSignatureException");
    expect([answer.status, await answer.json()]).toEqual([
      403,
      {
        message: expect.stringMatching(
          /^Invalid key=value pair \(missing equal-sign\) in Authorization header/,
        ),
      },
    ]);
  });

  test("refuses a body that isn't the one that was signed", async () => {
    const path = `${stagePath(platform)}/signed`;
    const { credentials } = platform.platform;
    const signed = await signWithSdk(
      { method: "POST", path, headers: { host: `127.0.0.1:${platform.port}` }, body: Buffer.from("body") },
      { service: "execute-api", credentials, timeMs: Date.now() },
    );
    const answer = await platform.send({
      method: "POST",
      path,
      headers: Object.fromEntries(signed.headers),
      body: "BODY",
    });
    expect([answer.status, answer.headers["x-amzn-errortype"]]).toEqual([403, "InvalidSignatureException"]);
    expect(await answer.json()).toEqual({
      message: expect.stringMatching(/^The request signature we calculated does not match/),
    });
  });

  test("refuses a signature for another service", async () => {
    const answer = await platform.sendSigned({ service: "lambda", path: `${stagePath(platform)}/signed` });
    expect([answer.status, answer.headers["x-amzn-errortype"]]).toEqual([403, "InvalidSignatureException"]);
  });
});

describe("the policy of an API", () => {
  const masked = (path: string) =>
    `arn:aws:execute-api:us-east-1:********9012:${apiIdOf(guarded)}/test/${path}`;
  const denied = (message: string) =>
    forbidden("AccessDeniedException", JSON.stringify({ Message: message }));

  test("lets open methods be called that it allows", async () => {
    expect((await guarded.send({ path: `${stagePath(guarded)}/` })).status).toBe(200);
  });

  test("keeps open methods closed that it doesn't mention", async () => {
    const answer = await guarded.send({ method: "POST", path: `${stagePath(guarded)}/` });
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual(
      denied(
        `User: anonymous is not authorized to perform: execute-api:Invoke on resource: ${masked("POST/")}`,
      ),
    );
  });

  test("says when it denies", async () => {
    const answer = await guarded.send({ path: `${stagePath(guarded)}/denied` });
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual(
      denied(
        `User: anonymous is not authorized to perform: execute-api:Invoke on resource: ${masked("GET/denied")} with an explicit deny`,
      ),
    );
  });

  test("need not mention what the caller's own policies allow", async () => {
    const answer = await guarded.sendSigned({
      service: "execute-api",
      method: "POST",
      path: `${stagePath(guarded)}/signed`,
    });
    expect(answer.status).toBe(200);
  });

  test("denies signed requests too", async () => {
    const answer = await guarded.sendSigned({
      service: "execute-api",
      path: `${stagePath(guarded)}/signed/denied`,
    });
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual(
      denied(
        `User: arn:aws:sts::123456789012:assumed-role/Administrator/sluice is not authorized to perform: execute-api:Invoke on resource: ${masked("GET/signed/denied")} with an explicit deny`,
      ),
    );
  });
});

describe("an integration with credentials", () => {
  test.each([
    ["a role", "/by-role"],
    ["the caller's own", "/by-caller"],
  ])("calls the function with %s, whatever the function's policy says", async (_, path) => {
    const answer = await platform.sendSigned({ service: "execute-api", path: stagePath(platform) + path });
    expect(answer.status).toBe(200);
  });

  test.each([
    ["a role that may not", "/by-strict-role", /role .*StrictRole lacks lambda:InvokeFunction/],
    [
      "a role that doesn't exist",
      "/by-missing-role",
      /role arn:aws:iam::123456789012:role\/missing does not exist/,
    ],
    ["a caller who isn't known", "/by-nobody", /The caller itself may not call lambda:InvokeFunction/],
  ])("gives 500 with %s, and the developer is told why", async (_, path, note) => {
    const answer = await platform.send({ path: stagePath(platform) + path });
    expect(await answer.summary()).toEqual({ status: 500, body: '{"message": "Internal server error"}' });
    expect(platform.notes(answer.requestId)).toEqual([expect.stringMatching(note)]);
  });
});

test("a policy that can't be evaluated keeps the template from being deployed, and is named", async () => {
  const Statement = {
    Effect: "Allow",
    Principal: "*",
    Action: "*",
    Condition: { StringMatches: { a: "b" } },
  };
  const start = TestPlatform.start({
    resources: { Echo: scripted(), ...restStage({ paths: {}, invokes: ["Echo"], policy: { Statement } }) },
  });
  await expect(start).rejects.toMatchObject({
    diagnostics: expect.arrayContaining([
      expect.objectContaining({
        severity: "error",
        message: expect.stringContaining("there is no condition operator StringMatches"),
      }),
    ]),
  });
});

test("without signatures everything is open, and policies aren't asked", async () => {
  await using open = await TestPlatform.start({
    resources: resources(true),
    files: { "echo/bootstrap": eventAsBody },
    isUnsigned: true,
  });
  const answers = await Promise.all(
    ["/signed", "/denied"].map((path) => open.send({ path: stagePath(open) + path })),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
});
