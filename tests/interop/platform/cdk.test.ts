import { join } from "node:path";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findCdk } from "../tools/cdk.ts";
import { SluiceDev } from "./sluice-dev.ts";

const { tool: modules = "", missing } = await findCdk();

/** Each command reads the library first, which takes many seconds on a busy machine. */
const cdkMs = 300_000;
const lines = ["Number: 1\n", "Number: 2\n", "Number: 3\n"];

describe.skipIf(missing !== undefined)(
  "the AWS CDK, in a shell with sluice credentials",
  { timeout: cdkMs },
  () => {
    let dev: SluiceDev;
    let addresses: readonly string[] = [];
    beforeAll(async () => {
      dev = await SluiceDev.start({
        project: "cdk-project",
        withoutTemplate: true,
        path: [join(modules, ".bin")],
      });
    }, cdkMs);
    afterAll(() => dev?.[Symbol.asyncDispose]());

    /** Runs a command of the CDK to its end. */
    async function cdk(...parameters: string[]): Promise<string> {
      const settings = { NODE_PATH: modules, CDK_DISABLE_CLI_TELEMETRY: "true", CI: "true" };
      await using cli = dev.run("cdk", [...parameters, "--no-notices"], settings);
      const exit = await cli.exit;
      const text = cli.stdout.text + cli.stderr.text;
      expect(exit, text).toBe(0);
      return text;
    }

    async function piecesOf(url: string): Promise<string[]> {
      const answer = await fetch(url);
      expect(answer.status).toBe(200);
      const pieces: string[] = [];
      for await (const piece of answer.body ?? []) pieces.push(Buffer.from(piece).toString());
      return pieces;
    }

    const deploy = () => cdk("deploy", "--require-approval", "never");

    test("makes its roles, its bucket and its parameter with cdk bootstrap", async () => {
      expect(await cdk("bootstrap")).toContain("Environment aws://123456789012/us-east-1 bootstrapped");
    });

    test("deploys an app whose REST API and function URL stream", async () => {
      const text = await deploy();
      const [api] = /http:\S+\/prod\//.exec(text) ?? [];
      const [url] = /http:\S+_lambda-url\S+/.exec(text) ?? [];
      addresses = [`${api}numbers/3`, `${url}`];
      for (const address of addresses) expect(await piecesOf(address)).toEqual(lines);
    });

    test("finds nothing to do when the app is as it was", async () => {
      expect(await deploy()).toContain("StreamingStack (no changes)");
    });

    test("leaves nothing behind after cdk destroy", async () => {
      expect(await cdk("destroy", "--force")).toContain("StreamingStack: destroyed");
      for (const address of addresses) expect((await fetch(address)).status).toBe(403);
      const { AWS_ENDPOINT_URL: endpoint = "", AWS_REGION: region = "" } = dev.credentials;
      const credentials = {
        accessKeyId: dev.credentials["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: dev.credentials["AWS_SECRET_ACCESS_KEY"] ?? "",
        sessionToken: dev.credentials["AWS_SESSION_TOKEN"] ?? "",
      };
      const lambda = new LambdaClient({ endpoint, region, credentials });
      expect((await lambda.send(new ListFunctionsCommand())).Functions).toEqual([]);
      lambda.destroy();
    });
  },
);
