import { InvokeCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { proxyTo, restStage, stagePath } from "../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

let platform: TestPlatform;
beforeAll(async () => {
  const FunctionUrlConfig = { AuthType: "NONE" };
  platform = await TestPlatform.start({
    resources: {
      F: scripted({ FunctionUrlConfig }),
      ...restStage({ invokes: ["F"], paths: { "/a": { post: proxyTo("F", "BUFFERED") } } }),
    },
  });
});
afterAll(() => platform[Symbol.asyncDispose]());

/** The next invocation that is over. */
async function traced(send: () => Promise<unknown>) {
  const before = platform.events.length;
  await send();
  return platform.until((events) => events.slice(before).find((event) => event.kind === "invocation"));
}

const exits = "process.exit(1)";
const answers = `await respond(id, '{"statusCode":201}')`;

test.each([
  [
    "a stage",
    201,
    answers,
    (body: string) => platform.send({ method: "POST", path: `${stagePath(platform)}/a`, body }),
  ],
  [
    "a stage, the function having failed",
    502,
    exits,
    (body: string) => platform.send({ method: "POST", path: `${stagePath(platform)}/a`, body }),
  ],
  [
    "a function URL, the function having failed",
    502,
    exits,
    (body: string) => platform.send({ method: "POST", path: platform.urlPath("F"), body }),
  ],
  [
    "Invoke",
    200,
    answers,
    (script: string) =>
      platform
        .client()
        .send(new InvokeCommand({ FunctionName: "F", Payload: Buffer.from(JSON.stringify({ script })) })),
  ],
  [
    "Invoke, which waits for the log",
    200,
    answers,
    (script: string) =>
      platform.client().send(
        new InvokeCommand({
          FunctionName: "F",
          LogType: "Tail",
          Payload: Buffer.from(JSON.stringify({ script })),
        }),
      ),
  ],
])("an invocation is told with the status that its caller got from %s", async (_, status, script, send) => {
  expect(await traced(() => send(script))).toMatchObject({ status });
});

/** What awslambdaric sends as the type of every error. */
const unhandled = `{ "Lambda-Runtime-Function-Error-Type": "Unhandled" }`;

test.each([
  [
    "whose type is no type of AWS's",
    `'{"errorType":"ValueError","errorMessage":"no"}', ${unhandled}`,
    "ValueError",
  ],
  ["that has no type but in its text", `'{"errorType":"ValueError"}'`, "ValueError"],
  ["without any type", `'{"errorMessage":"no"}', ${unhandled}`, "Runtime.Unknown"],
  ["that is no JSON", `"no", ${unhandled}`, "Runtime.Unknown"],
  [
    "whose type AWS keeps",
    `'{"errorType":"TypeError"}', { "Lambda-Runtime-Function-Error-Type": "Function.TypeError" }`,
    "Function.TypeError",
  ],
])("a function's error %s is told by the name that helps most", async (_, posted, errorType) => {
  const script = `await fail(id, ${posted})`;
  const path = platform.urlPath("F");
  expect(await traced(() => platform.send({ method: "POST", path, body: script }))).toMatchObject({
    errorType,
  });
});
