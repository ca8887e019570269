import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InvokeCommand, InvokeWithResponseStreamCommand } from "@aws-sdk/client-lambda";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { apiIdOf } from "../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";
import { rawRuntime } from "./environment/testing/raw-runtime.ts";

const arn = "arn:aws:lambda:us-east-1:123456789012:function";
/** Answers with what a function knows of its version. */
const who = `await respond(id, JSON.stringify([process.env.AWS_LAMBDA_FUNCTION_VERSION, event.headers["lambda-runtime-invoked-function-arn"]]))`;

function invoke(platform: TestPlatform, input: Partial<InvokeCommand["input"]>) {
  const Payload = JSON.stringify({ script: who });
  return platform.client().send(new InvokeCommand({ FunctionName: "auto", Payload, ...input }));
}

describe("a function with AutoPublishAlias", () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await TestPlatform.start({
      resources: {
        Auto: scripted({
          FunctionName: "auto",
          AutoPublishAlias: "live",
          FunctionUrlConfig: { AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" },
          Events: { Any: { Type: "Api", Properties: { Path: "/who", Method: "post" } } },
        }),
        Shifted: scripted({
          FunctionName: "shifted",
          AutoPublishAlias: "live",
          DeploymentPreference: { Type: "Canary10Percent5Minutes" },
        }),
        // Its permissions are the alias's.
        Unqualified: {
          Type: "AWS::Lambda::Url",
          Properties: { TargetFunctionArn: { Ref: "Auto" }, AuthType: "NONE" },
        },
        Numbered: scripted({ FunctionName: "numbered" }),
        NumberedOne: { Type: "AWS::Lambda::Version", Properties: { FunctionName: { Ref: "Numbered" } } },
        NumberedAlias: {
          Type: "AWS::Lambda::Alias",
          Properties: {
            FunctionName: { Ref: "Numbered" },
            Name: "latest",
            FunctionVersion: "$LATEST",
          },
        },
      },
    });
  });
  afterAll(() => platform[Symbol.asyncDispose]());
  afterEach(() => expect(platform.bugs).toEqual([]));

  test.each([
    { FunctionName: "auto", Qualifier: undefined, version: "$LATEST", invoked: `${arn}:auto` },
    { FunctionName: "auto", Qualifier: "$LATEST", version: "$LATEST", invoked: `${arn}:auto:$LATEST` },
    { FunctionName: "auto", Qualifier: "1", version: "1", invoked: `${arn}:auto:1` },
    { FunctionName: "auto", Qualifier: "live", version: "1", invoked: `${arn}:auto:live` },
    { FunctionName: `${arn}:auto:live`, Qualifier: undefined, version: "1", invoked: `${arn}:auto:live` },
    { FunctionName: "shifted:live", Qualifier: undefined, version: "1", invoked: `${arn}:shifted:live` },
    { FunctionName: "numbered:1", Qualifier: undefined, version: "1", invoked: `${arn}:numbered:1` },
    { FunctionName: "numbered", Qualifier: "latest", version: "$LATEST", invoked: `${arn}:numbered:latest` },
  ])("$FunctionName with $Qualifier runs version $version", async ({ FunctionName, Qualifier, ...runs }) => {
    const answer = await invoke(platform, { FunctionName, Qualifier });
    expect(answer.ExecutedVersion).toBe(runs.version);
    expect(JSON.parse(answer.Payload?.transformToString() ?? "")).toEqual([runs.version, runs.invoked]);
  });

  test("says which version streamed", async () => {
    const Payload = JSON.stringify({ script: who });
    const command = new InvokeWithResponseStreamCommand({ FunctionName: "auto", Qualifier: "live", Payload });
    expect(await platform.client().send(command)).toMatchObject({ ExecutedVersion: "1" });
  });

  test.each(["2", "dead", "$LATEST.PUBLISHED"])("has no %s", async (Qualifier) => {
    await expect(invoke(platform, { Qualifier })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `Function not found: ${arn}:auto:${Qualifier}`,
    });
  });

  test("answers at its URL, which is the alias's", async () => {
    const answer = await platform.send({ method: "POST", path: platform.urlPath("auto:live"), body: who });
    expect(await answer.json()).toEqual(["1", `${arn}:auto:live`]);
  });

  test("answers nobody at a URL of its own: the permissions are the alias's", async () => {
    const answer = await platform.send({ method: "POST", path: platform.urlPath("auto"), body: who });
    expect(answer.status).toBe(403);
    expect(platform.notes(answer.requestId)).toEqual([
      expect.stringMatching(
        /^403: the resource policy of .* does not allow lambda:InvokeFunctionUrl to everyone\./,
      ),
    ]);
  });

  test("is invoked by its API through the alias", async () => {
    const script = who
      .replace("respond(id, ", "respond(id, JSON.stringify({ statusCode: 200, body: ")
      .replace(/\)$/, " }))");
    const path = `/_aws/execute-api/${apiIdOf(platform)}/Prod/who`;
    const answer = await platform.send({ method: "POST", path, body: script });
    expect(await answer.json()).toEqual(["1", `${arn}:auto:live`]);
  });

  test.each([
    ["/invoke/Auto", "$LATEST", `${arn}:auto`],
    ["/invoke/Auto:live", "1", `${arn}:auto:live`],
    ["/invoke/auto:$LATEST", "$LATEST", `${arn}:auto:$LATEST`],
  ])("%s runs version %s", async (path, version, invoked) => {
    const answer = await platform.send({ method: "POST", path, body: JSON.stringify({ script: who }) });
    expect(await answer.json()).toEqual([version, invoked]);
    expect(answer.headers["x-amz-executed-version"]).toBe(version);
    const { version: told } = await platform.invocation(answer.requestId);
    expect(told).toBe(version);
    expect(platform.logLines(answer.requestId)[0]).toBe(
      `START RequestId: ${answer.requestId} Version: ${version}`,
    );
  });
});

test("provisioned concurrency starts environments before there is an invocation", async () => {
  await using platform = await TestPlatform.start({
    resources: {
      Auto: scripted({
        AutoPublishAlias: "live",
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
      }),
    },
  });
  await platform.until(
    (events) =>
      events.filter((event) => event.kind === "log" && event.message.startsWith("INIT_START ")).length === 2,
  );
});

describe("a function that changes while it runs", () => {
  /** Streams its edition in two pieces, with a gate between them. */
  const edition = (name: string) =>
    rawRuntime(`
      const out = stream(id);
      out.write(chunk("${name} "));
      await gate(JSON.parse(event.body));
      out.end(chunk(process.env.AWS_LAMBDA_FUNCTION_VERSION) + "0\\r\\n\\r\\n");
      await answered(out);`);
  const plain = { CodeUri: "code/", Handler: "bootstrap", Runtime: "provided.al2023" };

  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await TestPlatform.start({
      watches: true,
      files: { "code/bootstrap": edition("first") },
      resources: {
        Auto: {
          Type: "AWS::Serverless::Function",
          Properties: { ...plain, FunctionName: "auto", AutoPublishAlias: "live" },
        },
        Fixed: { Type: "AWS::Serverless::Function", Properties: { ...plain, FunctionName: "fixed" } },
        FixedOne: { Type: "AWS::Lambda::Version", Properties: { FunctionName: { Ref: "Fixed" } } },
        FixedAlias: {
          Type: "AWS::Lambda::Alias",
          Properties: {
            FunctionName: { Ref: "Fixed" },
            Name: "live",
            FunctionVersion: { "Fn::GetAtt": ["FixedOne", "Version"] },
          },
        },
      },
    });
  });
  afterAll(() => platform[Symbol.asyncDispose]());

  async function begin(name: string, gate: string) {
    const answer = await platform.send({
      method: "POST",
      path: `/invoke/${name}`,
      body: JSON.stringify(gate),
    });
    await answer.arrival(" ");
    return answer;
  }

  async function run(name: string): Promise<string> {
    const answer = await begin(name, name);
    await platform.gate.pass(name);
    return answer.text();
  }

  test("keeps each version as it was published, and moves the alias that SAM publishes with it", async () => {
    const before = await begin("auto:live", "before");
    await writeFile(join(platform.folder, "code/bootstrap"), edition("second"));
    await platform.until((events) => events.filter(({ kind }) => kind === "deployed").length === 2);
    const [, redeployed] = platform.events.filter((event) => event.kind === "deployed");
    expect(redeployed?.diagnostics.filter(({ code }) => code === "runs-differently")).toMatchObject([
      {
        logicalId: "FixedAlias",
        message:
          "The alias live stays at version 1 of fixed, as on AWS: what was saved since then is in $LATEST.",
      },
    ]);
    expect(await run("auto:live")).toBe("second 2");
    expect(await run("auto:1")).toBe("first 1");
    expect(await run("auto")).toBe("second $LATEST");
    expect(await run("fixed:live")).toBe("first 1");
    expect(await run("fixed")).toBe("second $LATEST");
    await platform.gate.pass("before");
    expect(await before.text()).toBe("first 1");
    expect(platform.bugs).toEqual([]);
  });
});
