import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { findSamCli } from "../tools/sam.ts";
import { say } from "../tools/tool.ts";
import type { RunningProcess } from "./running-process.ts";
import { SluiceDev } from "./sluice-dev.ts";
import { TimedProxy } from "./timed-proxy.ts";

// The walk of the example that this project began with, word for word but for the step that builds: archive, deploy,
// call, delete, each by the tool that its author used.

const { tool: programs = "", missing } = await findSamCli();
const curlIsMissing = inject("curl").missing !== undefined;

/** It takes seconds to begin, and sleeps between its looks. */
const samMs = 120_000;
const example = "../../../examples/streaming-api-gateway";
const lines = ["Number: 1\n", "Number: 2\n", "Number: 3\n", "Streaming complete!\n"];

describe.skipIf(missing !== undefined || curlIsMissing)(
  "the walk of the original, with AWS SAM CLI and curl",
  { timeout: samMs },
  () => {
    let dev: SluiceDev;
    let proxy: TimedProxy;
    let apiUrl = "";
    beforeAll(async () => {
      dev = await SluiceDev.start({ project: example, withoutTemplate: true, path: [programs] });
      proxy = await TimedProxy.open(dev.credentials["AWS_ENDPOINT_URL"] ?? "");
    }, samMs);
    afterAll(async () => {
      await proxy?.[Symbol.asyncDispose]();
      await dev?.[Symbol.asyncDispose]();
    });

    const settings = { SAM_CLI_TELEMETRY: "0", SAM_CLI_POLL_DELAY: "0.5", COLUMNS: "250" };

    /** Runs a line in a shell that has evaluated `sluice credentials`. */
    function shell(line: string, environment: Readonly<Record<string, string>> = {}): RunningProcess {
      return dev.run("sh", ["-c", line], { ...settings, ...environment });
    }

    async function done(process: RunningProcess): Promise<{ exit: number | string; text: string }> {
      await using running = process;
      return { exit: await running.exit, text: running.stdout.text + running.stderr.text };
    }

    const deploy =
      "sam deploy --resolve-s3 --template-file template.yaml --stack-name StreamingNumbers --capabilities CAPABILITY_IAM";
    const call =
      'curl "$API_URL" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --aws-sigv4 "aws:amz:$AWS_REGION:execute-api" -H "x-amz-security-token: $AWS_SESSION_TOKEN" --no-buffer --silent';

    test("archive, deploy, and a number a second", async () => {
      await using archive = dev.project.sluice(["archive"]);
      expect(await archive.exit, archive.stderr.text).toBe(0);

      const startedMs = performance.now();
      const deployed = await done(shell(deploy, { AWS_ENDPOINT_URL: proxy.url }));
      const deployMs = performance.now() - startedMs;
      expect(deployed.text).toContain("Successfully created/updated stack - StreamingNumbers in us-east-1");
      expect(deployed.exit).toBe(0);
      apiUrl = /^Key +ApiUrl *\n(?:.*\n)*?Value +(\S+)/m.exec(deployed.text)?.[1] ?? deployed.text;
      expect(deployed.text).toMatch(/^Key +FunctionUrl/m);

      const calledMs = performance.now();
      await using client = shell(call, { API_URL: apiUrl });
      await client.stdout.is(lines[0] ?? "");
      const firstByteMs = performance.now() - calledMs;
      // One at a time: what is buffered never is exactly this.
      for (const end of [2, 3, 4]) await client.stdout.is(lines.slice(0, end).join(""));
      expect(await client.exit).toBe(0);

      const { busyMs, requests } = proxy.spent;
      say(
        `The walk: ${seconds(deployMs + firstByteMs)} from sam deploy to the first byte. ${requests} requests of sam deploy took ${seconds(busyMs)} here, the first byte ${seconds(firstByteMs)} from the start of curl.`,
      );
    });

    test("sluice dev tells the endpoints of what was deployed", async () => {
      await dev.process.stderr.until(/^stack StreamingNumbers: CREATE_COMPLETE$/m);
      const { url } = await dev.endpoint("REST API StreamingApi ANY /stream");
      expect(url).toBe(apiUrl);
    });

    test("with the access key of a user, the same lines do the same but for the token's header", async () => {
      const withKey = (line: string) =>
        shell(`eval "$("$NODE" "$SLUICE" credentials --long-term)" && ${line}`, {
          ...tools(dev),
          API_URL: apiUrl,
        });
      const identity = await done(withKey('echo "$AWS_ACCESS_KEY_ID, $AWS_SESSION_TOKEN."'));
      expect(identity.text).toMatch(/^AKIA[A-Z2-7]{16}, \.\n$/);
      // curl signs a header without a value, and does not send it.
      await using client = withKey(call.replace('-H "x-amz-security-token: $AWS_SESSION_TOKEN" ', ""));
      for (const end of [1, 2, 3, 4]) await client.stdout.is(lines.slice(0, end).join(""));
      expect(await client.exit).toBe(0);
      const again = await done(withKey(`${deploy} --no-fail-on-empty-changeset`));
      expect([again.exit, again.text]).toEqual([0, expect.stringContaining("No changes to deploy")]);
    });

    test("without a signature it is closed", async () => {
      const { text } = await done(shell('curl --silent "$API_URL"', { API_URL: apiUrl }));
      expect(JSON.parse(text)).toEqual({ message: "Missing Authentication Token" });
    });

    test("deployed again as it is, there is nothing to do", async () => {
      const { exit, text } = await done(shell(deploy));
      expect([exit, text]).toEqual([
        1,
        expect.stringContaining("Error: No changes to deploy. Stack StreamingNumbers is up to date"),
      ]);
    });

    test("changed code is what answers after the next deployment, at the same address", async () => {
      const handler = join(dev.project.folder, "src/handler.ts");
      const source = await readFile(handler, "utf8");
      await writeFile(
        handler,
        source.replace("number <= 3", "number <= 1").replace("Streaming complete", "Shorter"),
      );
      const { exit, text } = await done(shell(`"$NODE" "$SLUICE" archive && ${deploy}`, tools(dev)));
      expect(exit, text).toBe(0);
      const answer = await done(shell(call, { API_URL: apiUrl }));
      expect(answer.text).toBe("Number: 1\nShorter!\n");
    });

    test("an update that fails is rolled back, and what was there answers on", async () => {
      const file = join(dev.project.folder, "broken.yaml");
      const template = await readFile(join(dev.project.folder, "template.yaml"), "utf8");
      const broken = `  Broken:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      Role: !GetAtt StreamingApiInvokeRole.Arn
      Code: { S3Bucket: nowhere, S3Key: code.zip }

Outputs:`;
      await writeFile(file, template.replace(/^Outputs:/m, broken));
      const { exit, text } = await done(shell(deploy.replace("template.yaml", "broken.yaml")));
      expect(exit).toBe(1);
      expect(text).toContain("UPDATE_ROLLBACK_COMPLETE");
      expect(text.replaceAll(/\s+/g, " ")).toContain("S3 Error Code: NoSuchBucket");
      expect((await done(shell(call, { API_URL: apiUrl }))).text).toBe("Number: 1\nShorter!\n");
    });

    test("sam logs has what the function logged", async () => {
      const { exit, text } = await done(shell("sam logs --stack-name StreamingNumbers"));
      expect(exit, text).toBe(0);
      expect(text).toMatch(/\[\$LATEST\][0-9a-f]{32} \S+ START RequestId: /);
      expect(text).toMatch(/ REPORT RequestId: .* Duration: /s);
    });

    test("a profile that sluice credentials wrote has the endpoint and the credentials", async () => {
      await using credentials = dev.project.sluice(["credentials", "--profile", "local"]);
      expect(await credentials.exit, credentials.stderr.text).toBe(0);
      const line = "sam list stack-outputs --stack-name StreamingNumbers --output json --profile local";
      await using outputs = dev.project.run("sh", ["-c", line], { environment: settings });
      expect(await outputs.exit, outputs.stderr.text).toBe(0);
      expect(JSON.parse(outputs.stdout.text)).toContainEqual(
        expect.objectContaining({ OutputKey: "ApiUrl", OutputValue: apiUrl }),
      );
    });

    test("sam remote invoke streams, since the function's URL does", async () => {
      const invoke = "sam remote invoke StreamingNumbers --stack-name StreamingNumbers --event '{}'";
      await using client = shell(invoke);
      await client.stdout.until(/Number: 1\n$/);
      expect(await client.exit, client.stderr.text).toBe(0);
      expect(client.stdout.text).toMatch(/Number: 1\nShorter!/);
      expect(client.stderr.text).toMatch(/END RequestId: /);
    });

    test("sam delete asks in a terminal, and leaves nothing but its bucket", async () => {
      // A terminal of Python's making: sam asks only where there is one.
      const inTerminal = `"$PYTHON" -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)' sam delete --stack-name StreamingNumbers`;
      await using deletion = dev.project.run("sh", ["-c", inTerminal], {
        environment: { ...dev.credentials, ...settings, PYTHON: join(programs, "python") },
        input: "y\ny\n",
      });
      expect(await deletion.exit, deletion.stdout.text).toBe(0);
      expect(deletion.stdout.text).toMatch(
        /Are you sure you want to delete the stack StreamingNumbers in the region us-east-1/,
      );
      expect(deletion.stdout.text).toContain("Deleted successfully");
      const after = await done(shell('curl --silent "$API_URL"', { API_URL: apiUrl }));
      expect(JSON.parse(after.text)).toMatchObject({ message: "Forbidden" });
    });
  },
);

/** What a line needs to run the command line that is being tested. */
function tools(dev: SluiceDev): Record<string, string> {
  return { NODE: process.execPath, SLUICE: join(dev.project.folder, "node_modules/sluice/bin/sluice.js") };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
