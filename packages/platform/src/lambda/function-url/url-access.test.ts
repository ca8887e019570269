import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { signWithSdk } from "../../../test/sdk-signer.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

const forbidden =
  '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}';

/** A function URL in plain CloudFormation, with the permissions that are given and no others. */
function urlOf(name: string, AuthType: string, permissions: readonly Record<string, unknown>[]) {
  const logicalId = name.replaceAll("-", "");
  return {
    [logicalId]: scripted({ FunctionName: name }),
    [`${logicalId}Url`]: {
      Type: "AWS::Lambda::Url",
      Properties: { TargetFunctionArn: { "Fn::GetAtt": [logicalId, "Arn"] }, AuthType },
    },
    ...Object.fromEntries(
      permissions.map((permission, index) => [
        `${logicalId}Permission${index}`,
        {
          Type: "AWS::Lambda::Permission",
          Properties: { FunctionName: { Ref: logicalId }, Principal: "*", ...permission },
        },
      ]),
    ),
  };
}

const url = { Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" };
const invoke = { Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true };
const cors = {
  AllowOrigins: ["https://a.example", "https://b.example"],
  AllowMethods: ["GET", "POST"],
  AllowHeaders: ["x-one", "x-two"],
  ExposeHeaders: ["x-three"],
  AllowCredentials: true,
  MaxAge: 300,
};

let platform: TestPlatform;

beforeAll(async () => {
  const open = (FunctionName: string, Cors: unknown) =>
    scripted({
      FunctionName,
      FunctionUrlConfig: { AuthType: "NONE", ...(Cors === undefined ? {} : { Cors }) },
    });
  platform = await TestPlatform.start({
    resources: {
      ...urlOf("both", "NONE", [url, invoke]),
      ...urlOf("neither", "NONE", []),
      ...urlOf("url-only", "NONE", [url]),
      ...urlOf("invoke-only", "NONE", [invoke]),
      ...urlOf("unconditional", "NONE", [
        { Action: "lambda:InvokeFunctionUrl" },
        { Action: "lambda:InvokeFunction" },
      ]),
      ...urlOf("other-auth", "NONE", [{ ...url, FunctionUrlAuthType: "AWS_IAM" }, invoke]),
      ...urlOf("other-principal", "NONE", [url, { ...invoke, Principal: "111122223333" }]),
      ...urlOf("signed", "AWS_IAM", []),
      Shared: open("shared", cors),
      SignedShared: scripted({
        FunctionName: "signed-shared",
        FunctionUrlConfig: { AuthType: "AWS_IAM", Cors: cors },
      }),
      Anyone: open("anyone", { AllowOrigins: ["*"], AllowMethods: ["*"] }),
      Plain: open("plain", undefined),
    },
  });
});
afterAll(() => platform[Symbol.asyncDispose]());
afterEach(() => expect(platform.bugs).toEqual([]));

describe("AuthType NONE", () => {
  const url = "lambda:InvokeFunctionUrl and FunctionUrlAuthType: NONE";
  const invoke = "lambda:InvokeFunction and InvokedViaFunctionUrl: true";

  test.each([
    ["both", 200, ""],
    ["unconditional", 200, ""],
    ["neither", 403, url],
    ["url-only", 403, invoke],
    ["invoke-only", 403, url],
    ["other-auth", 403, url],
    ["other-principal", 403, invoke],
  ])("with %s: everyone gets %d, and the developer the missing permission", async (name, status, missing) => {
    const answer = await platform.send({ path: platform.urlPath(name) });
    expect(answer.status).toBe(status);
    if (status === 200) return;
    expect(await answer.summary("x-amzn-errortype", "content-type")).toEqual({
      status: 403,
      "x-amzn-errortype": "AccessDeniedException",
      "content-type": "application/json",
      body: forbidden,
    });
    const arn = `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
    expect(platform.notes(answer.requestId)).toEqual([
      expect.stringMatching(
        `^403: the resource policy of ${arn} does not allow .* to everyone\\. Add an AWS::Lambda::Permission for it with Principal: "\\*", Action: ${missing}\\.`,
      ),
    ]);
  });

  test("does not let a signature make up for a missing permission", async () => {
    expect((await platform.sendSigned({ path: platform.urlPath("neither") })).status).toBe(403);
  });
});

describe("AuthType AWS_IAM", () => {
  test("asks no permission of the function for a caller whose own policies give it", async () => {
    expect((await platform.sendSigned({ path: platform.urlPath("signed") })).status).toBe(200);
  });

  test("tells the developer what should have been signed, and the client nothing", async () => {
    const path = platform.urlPath("signed");
    const { credentials, port } = platform.platform;
    const signed = await signWithSdk(
      { method: "GET", path, headers: { host: `127.0.0.1:${port}`, "x-amz-meta": "signed" } },
      { service: "lambda", credentials, timeMs: Date.now() },
    );
    const headers = { ...Object.fromEntries(signed.headers), "x-amz-meta": "changed" };
    const answer = await platform.send({ path, headers });
    expect(await answer.summary()).toEqual({ status: 403, body: forbidden });
    const [note = ""] = platform.notes(answer.requestId);
    expect(note).toContain("403: InvalidSignatureException: The request signature we calculated");
    expect(note).toContain(`The Canonical String for this request should have been\n'GET\n${path}\n`);
    expect(note).toContain("\nx-amz-meta:changed\n");
    expect(note).toContain("The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n");
  });
});

/** The function answers what it would without CORS: a status and a header of its own. */
const answering = `await respond(id, '{"statusCode":201,"headers":{"Access-Control-Allow-Origin":"own"},"body":"ran"}')`;

const allowed = {
  "access-control-allow-origin": "https://a.example",
  "access-control-allow-credentials": "true",
  "access-control-expose-headers": "x-three",
  vary: "Origin",
};
const corsNames = [
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-expose-headers",
  "access-control-allow-methods",
  "access-control-allow-headers",
  "access-control-max-age",
  "vary",
];

describe("a preflight", () => {
  const preflight = (name: string, origin: string) =>
    platform.send({
      method: "OPTIONS",
      path: platform.urlPath(name),
      headers: { origin, "access-control-request-method": "POST" },
    });

  test("is answered from the configuration, and the function does not run", async () => {
    const answer = await preflight("shared", "https://a.example");
    expect(await answer.summary(...corsNames)).toEqual({
      status: 200,
      ...allowed,
      "access-control-allow-methods": "GET,POST",
      "access-control-allow-headers": "x-one,x-two",
      "access-control-max-age": "300",
      body: "",
    });
    expect(platform.logLines(answer.requestId)).toEqual([]);
  });

  test("needs no signature where every other request does: browsers sign none", async () => {
    const answer = await preflight("signed-shared", "https://a.example");
    expect(await answer.summary("access-control-allow-origin")).toEqual({
      status: 200,
      "access-control-allow-origin": "https://a.example",
      body: "",
    });
    expect((await platform.send({ path: platform.urlPath("signed-shared") })).status).toBe(403);
  });

  test("of another origin gets no permission", async () => {
    const answer = await preflight("shared", "https://c.example");
    expect(await answer.summary(...corsNames)).toEqual({ status: 200, body: "" });
  });

  test("of any origin gets it where all are allowed", async () => {
    const answer = await preflight("anyone", "https://c.example");
    expect(await answer.summary(...corsNames)).toEqual({
      status: 200,
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "*",
      body: "",
    });
  });

  test("reaches the function where CORS is not configured", async () => {
    const answer = await preflight("plain", "https://a.example");
    expect(await answer.json()).toMatchObject({ requestContext: { http: { method: "OPTIONS" } } });
  });

  test("is one only with the header that names the method", async () => {
    const headers = { origin: "https://a.example" };
    const answer = await platform.send({ method: "OPTIONS", path: platform.urlPath("shared"), headers });
    expect(await answer.json()).toMatchObject({ requestContext: { http: { method: "OPTIONS" } } });
  });
});

describe("an answer to another origin", () => {
  const post = (name: string, headers: Record<string, string>) =>
    platform.send({
      method: "POST",
      path: platform.urlPath(name),
      headers: { "content-type": "text/plain", ...headers },
      body: answering,
    });
  const originHeaders = (rawHeaders: readonly string[]) =>
    rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === "access-control-allow-origin");

  test("carries the function's headers and those of the configuration", async () => {
    const answer = await post("shared", { origin: "https://a.example" });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      ...allowed,
      "access-control-allow-origin": "own, https://a.example",
    });
    expect(originHeaders(answer.rawHeaders)).toEqual(["own", "https://a.example"]);
  });

  test.each([
    ["whose origin is not allowed", "shared", { origin: "https://c.example" }],
    ["without an origin", "shared", {}],
    ["where CORS is not configured", "plain", { origin: "https://a.example" }],
  ])("%s carries the function's alone", async (_, name, headers) => {
    const answer = await post(name, headers);
    expect(originHeaders(answer.rawHeaders)).toEqual(["own"]);
    expect(await answer.text()).toBe("ran");
  });
});
