import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scripted, TestPlatform } from "../test/test-platform.ts";
import { ListenError } from "./front-door/http-server.ts";
import { Platform } from "./platform.ts";
import { TemplateError } from "./platform-options.ts";

const resources = { Greet: scripted({ FunctionName: "greet" }) };

function post(platform: TestPlatform, script: string) {
  return platform.send({ method: "POST", path: "/invoke", body: JSON.stringify({ script }) });
}

describe("a platform", () => {
  let platform: TestPlatform;

  beforeAll(async () => {
    platform = await TestPlatform.start({ resources });
  });
  afterAll(() => platform[Symbol.asyncDispose]());

  test("tells of its deployment, then of each log line, then of the invocation as a whole", async () => {
    const answer = await post(
      platform,
      `const out = stream(id);
       out.write(chunk("one"));
       await gate("second");
       out.end(chunk("two") + "0\\r\\n\\r\\n");
       await answered(out);`,
    );
    await answer.arrival("one");
    await platform.gate.pass("second");
    const invocation = await platform.invocation(answer.requestId);
    expect(invocation).toEqual({
      kind: "invocation",
      functionName: "greet",
      version: "$LATEST",
      status: 200,
      chunks: 2,
      firstByteMs: expect.any(Number),
      errorType: undefined,
      report: expect.objectContaining({ producedBytes: 6, status: "success", isDetached: false }),
    });
    const kinds = platform.events.map(({ kind }) => kind);
    expect(kinds[0]).toBe("deployed");
    expect(kinds.lastIndexOf("log")).toBeLessThan(kinds.indexOf("invocation"));
  });

  test("gives its functions its own address, and credentials of their own", async () => {
    const names = [
      "AWS_ENDPOINT_URL",
      "AWS_REGION",
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_SESSION_TOKEN",
    ];
    const answer = await post(
      platform,
      `await respond(id, JSON.stringify(${JSON.stringify(names)}.map((name) => process.env[name])))`,
    );
    expect(await answer.json()).toEqual([
      platform.url,
      "us-east-1",
      expect.stringMatching(/^ASIA[A-Z2-7]{16}$/),
      expect.stringMatching(/^\S{40}$/),
      expect.stringMatching(/^\S{200,}$/),
    ]);
  });

  test("keeps its port, and another that wants it is refused without harm", async () => {
    const { port, folder } = platform;
    const options = { template: `${folder}/template.json`, stateFolder: `${folder}/state`, port };
    await expect(Platform.start(options)).rejects.toThrow(
      expect.objectContaining({ constructor: ListenError, code: "EADDRINUSE" }),
    );
    expect(JSON.parse(await platform.readState(`running-${port}.json`))).toMatchObject({
      pid: process.pid,
      port,
    });
    expect(await (await post(platform, `await respond(id, "still here")`)).text()).toBe("still here");
  });
});

test("a template with mistakes starts nothing, and names every mistake", async () => {
  const starting = TestPlatform.start({
    resources: { Greet: scripted({ CodeUri: "nowhere/" }), Other: scripted({ Runtime: 7 }) },
  });
  await expect(starting).rejects.toThrow(TemplateError);
});

test("a platform that is closed breaks off what is under way, and its functions are gone", async () => {
  const platform = await TestPlatform.start({ resources });
  await using gate = platform.gate;
  const answer = await post(
    platform,
    `const out = stream(id); out.write(chunk("one")); await gate("never");`,
  );
  await answer.arrival("one");
  await gate.arrived("never");
  await platform.platform.close();
  expect(await answer.ended).toBe("broken off");
  await gate.deserted();
  await expect(post(platform, "")).rejects.toThrow("ECONNREFUSED");
  await platform[Symbol.asyncDispose]();
});
