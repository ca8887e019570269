import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { SluiceDev } from "./sluice-dev.ts";

const python = inject("python");

/** Each command is a Python process of its own, which takes seconds where much else runs. */
const timeout = 120_000;

const template = (tail = "") => `
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: { Type: String, Default: hello }
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code/
      Handler: index.handler
      Runtime: nodejs24.x
      Environment: { Variables: { GREETING: !Ref Greeting } }
      FunctionUrlConfig: { AuthType: NONE }
${tail}
Outputs:
  Url: { Value: !GetAtt HelloUrl.FunctionUrl }
`;
const broken = `
  Broken:
    Type: AWS::Lambda::LayerVersion
    Properties: { Content: { S3Bucket: nowhere, S3Key: layer.zip } }
`;

describe.skipIf(python.missing !== undefined)(
  "aws cloudformation, in a shell with sluice credentials",
  { timeout },
  () => {
    let dev: SluiceDev;
    beforeAll(async () => {
      dev = await SluiceDev.start({ path: [python.tool?.programs ?? ""], withoutTemplate: true });
      await mkdir(join(dev.project.folder, "code"));
      const code = "exports.handler = async () => process.env.GREETING;";
      await writeFile(join(dev.project.folder, "code/index.js"), code);
      expect((await aws("s3", "mb", "s3://artifacts")).exit).toBe(0);
    });
    afterAll(() => dev?.[Symbol.asyncDispose]());

    async function aws(...parameters: string[]) {
      await using cli = dev.run("aws", parameters);
      return { exit: await cli.exit, text: cli.stdout.text + cli.stderr.text };
    }

    /** What a command prints in JSON. */
    async function read<T>(...parameters: string[]): Promise<T> {
      const { exit, text } = await aws("cloudformation", ...parameters, "--output", "json");
      expect(exit, text).toBe(0);
      return JSON.parse(text) as T;
    }

    /** Packages a template and deploys it. */
    async function deploy(text: string, ...more: string[]) {
      await writeFile(join(dev.project.folder, "app.yaml"), text);
      const where = ["--s3-bucket", "artifacts", "--output-template-file", "packaged.yaml"];
      const packaged = await aws("cloudformation", "package", "--template-file", "app.yaml", ...where);
      expect(packaged.exit, packaged.text).toBe(0);
      return aws(
        ...["cloudformation", "deploy", "--template-file", "packaged.yaml", "--stack-name", "app"],
        ...["--capabilities", "CAPABILITY_IAM", ...more],
      );
    }

    const named = ["--stack-name", "app"];
    interface Stacks {
      readonly Stacks: readonly { StackStatus: string; Outputs: readonly { OutputValue: string }[] }[];
    }
    async function greeting(): Promise<string> {
      const { Stacks } = await read<Stacks>("describe-stacks", ...named);
      return (await fetch(Stacks[0]?.Outputs[0]?.OutputValue ?? "")).text();
    }

    test("package and deploy make a stack, which is told of whole", async () => {
      const created = await deploy(template());
      expect([created.exit, created.text]).toEqual([
        0,
        expect.stringContaining("Successfully created/updated stack - app"),
      ]);
      expect(await greeting()).toBe("hello");
      const { StackEvents } = await read<{ StackEvents: { ResourceStatus: string }[] }>(
        "describe-stack-events",
        ...named,
      );
      expect(StackEvents.map(({ ResourceStatus }) => ResourceStatus)).toContain("CREATE_COMPLETE");
      const { StackResourceSummaries } = await read<{
        StackResourceSummaries: { LogicalResourceId: string }[];
      }>("list-stack-resources", ...named);
      expect(StackResourceSummaries.map(({ LogicalResourceId }) => LogicalResourceId)).toEqual(
        expect.arrayContaining(["Hello", "HelloRole", "HelloUrl"]),
      );
      const { TemplateBody } = await read<{ TemplateBody: string }>("get-template", ...named);
      expect(TemplateBody).toBe(await readFile(join(dev.project.folder, "packaged.yaml"), "utf8"));
    });

    test("deploy without a change says so, and succeeds where that is no failure", async () => {
      const same = await deploy(template(), "--no-fail-on-empty-changeset");
      expect([same.exit, same.text]).toEqual([0, expect.stringContaining("No changes to deploy.")]);
      expect((await deploy(template(), "--fail-on-empty-changeset")).exit).not.toBe(0);
    });

    test("deploy with another value of a parameter updates, and the next one keeps it", async () => {
      expect((await deploy(template(), "--parameter-overrides", "Greeting=good morning")).exit).toBe(0);
      expect(await greeting()).toBe("good morning");
      expect((await deploy(`${template()}  Other: { Value: x }\n`)).exit).toBe(0);
      expect(await greeting()).toBe("good morning");
    });

    test("deploy tells where to look when it fails, and what was there is there again", async () => {
      const failed = await deploy(template(broken), "--parameter-overrides", "Greeting=nothing");
      expect(failed.exit).not.toBe(0);
      expect(failed.text).toContain("aws cloudformation describe-stack-events --stack-name app");
      const { Stacks } = await read<Stacks>("describe-stacks", ...named);
      expect(Stacks[0]?.StackStatus).toBe("UPDATE_ROLLBACK_COMPLETE");
      expect(await greeting()).toBe("good morning");
    });

    test("drift is refused by name", async () => {
      const { exit, text } = await aws("cloudformation", "detect-stack-drift", ...named);
      expect(exit).not.toBe(0);
      expect(text).toContain("This platform does not compare stacks with what is there");
    });

    test("delete-stack leaves nothing, which wait sees", async () => {
      expect((await aws("cloudformation", "delete-stack", ...named)).exit).toBe(0);
      expect((await aws("cloudformation", "wait", "stack-delete-complete", ...named)).exit).toBe(0);
      const { text } = await aws("cloudformation", "describe-stacks", ...named);
      expect(text).toContain("Stack with id app does not exist");
    });
  },
);
