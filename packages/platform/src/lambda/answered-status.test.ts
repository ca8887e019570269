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
