import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeStack, stackClient } from "../../../packages/platform/test/stack-client.ts";
import { findSamCli } from "../tools/sam.ts";
import { SluiceDev } from "./sluice-dev.ts";

const { tool: programs = "", missing } = await findSamCli();

/** It takes seconds to begin, and sleeps between its looks. */
const samMs = 120_000;

const template = (codeUri: string) => `
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ${codeUri}
      Handler: index.handler
      Runtime: nodejs24.x
      Events:
        Root: { Type: Api, Properties: { Path: /, Method: get } }
Outputs:
  Url:
    Value: !Sub https://\${ServerlessRestApi}.execute-api.\${AWS::Region}.amazonaws.com/Prod/
`;

/** A resource that can't be made, after one that can. */
const broken = `
Resources:
  Queue: { Type: AWS::SQS::Queue }
  Broken:
    Type: AWS::Lambda::Function
    DependsOn: Queue
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/r
      Code: { S3Bucket: nowhere, S3Key: code.zip }
`;

describe.skipIf(missing !== undefined)(
  "AWS SAM CLI, in a shell with sluice credentials",
  { timeout: samMs },
  () => {
    let dev: SluiceDev;
    beforeAll(async () => {
      dev = await SluiceDev.start({ path: [programs] });
      await mkdir(join(dev.project.folder, "sam"));
    }, samMs);
    afterAll(() => dev?.[Symbol.asyncDispose]());

    /** Runs a command to its end. */
    async function sam(...parameters: string[]): Promise<{ exit: number | string; text: string }> {
      const settings = { SAM_CLI_TELEMETRY: "0", SAM_CLI_POLL_DELAY: "0.5", COLUMNS: "200" };
      await using cli = dev.run("sam", parameters, settings);
      const exit = await cli.exit;
      return { exit, text: cli.stdout.text + cli.stderr.text };
    }

    async function deploy(name: string, text: string, ...more: string[]) {
      const file = join(dev.project.folder, "sam", `${name}.yaml`);
      await writeFile(file, text);
      const stack = ["--stack-name", name, "--template-file", file, "--capabilities", "CAPABILITY_IAM"];
      return sam("deploy", "--resolve-s3", ...stack, ...more);
    }

    async function statusOf(StackName: string): Promise<string | undefined> {
      const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } =
        dev.credentials;
      const { AWS_SESSION_TOKEN: sessionToken = "", AWS_REGION: region = "" } = dev.credentials;
      const endpoint = dev.credentials["AWS_ENDPOINT_URL"] ?? "";
      const credentials = { accessKeyId, secretAccessKey, sessionToken };
      const client = stackClient({ clientConfig: { region, endpoint, credentials } });
      return (await describeStack(client, StackName)).StackStatus;
    }

    async function writeCode(folder: string, text: string): Promise<void> {
      await mkdir(join(dev.project.folder, "sam", folder), { recursive: true });
      const code = `exports.handler = async () => ({ statusCode: 200, body: ${JSON.stringify(text)} });`;
      await writeFile(join(dev.project.folder, "sam", folder, "index.js"), code);
    }

    const urlIn = (text: string): string => /http:\/\/\S+\/Prod\//.exec(text)?.[0] ?? text;

    test("deploys, updates, finds nothing to do, and deletes", async () => {
      await writeCode("one", "one");
      const created = await deploy("hello", template("one/"));
      expect([created.exit, created.text]).toEqual([
        0,
        expect.stringContaining("Successfully created/updated stack - hello"),
      ]);
      const url = urlIn(created.text);
      expect(await (await fetch(url)).text()).toBe("one");

      const again = await deploy("hello", template("one/"));
      expect([again.exit, again.text]).toEqual([
        1,
        expect.stringContaining("No changes to deploy. Stack hello is up to date"),
      ]);

      const allowed = await deploy("hello", template("one/"), "--no-fail-on-empty-changeset");
      expect(allowed.exit).toBe(0);

      await writeCode("two", "two");
      const updated = await deploy("hello", template("two/"));
      expect([updated.exit, urlIn(updated.text)]).toEqual([0, url]);
      expect(await (await fetch(url)).text()).toBe("two");

      const deleted = await sam("delete", "--no-prompts", "--stack-name", "hello");
      expect([deleted.exit, deleted.text]).toEqual([0, expect.stringContaining("Deleted successfully")]);
      expect((await fetch(url)).status).toBe(403);
    });

    test("tells why a deployment failed, and deletes what is left", async () => {
      const { exit, text } = await deploy("broken", broken);
      expect([exit, text]).toEqual([1, expect.stringContaining('"ROLLBACK_COMPLETE"')]);
      expect(text.replaceAll(/\s+/g, " ")).toContain("S3 Error Code: NoSuchBucket");
      const deleted = await sam("delete", "--no-prompts", "--stack-name", "broken");
      expect(deleted.exit).toBe(0);
    });

    test("leaves a creation that failed where that is asked for, and deletes it where that is", async () => {
      const left = await deploy("left", broken, "--disable-rollback");
      expect([left.exit, left.text]).toEqual([1, expect.stringContaining('"CREATE_FAILED"')]);
      expect(left.text).not.toContain("ROLLBACK_IN_PROGRESS");
      expect(await statusOf("left")).toBe("CREATE_FAILED");

      const gone = await deploy("gone", broken, "--on-failure", "DELETE");
      expect(gone.text).toMatch(/^Stack gone has been deleted$/m);
      await expect(statusOf("gone")).rejects.toThrow("Stack with id gone does not exist");
    });

    test("an update that fails is rolled back, or left, and after that rolled back to what was good", async () => {
      await writeCode("one", "one");
      await writeCode("other", "other");
      const created = await deploy("kept", template("one/"));
      const url = urlIn(created.text);
      const last = broken.split("Resources:")[1]?.replace("DependsOn: Queue", "DependsOn: [Queue, Hello]");
      const update = template("other/").replace("Outputs:", `${last}Outputs:`);

      // With DO_NOTHING, SAM CLI asks for a rollback all the same.
      for (const value of ["ROLLBACK", "DO_NOTHING"]) {
        const { exit, text } = await deploy("kept", update, "--on-failure", value);
        expect([exit, text]).toEqual([1, expect.stringContaining('"UPDATE_ROLLBACK_COMPLETE"')]);
        expect(await (await fetch(url)).text()).toBe("one");
      }

      const left = await deploy("kept", update, "--disable-rollback");
      expect([left.exit, left.text]).toEqual([1, expect.stringContaining('"UPDATE_FAILED"')]);
      expect(left.text).not.toContain("UPDATE_ROLLBACK");
      expect(await (await fetch(url)).text()).toBe("other");

      await writeCode("third", "third");
      const stable = await deploy("kept", update.replace("other/", "third/"), "--on-failure", "DELETE");
      expect(stable.text).toMatch(/^Stack kept has rolled back successfully$/m);
      expect(await statusOf("kept")).toBe("UPDATE_ROLLBACK_COMPLETE");
      expect(await (await fetch(url)).text()).toBe("one");
    });
  },
);
