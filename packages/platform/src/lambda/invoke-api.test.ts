import { randomUUID } from "node:crypto";
import { InvokeCommand, InvokeWithResponseStreamCommand } from "@aws-sdk/client-lambda";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

const arn = "arn:aws:lambda:us-east-1:123456789012:function";
const invocations = "/2015-03-31/functions/greet/invocations";
const streamingInvocations = "/2021-11-15/functions/greet/response-streaming-invocations";

let platform: TestPlatform;

beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Greet: scripted({ FunctionName: "greet" }),
      Hurried: scripted({ FunctionName: "hurried", Timeout: 1 }),
      Managed: {
        Type: "AWS::Serverless::Function",
        Properties: {
          FunctionName: "managed",
          Runtime: "nodejs24.x",
          Handler: "index.handler",
          InlineCode: "exports.handler = async (event) => { if (event.fails) throw new Error('no'); };",
        },
      },
    },
  });
});
afterAll(() => platform[Symbol.asyncDispose]());
afterEach(() => expect(platform.bugs).toEqual([]));

function invoke(input: Partial<InvokeCommand["input"]> & { script?: string }) {
  const { script, ...rest } = input;
  const Payload = script === undefined ? undefined : JSON.stringify({ script });
  return platform
    .client()
    .send(
      new InvokeCommand({ FunctionName: "greet", ...(Payload === undefined ? {} : { Payload }), ...rest }),
    );
}

function post(path: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
  return platform.sendSigned({ method: "POST", path, body, headers });
}

describe("Invoke through the SDK", () => {
  test("gives the payload, byte for byte", async () => {
    const answer = await invoke({ Payload: ' {"name" : "Ada"}' });
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(answer.FunctionError).toBeUndefined();
    expect(answer.LogResult).toBeUndefined();
    expect(answer.Payload?.transformToString()).toBe(' {"name" : "Ada"}');
  });

  test("sends an empty object where there is no payload", async () => {
    expect((await invoke({})).Payload?.transformToString()).toBe("{}");
  });

  test("answers null for a managed handler that returned nothing", async () => {
    const answer = await invoke({ FunctionName: "managed", Payload: "{}" });
    expect(answer.Payload?.transformToString()).toBe("null");
  });

  test.each([
    ["greet", `${arn}:greet`],
    ["greet:$LATEST", `${arn}:greet:$LATEST`],
    ["123456789012:function:greet", `${arn}:greet`],
    [`${arn}:greet`, `${arn}:greet`],
    [`${arn}:greet:$LATEST`, `${arn}:greet:$LATEST`],
  ])("finds %s, and tells the function the ARN that was invoked", async (FunctionName, invoked) => {
    const script = `await respond(id, JSON.stringify(event.headers["lambda-runtime-invoked-function-arn"]))`;
    const answer = await invoke({ FunctionName, script });
    expect(JSON.parse(answer.Payload?.transformToString() ?? "")).toBe(invoked);
  });

  test("takes the qualifier from the query", async () => {
    expect(await invoke({ Qualifier: "$LATEST" })).toMatchObject({ ExecutedVersion: "$LATEST" });
  });

  test("gives the client context to the function, decoded", async () => {
    const context = JSON.stringify({ client: { app_title: "é" } });
    const answer = await invoke({
      ClientContext: Buffer.from(context).toString("base64"),
      script: `await respond(id, Buffer.from(event.headers["lambda-runtime-client-context"], "latin1"))`,
    });
    expect(answer.Payload?.transformToString()).toBe(context);
  });

  test("gives the tenant's id to the function", async () => {
    const script = `await respond(id, JSON.stringify(event.headers["lambda-runtime-aws-tenant-id"]))`;
    expect((await invoke({ TenantId: "blue", script })).Payload?.transformToString()).toBe('"blue"');
  });

  test("runs nothing for a dry run", async () => {
    const answer = await invoke({ InvocationType: "DryRun", script: "process.exit(1)" });
    expect(answer.StatusCode).toBe(204);
    expect(answer.Payload?.length ?? 0).toBe(0);
    await invoke({ script: "await respond(id, id)", LogType: "Tail" });
    expect(platform.logLines(answer.$metadata.requestId ?? "")).toEqual([]);
  });

  test("collects a streamed response, prelude and all", async () => {
    const answer = await invoke({
      script: `
        const out = stream(id, "Content-Type: application/vnd.awslambda.http-integration-response\\r\\n");
        out.write(chunk('{"statusCode":201}' + "\\0".repeat(8)));
        out.end(chunk("one") + chunk("two") + "0\\r\\n\\r\\n");
        await answered(out);`,
    });
    expect(answer.Payload?.transformToString()).toBe(`{"statusCode":201}${"\0".repeat(8)}onetwo`);
    expect(answer.FunctionError).toBeUndefined();
  });
});

describe("the log of an invocation", () => {
  const logOf = (result: string | undefined) => Buffer.from(result ?? "", "base64").toString();

  test("comes with LogType Tail", async () => {
    const answer = await invoke({ LogType: "Tail", script: `console.log("hello"); await respond(id, "1")` });
    const id = answer.$metadata.requestId;
    expect(logOf(answer.LogResult)).toMatch(
      new RegExp(
        `^START RequestId: ${id} Version: \\$LATEST\nhello\nEND RequestId: ${id}\nREPORT RequestId: ${id}\tDuration: [^\n]+\n$`,
      ),
    );
  });

  test("is its last 4 KB", async () => {
    const script = `for (let line = 0; line < 500; line++) console.log("line " + line); await respond(id, "1")`;
    const log = logOf((await invoke({ LogType: "Tail", script })).LogResult);
    expect(Buffer.byteLength(log)).toBe(4096);
    expect(log).toMatch(/line 499\nEND .*\nREPORT .*\n$/);
  });
});

describe("a function that fails", () => {
  test("by its own report gives that report, unchanged", async () => {
    const answer = await invoke({
      script: `await fail(id, '{"errorType":"Odd", "errorMessage":"no","stackTrace":["a"]}', { "Lambda-Runtime-Function-Error-Type": "Function.Odd" })`,
    });
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled", ExecutedVersion: "$LATEST" });
    expect(answer.Payload?.transformToString()).toBe(
      '{"errorType":"Odd", "errorMessage":"no","stackTrace":["a"]}',
    );
  });

  test("in a managed runtime gives type, message and trace, in that order", async () => {
    const answer = await invoke({ FunctionName: "managed", Payload: '{"fails":true}' });
    expect(answer.FunctionError).toBe("Unhandled");
    const payload = JSON.parse(answer.Payload?.transformToString() ?? "");
    expect(Object.keys(payload)).toEqual(["errorType", "errorMessage", "trace"]);
    expect(payload).toMatchObject({ errorType: "Error", errorMessage: "no" });
  });

  test.each([
    {
      what: "by exiting",
      script: "process.exit(0)",
      error: "Runtime.ExitError",
      text: "Runtime exited without providing a reason",
    },
    {
      what: "by a crash",
      script: "process.exit(7)",
      error: "Runtime.ExitError",
      text: "Runtime exited with error: exit status 7",
    },
    {
      what: "by SIGKILL",
      script: `process.kill(process.pid, "SIGKILL")`,
      error: "Runtime.ExitError",
      text: "Runtime exited with error: signal: killed",
    },
    {
      what: "by its timeout",
      FunctionName: "hurried",
      script: "await new Promise(() => setInterval(() => {}, 60_000))",
      error: "Sandbox.Timedout",
      text: "Task timed out after 1.00 seconds",
    },
  ])("$what gives the platform's own report", async ({ what: _, error, text, ...input }) => {
    const answer = await invoke({ LogType: "Tail", ...input });
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled" });
    expect(answer.Payload?.transformToString()).toBe(
      JSON.stringify({
        errorType: error,
        errorMessage: `RequestId: ${answer.$metadata.requestId} Error: ${text}`,
      }),
    );
    expect(Buffer.from(answer.LogResult ?? "", "base64").toString()).toContain("REPORT RequestId: ");
  });

  test.each([
    { bytes: 6_291_556, error: undefined },
    { bytes: 6_291_557, error: "Unhandled" },
  ])("answers $bytes bytes: $error", async ({ bytes, error }) => {
    const answer = await invoke({
      script: `await respond(id, Buffer.alloc(${bytes}, 0x20)).catch(() => {})`,
    });
    expect(answer.FunctionError).toBe(error);
    if (error === undefined) expect(answer.Payload?.length).toBe(bytes);
    else {
      expect(answer.Payload?.transformToString()).toBe(
        '{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}',
      );
    }
  });
});

describe("a request that is refused", () => {
  test.each([
    {
      what: "an unknown function",
      input: { FunctionName: "nobody" },
      error: { name: "ResourceNotFoundException", message: `Function not found: ${arn}:nobody:$LATEST` },
    },
    {
      what: "a version that does not exist",
      input: { Qualifier: "3" },
      error: { name: "ResourceNotFoundException", message: `Function not found: ${arn}:greet:3` },
    },
    {
      what: "two qualifiers",
      input: { FunctionName: "greet:live", Qualifier: "3" },
      error: { name: "InvalidParameterValueException" },
    },
    {
      what: "another account's function",
      input: { FunctionName: "111122223333:function:greet" },
      error: {
        name: "AccessDeniedException",
        message: expect.stringMatching(
          /^User: arn:aws:sts::123456789012:assumed-role\/\S+ is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:111122223333:function:greet because no resource-based policy allows/,
        ),
      },
    },
    {
      what: "an unknown invocation type",
      input: { InvocationType: "Later" as "Event" },
      error: {
        name: "ValidationException",
        message:
          "1 validation error detected: Value 'Later' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
      },
    },
    {
      what: "a payload that is not JSON",
      input: { Payload: "{" },
      error: {
        name: "InvalidRequestContentException",
        message: expect.stringMatching(/^Could not parse request body into json: /),
      },
    },
    {
      what: "a client context that is not JSON",
      input: { ClientContext: Buffer.from("{").toString("base64") },
      error: { name: "InvalidRequestContentException" },
    },
    {
      what: "a client context of 3,584 bytes",
      input: { ClientContext: Buffer.from(JSON.stringify("a".repeat(2686))).toString("base64") },
      error: { name: "InvalidRequestContentException" },
    },
    {
      what: "a payload of more than 6 MB",
      input: { Payload: `"${"a".repeat(6 * 1024 * 1024)}"` },
      error: {
        name: "RequestTooLargeException",
        message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
      },
    },
  ])("for $what, by Invoke and by InvokeWithResponseStream alike", async ({ input, error }) => {
    await expect(invoke(input)).rejects.toMatchObject(error);
    const streaming = new InvokeWithResponseStreamCommand({ FunctionName: "greet", ...input } as never);
    const same = error.name === "ValidationException" ? { name: error.name } : error;
    await expect(platform.client().send(streaming)).rejects.toMatchObject(same);
  });

  test("names its error in the header, and spells the text member as the model has it", async () => {
    const missing = await post("/2015-03-31/functions/nobody/invocations", "{}");
    expect(await missing.summary("content-type", "x-amzn-errortype")).toEqual({
      status: 404,
      "content-type": "application/json",
      "x-amzn-errortype": "ResourceNotFoundException",
      body: JSON.stringify({ Type: "User", Message: `Function not found: ${arn}:nobody:$LATEST` }),
    });
    expect(await (await post(invocations, "{")).json()).toEqual({
      Type: "User",
      message: expect.stringContaining("Could not parse"),
    });
  });

  test("for want of a signature, before anything is looked up", async () => {
    const answer = await platform.send({ method: "POST", path: "/2015-03-31/functions/nobody/invocations" });
    expect(await answer.summary("x-amzn-errortype")).toEqual({
      status: 403,
      "x-amzn-errortype": "MissingAuthenticationTokenException",
      body: '{"message":"Missing Authentication Token"}',
    });
  });

  test("for a body that its signature does not cover", async () => {
    const signed = await post(invocations, "1");
    expect(signed.status).toBe(200);
    const forged = await platform.sendSigned({
      method: "POST",
      path: invocations,
      body: "1",
      headers: { "x-amz-content-sha256": "0".repeat(64) },
    });
    expect(forged.status).toBe(403);
  });

  test("for an operation that is not served", async () => {
    const answer = await platform.sendSigned({ path: "/2020-04-22/code-signing-configs" });
    expect(answer.status).toBe(404);
    expect(answer.headers["x-amzn-errortype"]).toBe("UnknownOperationException");
  });

  test("for a chunked payload of more than 6 MB, with an answer", async () => {
    const answer = await platform.send({
      method: "POST",
      path: "/invoke",
      headers: { "transfer-encoding": "chunked" },
      body: Buffer.alloc(6 * 1024 * 1024 + 1, 0x20),
    });
    expect(answer.status).toBe(413);
  });
});

describe("an answer on the wire", () => {
  test("has the headers that the service sends", async () => {
    const answer = await post(invocations, '"é"');
    expect(answer.headers).toMatchObject({
      "content-type": "application/json",
      "content-length": "4",
      "x-amz-executed-version": "$LATEST",
      "x-amzn-remapped-content-length": "0",
      "x-amzn-requestid": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "x-amzn-trace-id": expect.stringMatching(/^root=1-[0-9a-f]{8}-[0-9a-f]{24}/i),
      connection: "close",
      date: expect.any(String),
    });
    expect(answer.headers["x-amz-function-error"]).toBeUndefined();
    expect(await answer.text()).toBe('"é"');
  });

  test("takes over the client's request id, and the function sees the same", async () => {
    const requestId = randomUUID();
    const answer = await post(invocations, JSON.stringify({ script: "await respond(id, id)" }), {
      "x-amzn-requestid": requestId,
    });
    expect(answer.requestId).toBe(requestId);
    expect(await answer.text()).toBe(requestId);
  });

  test("has no body and no content type for a dry run of the streaming call", async () => {
    const answer = await post(streamingInvocations, "{}", { "x-amz-invocation-type": "DryRun" });
    expect(await answer.summary("content-type")).toEqual({ status: 204, body: "" });
  });
});
