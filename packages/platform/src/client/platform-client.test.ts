import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { proxyTo, restStage } from "../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";
import { Platform } from "../platform.ts";

const script = `const out = stream(id);
  out.end(chunk('{"statusCode":202}' + "\\0".repeat(8) + "streamed") + "0\\r\\n\\r\\n");
  await answered(out);`;

let bench: TestPlatform;
let platform: Platform;
beforeAll(async () => {
  bench = await TestPlatform.start({
    resources: {
      Work: scripted({ FunctionUrlConfig: { AuthType: "AWS_IAM", InvokeMode: "RESPONSE_STREAM" } }),
      ...restStage({
        paths: { "/stream": { post: proxyTo("Work", "STREAM", { auth: "AWS_IAM" }) } },
        invokes: ["Work"],
      }),
    },
  });
  platform = bench.platform;
});
afterAll(() => bench[Symbol.asyncDispose]());

describe("a REST API", () => {
  test("is called with a signature at the stage of the template, and has a prelude whatever the content type", async () => {
    const api = platform.api("Api");
    const answer = await api.fetch("/stream", { method: "POST", body: script });
    expect([api.stage, answer.status, await answer.text()]).toEqual(["test", 202, "streamed"]);
    expect(await platform.invocationOf(answer)).toMatchObject({
      prelude: { statusCode: 202 },
      text: "streamed",
      event: { path: "/stream", requestContext: { stage: "test" } },
    });
  });

  test("is called by hand without one", async () => {
    const answer = await fetch(`${platform.api("Api").url}stream`, { method: "POST", body: script });
    expect([answer.status, await answer.json()]).toEqual([403, { message: "Missing Authentication Token" }]);
    await expect(platform.invocationOf(answer)).rejects.toThrow(
      "No invocation goes with this response, whose status is 403",
    );
  });
});

describe("fetch of a platform", () => {
  const idOf = (url: string) => /([a-z0-9]{10,32})(?:\/test)?\/$/.exec(url)?.[1];

  test.each([
    [
      "an API",
      () => `https://${idOf(platform.api("Api").url)}.execute-api.us-east-1.amazonaws.com/test/stream`,
    ],
    ["a function URL", () => `https://${idOf(platform.function("Work").url)}.lambda-url.us-east-1.on.aws/`],
    ["the platform's own API", () => `${new URL("stream", platform.api("Api").url)}`],
  ])("takes the address of %s, AWS's or the local one", async (_, address) => {
    const answer = await platform.fetch(address(), { method: "POST", body: script });
    expect((await answer.text()).slice(-8)).toBe("streamed");
    expect(await platform.invocationOf(answer)).toMatchObject({ status: answer.status });
  });

  test("takes a path, and signs for the service that is named", async () => {
    const answer = await platform.fetch("/", {
      method: "POST",
      service: "sqs",
      headers: { "x-amz-target": "AmazonSQS.ListQueues", "content-type": "application/x-amz-json-1.0" },
      body: "{}",
    });
    expect(answer.status).toBe(200);
  });
});

test("a client of the SDK is made with what the platform gives", async () => {
  const lambda = new LambdaClient(platform.clientConfig);
  const { Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: platform.function("Work").name,
      Payload: JSON.stringify({ script: `await respond(id, "1")` }),
    }),
  );
  lambda.destroy();
  expect(Payload?.transformToString()).toBe("1");
});

test.each([
  [() => platform.function("Wrok"), 'The template has no function "Wrok". It has Work.'],
  [() => platform.api("Apy"), 'The template has no API "Apy". It has Api.'],
  [() => platform.api("Api", { stage: "prod" }), 'The template has no stage of Api "prod". It has test.'],
])("what the template lacks is named, with what it has: case %#", (find, message) => {
  expect(find).toThrow(message);
});

test("without settings a platform has a port and a state of its own, and leaves nothing behind", async () => {
  const template = join(bench.folder, "template.json");
  const temporary = join(bench.folder, "temporary");
  await mkdir(temporary);
  vi.stubEnv("TMPDIR", temporary);
  const one = await Platform.start({ template });
  const two = await Platform.start({ template: pathToFileURL(template) });
  expect(one.port).not.toBe(two.port);
  expect(one.credentials).not.toEqual(two.credentials);
  expect(await readdir(temporary)).toHaveLength(2);
  await Promise.all([one.close(), two.close()]);
  expect(await readdir(temporary)).toEqual([]);
});

test("a platform that is to remember nothing says so", async () => {
  await using forgetful = await TestPlatform.start({
    resources: { Work: scripted() },
    recordsInvocations: false,
  });
  expect(() => forgetful.platform.invocations).toThrow("it was started with recordsInvocations: false");
});
