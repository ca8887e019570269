import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { Platform } from "@sluice/platform";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Project } from "../../../packager/test/project.ts";
import { runHere } from "../../test/recording-terminal.ts";
import { built, openUrl, streamingSource } from "../../test/template.ts";
import type { Terminal } from "../command.ts";
import { main } from "../main.ts";

// Deployments to a platform in this process: the requests and the answers are those of AWS.

const template = (more: object = {}) =>
  JSON.stringify({
    Transform: "AWS::Serverless-2016-10-31",
    Parameters: { Word: { Type: "String", Default: "none" } },
    Resources: {
      Numbers: built("numbers", { ...openUrl, CodeUri: "." }),
      Plain: {
        Type: "AWS::Serverless::Function",
        Properties: { Runtime: "nodejs24.x", Handler: "index.handler", CodeUri: "plain/" },
      },
      ...more,
    },
    Outputs: {
      Url: { Value: { "Fn::GetAtt": ["NumbersUrl", "FunctionUrl"] } },
      Word: { Value: { Ref: "Word" } },
    },
  });

const files = {
  "template.json": template(),
  "numbers.ts": streamingSource(
    'console.log("counting", event.rawQueryString); stream.write("one\\n"); await new Promise((r) => setTimeout(r, 200)); stream.write("two\\n");',
  ),
  "plain/index.js": "exports.handler = async () => 'plain';",
};

describe("sluice deploy, delete and logs", () => {
  let platform: Platform;
  let home: string;
  let project: Project;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "sluice-home-"));
    platform = await Platform.start({ region: "eu-west-1" });
    project = await Project.create(files);
  });
  beforeEach(() => {
    const { region, endpoint, credentials } = platform.clientConfig;
    vi.stubEnv("HOME", home);
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    vi.stubEnv("AWS_REGION", region);
    vi.stubEnv("AWS_ENDPOINT_URL", endpoint);
    vi.stubEnv("AWS_ACCESS_KEY_ID", credentials.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey);
    vi.stubEnv("AWS_SESSION_TOKEN", credentials.sessionToken ?? "");
  });
  afterEach(() => vi.unstubAllEnvs());
  afterAll(async () => {
    await project[Symbol.asyncDispose]();
    await platform.close();
    await rm(home, { recursive: true, force: true });
  });

  const run = (parameters: readonly string[], answers?: readonly string[]) =>
    runHere(parameters, project.folder, "", process.env, answers);

  test("shows the changes and, without a yes, makes none", async () => {
    const { code, talk } = await run(["deploy", "--stack-name", "shop"], ["no"]);
    expect(code).toBe(1);
    expect(talk).toContain(`shop goes to account 123456789012 in eu-west-1, at ${platform.url}.\n`);
    expect(talk).toContain("Changes of shop, a new stack:\n");
    expect(talk).toMatch(/^ {2}\+ NumbersRole +AWS::IAM::Role +grants rights$/m);
    expect(talk).toMatch(
      /^CAPABILITY_IAM: .* with NumbersRole, PlainRole\.\nDeploy\? \[y\/N\] no\nNothing was changed\.\n$/m,
    );
    expect((await run(["delete", "--stack-name", "shop", "--yes"])).talk).not.toContain("Numbers");
  });

  test("--no-execute leaves the change set to be executed later", async () => {
    const { code, out } = await run(["deploy", "--stack-name", "later", "--no-execute"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^arn:aws:cloudformation:eu-west-1:123456789012:changeSet\/sluice-\d+\/\S+\n$/);
    expect((await run(["delete", "--stack-name", "later", "--yes"])).code).toBe(0);
  });

  test("deploys, prints the outputs, and tells that the endpoint streams", async () => {
    const { code, out, talk } = await run([
      "deploy",
      "--stack-name",
      "shop",
      "--yes",
      "--parameter",
      "Word=hello",
    ]);
    expect(code, talk).toBe(0);
    expect(out).toMatch(/^Url {3}http:\S+\nWord {2}hello\n$/);
    expect(talk).toMatch(/^▸ Plain {2}plain\/, [\d.]+ kB/m);
    expect(talk).toMatch(/^CREATE_COMPLETE in [\d.]+ s$/m);
    expect(talk).toMatch(
      /^Url {2}GET http:\S+\n {2}200, first byte after \d+ ms, 2 pieces over [\d.]+ s: it streams$/m,
    );
  });

  test("deployed again, there is nothing to change, and parameters stay", async () => {
    const { code, out, talk } = await run(["deploy", "--stack-name", "shop", "--yes", "--json"]);
    expect(code, talk).toBe(0);
    expect(talk).toContain("Nothing to change: shop is what the template says.\n");
    expect(JSON.parse(out)).toMatchObject({
      stackName: "shop",
      status: "CREATE_COMPLETE",
      changes: [],
      outputs: { Word: "hello" },
      checks: [{ output: "Url", status: 200, pieces: 2 }],
    });
  });

  test("tells what failed and why, and that what was there runs on", async () => {
    const Code = { S3Bucket: "nowhere", S3Key: "k" };
    const broken = {
      Type: "AWS::Lambda::Function",
      Properties: { Runtime: "nodejs24.x", Handler: "i.h", Role: "arn:aws:iam::123456789012:role/r", Code },
    };
    await writeFile(project.path("template.json"), template({ Broken: broken }));
    const { code, talk } = await run(["deploy", "--stack-name", "shop", "--yes"]);
    await writeFile(project.path("template.json"), template());
    expect(code).toBe(1);
    expect(talk).toMatch(
      /^sluice deploy: the stack shop is in UPDATE_ROLLBACK_COMPLETE\.\n {2}Broken \(AWS::Lambda::Function\): .*NoSuchBucket.*\nWhat was there before runs on\. Mend that, and deploy again\.\n$/m,
    );
  });

  test("sluice logs has what a function of the stack logged", async () => {
    const { code, out } = await run(["logs", "Numbers", "--stack-name", "shop", "--filter", "counting"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^\d{4}-\S+Z .*counting\n/);
    expect((await run(["logs", "Nobody", "--stack-name", "shop"])).talk).toBe(
      "sluice logs: the stack shop has Numbers, Plain, and not Nobody.\n",
    );
  });

  test("sluice logs --follow prints what is logged later too, until it is stopped", async () => {
    const stopped = Promise.withResolvers<void>();
    const { Url = "" } = JSON.parse(
      (await run(["deploy", "--stack-name", "shop", "--yes", "--json"])).out,
    ).outputs;
    const printed: string[] = [];
    const terminal: Terminal = {
      environment: process.env,
      folder: project.folder,
      isInteractive: false,
      out: (line) => {
        // What was there is printed first; only then there is more.
        if (printed.push(String(line)) === 1) void fetch(`${Url}?later`).then((answer) => answer.text());
        if (/counting later/.test(String(line))) stopped.resolve();
      },
      talk: () => {},
      readInput: () => Promise.resolve(Buffer.alloc(0)),
      ask: undefined,
      interrupted: stopped.promise,
    };
    expect(await main(["logs", "--stack-name", "shop", "--filter", "counting", "--follow"], terminal)).toBe(
      0,
    );
    expect(printed.filter((line) => line.includes("counting later"))).toHaveLength(1);
    expect(new Set(printed).size).toBe(printed.length);
  });

  test("--guided asks, and keeps the answers beside the template", async () => {
    const answers = ["guided", "", "kept", "n"];
    const { talk } = await run(["deploy", "--guided"], answers);
    expect(talk).toContain("Name of the stack: guided\n");
    expect(JSON.parse(await readFile(project.path("sluice.json"), "utf8"))).toEqual({
      stackName: "guided",
      parameters: { Word: "kept" },
    });
    await rm(project.path("sluice.json"));
  });

  test("deletes the stack, what was uploaded, and the bucket that is empty then", async () => {
    const asked = await run(["delete", "--stack-name", "shop"], ["y"]);
    expect(asked.talk).toContain("  - Numbers  AWS::Lambda::Function\n");
    expect(asked.talk).toContain("Delete shop? [y/N] y\n");
    expect([asked.code, asked.talk]).toEqual([0, expect.stringMatching(/shop is gone\.\n$/)]);
    await run(["delete", "--stack-name", "guided", "--yes"]);
    const { Buckets } = await new S3Client(platform.clientConfig).send(new ListBucketsCommand({}));
    expect(Buckets ?? []).toEqual([]);
    expect((await run(["delete", "--stack-name", "shop", "--yes"])).talk).toMatch(
      /^There is no stack shop in account/,
    );
  });

  test.each([
    { given: [], says: "--stack-name is missing." },
    { given: ["--stack-name", "shop"], says: "there is no terminal to ask in: say --yes, or --no-execute." },
  ])("sluice deploy $given is refused: $says", async ({ given, says }) => {
    const { code, talk } = await run(["deploy", ...given]);
    expect([code, talk]).toEqual([2, expect.stringContaining(`sluice deploy: ${says}`)]);
  });

  test("without credentials it says how to get them, for here and for AWS", async () => {
    for (const name of [
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_SESSION_TOKEN",
      "AWS_ENDPOINT_URL",
    ])
      vi.stubEnv(name, undefined);
    const { code, talk } = await run(["deploy", "--stack-name", "shop", "--yes"]);
    expect(code).toBe(1);
    expect(talk).toMatch(/^sluice deploy: there are no credentials: /);
    expect(talk).toContain(
      'For the local platform, run sluice dev, and in this shell eval "$(npx sluice credentials)". For AWS, ',
    );
  });

  test("where nothing answers, it says where it asked", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
    const { talk } = await run(["delete", "--stack-name", "shop", "--yes"]);
    expect(talk).toBe(
      "sluice delete: nothing answers at http://127.0.0.1:1. Start the platform there with sluice dev, or unset AWS_ENDPOINT_URL to deploy to AWS.\n",
    );
  });
});
