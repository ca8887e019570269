import {
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCommandInput,
  type InvokeWithResponseStreamResponseEvent,
} from "@aws-sdk/client-lambda";
import { EventStreamDecoder } from "@sluice/protocol";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

const path = "/2021-11-15/functions/greet/response-streaming-invocations";
const errorBody = Buffer.from('{"errorType":"Odd","errorMessage":"é"}').toString("base64");

let platform: TestPlatform;

beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Greet: scripted({ FunctionName: "greet" }),
      Hurried: scripted({ FunctionName: "hurried", Timeout: 1 }),
    },
  });
});
afterAll(() => platform[Symbol.asyncDispose]());
afterEach(() => expect(platform.bugs).toEqual([]));

/** One event after the other, as the SDK gives them. */
async function* invoke(
  script: string,
  input: Partial<InvokeWithResponseStreamCommandInput> = {},
): AsyncGenerator<string | InvokeWithResponseStreamResponseEvent["InvokeComplete"]> {
  const { EventStream = [] } = await platform.client().send(
    new InvokeWithResponseStreamCommand({
      FunctionName: "greet",
      Payload: JSON.stringify({ script }),
      ...input,
    }),
  );
  for await (const { PayloadChunk, InvokeComplete } of EventStream) {
    yield PayloadChunk === undefined ? InvokeComplete : Buffer.from(PayloadChunk.Payload ?? []).toString();
  }
}

async function all(...given: Parameters<typeof invoke>) {
  const events: unknown[] = [];
  for await (const event of invoke(...given)) events.push(event);
  const complete = events.pop() as NonNullable<InvokeWithResponseStreamResponseEvent["InvokeComplete"]>;
  return { text: events.join(""), complete };
}

describe("InvokeWithResponseStream through the SDK", () => {
  test("gives each piece when the function writes it", async () => {
    const events = invoke(`
      const out = stream(id);
      out.write(chunk("one"));
      await gate("two");
      out.write(chunk("two"));
      await gate("end");
      out.end("0\\r\\n\\r\\n");
      await answered(out);`);
    expect((await events.next()).value).toBe("one");
    await platform.gate.pass("two");
    expect((await events.next()).value).toBe("two");
    await platform.gate.pass("end");
    expect((await events.next()).value).toEqual({});
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  test("answers before there is a piece, as soon as the function begins its response", async () => {
    const answer = await platform.sendSigned({
      method: "POST",
      path,
      body: JSON.stringify({
        script: `const out = stream(id); await gate("slow"); out.end("0\\r\\n\\r\\n"); await answered(out);`,
      }),
    });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      "content-type": "application/vnd.amazon.eventstream",
      "x-amz-executed-version": "$LATEST",
      "x-amzn-requestid": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "transfer-encoding": "chunked",
    });
    expect(answer.headers["x-amz-function-error"]).toBeUndefined();
    await platform.gate.pass("slow");
    expect(await answer.ended).toBe("complete");
  });

  test("sends the frames of the contract", async () => {
    const answer = await platform.sendSigned({ method: "POST", path, body: '{"name":"Ada"}' });
    await answer.ended;
    const frames = new EventStreamDecoder().push(answer.bytes);
    const text = (value: string) => ({ type: "string", value });
    expect(frames.map(({ headers, payload }) => [Object.fromEntries(headers), `${payload}`])).toEqual([
      [
        {
          ":message-type": text("event"),
          ":event-type": text("PayloadChunk"),
          ":content-type": text("application/octet-stream"),
        },
        '{"name":"Ada"}',
      ],
      [
        {
          ":message-type": text("event"),
          ":event-type": text("InvokeComplete"),
          ":content-type": text("application/json"),
        },
        "{}",
      ],
    ]);
  });

  test("gives the payload of a function that does not stream, uninterpreted", async () => {
    expect(await all(`await respond(id, '{"statusCode":201,"body":"made"}')`)).toEqual({
      text: '{"statusCode":201,"body":"made"}',
      complete: {},
    });
  });

  test("leaves the prelude in the payload", async () => {
    const { text } = await all(`
      const out = stream(id, "Content-Type: application/vnd.awslambda.http-integration-response\\r\\n");
      out.end(chunk("{}" + "\\0".repeat(8) + "body") + "0\\r\\n\\r\\n");
      await answered(out);`);
    expect(text).toBe(`{}${"\0".repeat(8)}body`);
  });

  test("ends with the log if it is asked for", async () => {
    const { complete } = await all(`console.log("hello"); await respond(id, "1")`, { LogType: "Tail" });
    expect(complete.ErrorCode).toBeUndefined();
    expect(Buffer.from(complete.LogResult ?? "", "base64").toString()).toMatch(
      /^START [^\n]+\nhello\nEND [^\n]+\nREPORT [^\n]+\n$/,
    );
  });

  test("takes more than 6 MB", async () => {
    const { text, complete } = await all(`
      const out = stream(id);
      const piece = chunk("x".repeat(1024 * 1024));
      for (let count = 0; count < 8; count++) if (!out.write(piece)) await new Promise((go) => out.once("drain", go));
      out.end("0\\r\\n\\r\\n");
      await answered(out);`);
    expect(text).toHaveLength(8 * 1024 * 1024);
    expect(complete).toEqual({});
  });

  test("is refused like Invoke where the function can't run at all", async () => {
    await expect(all("", { InvocationType: "Event" as "DryRun" })).rejects.toMatchObject({
      name: "ValidationException",
      message:
        "1 validation error detected: Value 'Event' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [RequestResponse, DryRun]",
    });
  });
});

describe("a stream that fails", () => {
  const begun = `const out = stream(id); out.write(chunk("one")); await gate("fail");`;

  test.each([
    {
      what: "with error trailers",
      script: `${begun}
        out.end("0\\r\\nLambda-Runtime-Function-Error-Type: InvalidOperationException\\r\\n" +
          "Lambda-Runtime-Function-Error-Body: ${errorBody}\\r\\n\\r\\n");
        await answered(out);`,
      complete: {
        ErrorCode: "InvalidOperationException",
        ErrorDetails: '{"errorType":"Odd","errorMessage":"é"}',
      },
      status: "success",
    },
    {
      what: "when the function is killed",
      script: `${begun} process.kill(process.pid, "SIGKILL"); await new Promise(() => {});`,
      complete: { ErrorCode: "Runtime.TruncatedResponse", ErrorDetails: "" },
      status: "error",
      errorType: "Runtime.ExitError",
    },
    {
      what: "when the function exits",
      script: `${begun} process.exit(0);`,
      complete: { ErrorCode: "Runtime.TruncatedResponse", ErrorDetails: "" },
      status: "error",
      errorType: "Runtime.ExitError",
    },
    {
      what: "when the connection to the runtime breaks, though the function lives",
      script: `${begun} out.destroy();`,
      complete: { ErrorCode: "Runtime.TruncatedResponse", ErrorDetails: "" },
      status: "success",
    },
    {
      what: "at the timeout, while the function stalls",
      FunctionName: "hurried",
      script: `${begun} setInterval(() => {}, 60_000); await new Promise(() => {});`,
      complete: { ErrorCode: "Sandbox.Timeout", ErrorDetails: "" },
      status: "timeout",
    },
  ])("$what ends with InvokeComplete, and the log tells", async (given) => {
    const { script, complete, status, errorType, what: _, ...input } = given;
    const events = invoke(script, { LogType: "Tail", ...input });
    expect((await events.next()).value).toBe("one");
    await platform.gate.pass("fail");
    const { value } = await events.next();
    expect(value).toEqual({ ...complete, LogResult: expect.any(String) });
    expect((await events.next()).done).toBe(true);
    const { LogResult = "" } = value as { LogResult?: string };
    const report = Buffer.from(LogResult, "base64").toString().split("\n").at(-2) ?? "";
    expect(report).toMatch(/^REPORT RequestId: /);
    expect(/Status: (\w+)/.exec(report)?.[1] ?? "success").toBe(status);
    expect(/Error Type: (\S+)/.exec(report)?.[1]).toBe(errorType);
  });

  test("before its first byte, by error trailers, has only an end", async () => {
    const { text, complete } = await all(`
      const out = stream(id);
      out.end("0\\r\\nLambda-Runtime-Function-Error-Type: Odd\\r\\nLambda-Runtime-Function-Error-Body: ${errorBody}\\r\\n\\r\\n");
      await answered(out);`);
    expect({ text, complete }).toEqual({
      text: "",
      complete: { ErrorCode: "Odd", ErrorDetails: '{"errorType":"Odd","errorMessage":"é"}' },
    });
  });

  test.each([
    {
      what: "by the function's own report",
      script: `await fail(id, '{"errorType":"Odd"}', { "Lambda-Runtime-Function-Error-Type": "Function.Odd" })`,
      complete: { ErrorCode: "Unhandled", ErrorDetails: '{"errorType":"Odd"}' },
    },
    {
      what: "when the function is killed",
      script: `process.kill(process.pid, "SIGKILL"); await new Promise(() => {});`,
      complete: {
        ErrorCode: "Runtime.ExitError",
        ErrorDetails: expect.stringMatching(
          /^\{"errorType":"Runtime.ExitError","errorMessage":"RequestId: \S+ Error: Runtime exited with error: signal: killed"\}$/,
        ),
      },
    },
  ])("before its response began, $what, has only an end", async ({ script, complete }) => {
    expect(await all(script)).toEqual({ text: "", complete });
  });

  test("ends all the same for a caller that reads nothing until then", async () => {
    const answer = await platform.sendSigned({
      method: "POST",
      path: path.replace("greet", "hurried"),
      body: JSON.stringify({
        script: `
          const out = stream(id);
          const piece = chunk("x".repeat(1024 * 1024));
          const write = () => { while (out.write(piece)); };
          out.on("drain", write).on("error", () => {});
          write();
          await new Promise(() => {});`,
      }),
    });
    answer.message.pause();
    const { report } = await platform.invocation(answer.requestId);
    expect(report.status).toBe("timeout");
    answer.message.resume();
    expect(await answer.ended).toBe("complete");
    const frames = new EventStreamDecoder().push(answer.bytes);
    expect(JSON.parse(`${frames.at(-1)?.payload}`)).toMatchObject({ ErrorCode: "Sandbox.Timeout" });
  });
});
