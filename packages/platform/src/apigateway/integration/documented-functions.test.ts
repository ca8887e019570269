import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { proxyTo, restStage, stagePath } from "../../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

const runtime = dirname(createRequire(import.meta.url).resolve("@sluice/runtime/package.json"));

/** Runs a handler that is written for the managed Node.js runtimes. */
const bootstrap = `#!/bin/sh
exec "${process.execPath}" "${join(runtime, "src/bootstrap.ts")}"
`;

/** Waits until the test lets it go on. */
const gate = `import { once } from "node:events";
import { connect } from "node:net";
const gate = async (name) => {
  const socket = connect(Number(process.env.GATE), "127.0.0.1");
  socket.write(name);
  await once(socket.resume(), "end");
};
`;

const metadata = `{
  statusCode: 206,
  headers: { "x-single": "one" },
  multiValueHeaders: { "x-several": ["one", "two"], "Set-Cookie": ["a=1", "b=2"] },
}`;

/**
 * Functions that behave as the three that AWS documents for streaming behind a REST API.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-lambda-configure.html
 */
const functions: Readonly<Record<string, string>> = {
  From: `${gate}
export const handler = awslambda.streamifyResponse(async (_event, stream) => {
  const response = awslambda.HttpResponseStream.from(stream, ${metadata});
  response.write("first ");
  await gate("From");
  response.write("last");
  response.end();
});`,
  Pipeline: `${gate}
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
async function* pieces() {
  yield "first ";
  await gate("Pipeline");
  yield "last";
}
export const handler = awslambda.streamifyResponse(async (_event, stream) => {
  await pipeline(Readable.from(pieces()), awslambda.HttpResponseStream.from(stream, ${metadata}));
});`,
  ByHand: `${gate}
export const handler = awslambda.streamifyResponse(async (_event, stream) => {
  stream.write(JSON.stringify(${metadata}));
  stream.write("\\x00".repeat(8));
  stream.write("first ");
  await gate("ByHand");
  stream.write("last");
  stream.end();
});`,
};

let platform: TestPlatform;

beforeAll(async () => {
  const names = Object.keys(functions);
  platform = await TestPlatform.start({
    files: Object.fromEntries(
      names.flatMap((name) => [
        [`${name}/bootstrap`, bootstrap],
        [`${name}/index.mjs`, functions[name] ?? ""],
      ]),
    ),
    resources: {
      ...Object.fromEntries(
        names.map((name) => [name, scripted({ CodeUri: `${name}/`, Handler: "index.handler" })]),
      ),
      ...restStage({
        invokes: names,
        paths: Object.fromEntries(
          names.map((name) => [
            `/${name}`,
            { get: proxyTo(name, "STREAM"), head: proxyTo(name, "STREAM"), post: proxyTo(name, "BUFFERED") },
          ]),
        ),
      }),
    },
  });
});

afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

describe.each(Object.keys(functions))("the documented function %s", (name) => {
  const send = (method: string) => platform.send({ method, path: `${stagePath(platform)}/${name}` });

  test("streams with its status, headers and cookies", async () => {
    const answer = await send("GET");
    await answer.arrival("first ");
    expect(answer.soFar).toBe("first ");
    await platform.gate.pass(name);

    expect(await answer.summary("x-single", "x-several", "set-cookie", "transfer-encoding")).toEqual({
      status: 206,
      "x-single": "one",
      "x-several": "one, two",
      "set-cookie": ["a=1", "b=2"],
      "transfer-encoding": "chunked",
      body: "first last",
    });
    expect(await answer.ended).toBe("complete");
  });

  test("answers HEAD with status and headers alone", async () => {
    const sending = send("HEAD");
    await platform.gate.pass(name);

    expect(await (await sending).summary("x-single")).toEqual({ status: 206, "x-single": "one", body: "" });
  });

  test("loses its body where the integration is BUFFERED, as AWS has it", async () => {
    const sending = send("POST");
    await platform.gate.pass(name);

    expect(await (await sending).summary("x-single")).toEqual({ status: 206, "x-single": "one", body: "" });
  });
});
