import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { findAwsCli2 } from "../tools/aws-cli-2.ts";
import { SluiceDev } from "./sluice-dev.ts";

// What the AWS CLI has in version 2 alone.

const { tool: program = "", missing } = await findAwsCli2();
/** Each command is a Python process of its own. */
const timeout = 60_000;

describe.skipIf(missing !== undefined)("the AWS CLI, version 2", { timeout }, () => {
  let dev: SluiceDev;
  beforeAll(async () => {
    dev = await SluiceDev.start();
  });
  afterAll(() => dev?.[Symbol.asyncDispose]());

  test("logs tail --follow shows what a function logs as it is called", async () => {
    await using first = dev.run(program, ["lambda", "invoke", "--function-name", "greeting", "first.txt"]);
    expect(await first.exit, first.stderr.text).toBe(0);
    // Into a terminal it writes line by line; into a pipe it would keep them to itself.
    const atOnce = { PYTHONUNBUFFERED: "1" };
    await using tail = dev.run(program, ["logs", "tail", "/aws/lambda/greeting", "--follow"], atOnce);
    await tail.stdout.until(/ START RequestId: .*\n(?:.*\n)*.* REPORT RequestId: /);
    await using second = dev.run(program, ["lambda", "invoke", "--function-name", "greeting", "second.txt"]);
    expect(await second.exit, second.stderr.text).toBe(0);
    await tail.stdout.until(/ REPORT RequestId: (?:.*\n)*.* REPORT RequestId: /);
    const lines = tail.stdout.text.split("\n").filter((line) => line.includes("REPORT RequestId"));
    expect(lines).toHaveLength(2);
  });

  test.skipIf(inject("curl").missing !== undefined).each([
    { kind: "a session's credentials", options: [] },
    { kind: "a user's access key", options: ["--long-term"] },
  ])(
    "configure export-credentials gives a shell $kind, through a profile that sluice credentials wrote",
    async ({ options }) => {
      await using written = dev.project.sluice(["credentials", "--profile", "local", ...options]);
      expect(await written.exit, written.stderr.text).toBe(0);
      const { url } = await dev.endpoint("REST API Api GET /pieces");
      const line = `eval $("$AWS" configure export-credentials --profile local --format env)
        curl "$URL" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --aws-sigv4 "aws:amz:us-east-1:execute-api" \
          \${AWS_SESSION_TOKEN:+-H "x-amz-security-token: $AWS_SESSION_TOKEN"} --no-buffer --silent`;
      await using shell = dev.project.run("sh", ["-c", line], { environment: { AWS: program, URL: url } });
      expect(await shell.exit, shell.stderr.text).toBe(0);
      expect(shell.stdout.text).toBe("one\ntwo\nthree\n");
    },
  );
});
