import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { rawZip } from "../../../packages/platform/test/raw-zip.ts";
import { Gate } from "./gate.ts";
import { SluiceDev } from "./sluice-dev.ts";

const python = inject("python");

describe.skipIf(python.missing !== undefined)("the AWS CLI, in a shell with sluice credentials", () => {
  let dev: SluiceDev;

  beforeAll(async () => {
    dev = await SluiceDev.start({ path: [python.tool?.programs ?? ""] });
  });
  afterAll(() => dev?.[Symbol.asyncDispose]());

  /** Runs a command to its end. Resolves to the JSON that it prints. @throws what it says if it fails. */
  async function aws(...parameters: string[]): Promise<unknown> {
    await using cli = dev.run("aws", [...parameters, "--output", "json"]);
    if ((await cli.exit) !== 0) throw new Error(cli.stderr.text.trim());
    return JSON.parse(cli.stdout.text);
  }

  /** `aws lambda invoke`, with what it puts into its output file. */
  async function invoke(name: string, event: unknown, ...more: string[]) {
    const payload = ["--function-name", name, "--payload", JSON.stringify(event)];
    const answer = await aws("lambda", "invoke", ...payload, ...more, "output.txt");
    return { answer, output: await readFile(join(dev.project.folder, "output.txt"), "utf8") };
  }

  test("invoke collects what a streaming function writes", async () => {
    await using gate = await Gate.open();
    const answer = invoke("pieces", { gate: gate.url });
    for (const piece of ["one", "two", "three"]) await gate.pass(piece);
    expect(await answer).toEqual({
      answer: { StatusCode: 200, ExecutedVersion: "$LATEST" },
      output: "one\ntwo\nthree\n",
    });
  });

  test("invoke --log-type Tail has the lines of the invocation", async () => {
    const { answer, output } = await invoke("greeting", { name: "Ada" }, "--log-type", "Tail");
    expect(output).toBe('{"greeting":"Hello, Ada","client":null}');
    const { LogResult } = answer as { LogResult: string };
    expect(Buffer.from(LogResult, "base64").toString()).toMatch(
      /^START RequestId: .*\n.*\tgreeting somebody\nEND RequestId: .*\nREPORT RequestId: /,
    );
  });

  test("invoke tells a function's error", async () => {
    const { answer, output } = await invoke("greeting", { failure: "no" });
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled" });
    expect(JSON.parse(output)).toMatchObject({ errorType: "RangeError", errorMessage: "no" });
  });

  test("invoke says what AWS says of a function that is not there", async () => {
    const { AWS_REGION } = dev.credentials;
    await expect(invoke("nobody", {})).rejects.toThrow(
      `An error occurred (ResourceNotFoundException) when calling the Invoke operation: Function not found: arn:aws:lambda:${AWS_REGION}:123456789012:function:nobody:$LATEST`,
    );
  });

  test("a wrong secret is refused", async () => {
    const list = ["lambda", "invoke", "--function-name", "greeting", "output.txt"];
    await using cli = dev.run("aws", list, { AWS_SECRET_ACCESS_KEY: "not-the-secret" });
    expect(await cli.exit).not.toBe(0);
    expect(cli.stderr.text).toContain("(InvalidSignatureException) when calling the Invoke operation");
  });

  test("logs filter-log-events finds what a function logged", async () => {
    await invoke("greeting", { name: "Ada" });
    const group = ["--log-group-name", "/aws/lambda/greeting", "--filter-pattern", "somebody"];
    expect(await aws("logs", "filter-log-events", ...group, "--max-items", "1")).toMatchObject({
      events: [
        {
          message: expect.stringMatching(/\tINFO\tgreeting somebody\n?$/),
          logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
          timestamp: expect.any(Number),
        },
      ],
    });
  });

  test("lambda create-function makes a function that is waited for, invoked, changed and deleted", async () => {
    const content = "export const handler = async (event) => ({ made: event.by });";
    await writeFile(join(dev.project.folder, "made.zip"), rawZip([{ name: "index.mjs", content }]));
    const lambda = (operation: string, ...more: string[]) =>
      aws("lambda", operation, "--function-name", "made", ...more);
    const created = await lambda(
      "create-function",
      ...["--runtime", "nodejs24.x", "--handler", "index.handler"],
      ...["--role", "arn:aws:iam::123456789012:role/anyone", "--zip-file", "fileb://made.zip"],
    );
    expect(created).toMatchObject({ FunctionName: "made", State: "Pending", Version: "$LATEST" });
    await using active = dev.run("aws", ["lambda", "wait", "function-active-v2", "--function-name", "made"]);
    expect(await active.exit, active.stderr.text).toBe(0);
    expect((await invoke("made", { by: "hand" })).output).toBe('{"made":"hand"}');
    expect(await lambda("update-function-configuration", "--timeout", "9")).toMatchObject({ Timeout: 9 });
    await using updated = dev.run("aws", [
      "lambda",
      "wait",
      "function-updated-v2",
      "--function-name",
      "made",
    ]);
    expect(await updated.exit, updated.stderr.text).toBe(0);
    expect(await lambda("list-versions-by-function", "--query", "Versions[].Version")).toEqual(["$LATEST"]);
    await lambda("delete-function");
    await expect(lambda("get-function")).rejects.toThrow(
      "(ResourceNotFoundException) when calling the GetFunction operation: Function not found: ",
    );
    // Nine starts of the CLI.
  }, 120_000);

  test("sts get-caller-identity names the owner of the credentials", async () => {
    expect(await aws("sts", "get-caller-identity")).toEqual({
      UserId: "AROASLUICEADMINISTRATOR:sluice",
      Account: "123456789012",
      Arn: "arn:aws:sts::123456789012:assumed-role/Administrator/sluice",
    });
  });

  test("sts assume-role gives credentials that the CLI can use", async () => {
    const role = ["--role-arn", "arn:aws:iam::123456789012:role/anyone", "--role-session-name", "me"];
    const { Credentials } = (await aws("sts", "assume-role", ...role)) as {
      Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string };
    };
    await using cli = dev.run("aws", ["sts", "get-caller-identity", "--output", "json"], {
      AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials.SessionToken,
    });
    expect(await cli.exit, cli.stderr.text).toBe(0);
    expect(JSON.parse(cli.stdout.text).Arn).toBe("arn:aws:sts::123456789012:assumed-role/anyone/me");
  });

  test("an operation that isn't served is refused by name", async () => {
    await expect(aws("sts", "get-federation-token", "--name", "me")).rejects.toThrow(
      "An error occurred (InvalidAction) when calling the GetFederationToken operation: Could not find operation GetFederationToken for version 2011-06-15: GetFederationToken is not served by this platform.",
    );
  });
});
