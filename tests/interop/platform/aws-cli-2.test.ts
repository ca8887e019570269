import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { findAwsCli2 } from "../tools/aws-cli-2.ts";
import { SluiceDev } from "./sluice-dev.ts";

// What the AWS CLI has in version 2 alone.

const { tool: program = "", missing } = await findAwsCli2();
/** Each command is a Python process of its own. */
const timeout = 60_000;

const title = missing === undefined ? "the AWS CLI, version 2" : "the AWS CLI, version 2, which isn't here";
describe.skipIf(missing !== undefined)(title, { timeout }, () => {
  let dev: SluiceDev;
  beforeAll(async () => {
    dev = await SluiceDev.start();
  });
  afterAll(() => dev?.[Symbol.asyncDispose]());

  /** Runs a command to its end. Resolves to what it prints. @throws what it says if it fails. */
  async function aws(...parameters: string[]): Promise<string> {
    await using cli = dev.run(program, parameters);
    if ((await cli.exit) !== 0) throw new Error(cli.stderr.text.trim());
    return cli.stdout.text;
  }

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

  test("logs tail shows the lines of a filter pattern, short and detailed", async () => {
    await aws("lambda", "invoke", "--function-name", "greeting", "third.txt");
    const lines = ["logs", "tail", "/aws/lambda/greeting", "--since", "5m", "--filter-pattern", "somebody"];
    for (const [format, line] of [
      ["short", /^\S+ .*\tINFO\tgreeting somebody$/m],
      ["detailed", /^\S+ \d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32} .*\tINFO\tgreeting somebody$/m],
    ] as const) {
      const text = await aws(...lines, "--format", format);
      expect(text).toMatch(line);
      expect(text).not.toContain("START RequestId");
    }
    await expect(aws("logs", "tail", "/aws/lambda/nobody")).rejects.toThrow(
      "An error occurred (ResourceNotFoundException) when calling the FilterLogEvents operation: The specified log group does not exist.",
    );
  });

  test("cloudwatch has what it is given, and refuses by name what isn't served", async () => {
    const metric = ["--namespace", "Shop", "--metric-name", "Orders"];
    await aws("cloudwatch", "put-metric-data", ...metric, "--value", "2.5", "--unit", "Count");
    const range = ["--start-time", new Date(Date.now() - 3_600_000).toISOString()];
    range.push("--end-time", new Date(Date.now() + 60_000).toISOString());
    const statistics = ["get-metric-statistics", ...metric, "--statistics", "Sum", "--period", "86400"];
    const told = JSON.parse(await aws("cloudwatch", ...statistics, ...range));
    expect(told).toMatchObject({ Label: "Orders", Datapoints: [{ Sum: 2.5, Unit: "Count" }] });
    expect(new Date(told.Datapoints[0].Timestamp).getTime()).toBeLessThanOrEqual(Date.now());
    await expect(aws("cloudwatch", "describe-alarms")).rejects.toThrow(
      "An error occurred (UnknownOperationException) when calling the DescribeAlarms operation: DescribeAlarms is not served by this platform.",
    );
  });

  test("s3 cp takes a large file there and back with AWS's common runtime", async () => {
    const { folder } = dev.project;
    const content = randomBytes(20 * 1024 * 1024);
    await writeFile(join(folder, "large"), content);
    await writeFile(join(folder, "crt.ini"), "[default]\ns3 =\n  preferred_transfer_client = crt\n");
    await aws("s3", "mb", "s3://large-files");
    // That client speaks TLS wherever the address is not said in the command.
    const there = ["--endpoint-url", dev.credentials["AWS_ENDPOINT_URL"] ?? "", "--no-progress"];
    for (const [from, to] of [
      ["large", "s3://large-files/large"],
      ["s3://large-files/large", "back"],
    ] as const) {
      await using cli = dev.run(program, ["s3", "cp", from, to, ...there], { AWS_CONFIG_FILE: "crt.ini" });
      expect(await cli.exit, cli.stderr.text).toBe(0);
    }
    expect(content.equals(await readFile(join(folder, "back")))).toBe(true);
    const { Checksum, ObjectParts } = JSON.parse(
      await aws(
        ...["s3api", "get-object-attributes", "--bucket", "large-files", "--key", "large"],
        ...["--object-attributes", "Checksum", "ObjectParts"],
      ),
    );
    expect(Checksum).toEqual({ ChecksumCRC64NVME: expect.any(String), ChecksumType: "FULL_OBJECT" });
    expect(ObjectParts.TotalPartsCount).toBeGreaterThan(1);
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
