import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { SluiceDev } from "./sluice-dev.ts";

const python = inject("python");
const account = "123456789012";

/** Each command is a Python process of its own, which takes seconds where much else runs. */
const timeout = 120_000;

describe.skipIf(python.missing !== undefined)(
  "the AWS CLI reads what functions leave behind",
  { timeout },
  () => {
    let dev: SluiceDev;
    let region = "";
    let sqs: readonly string[] = [];

    beforeAll(async () => {
      dev = await SluiceDev.start({ path: [python.tool?.programs ?? ""] });
      region = dev.credentials["AWS_REGION"] ?? "";
      // Version 1 of the CLI has an address of its own for SQS, whatever the environment says.
      sqs = ["sqs", "--endpoint-url", dev.credentials["AWS_ENDPOINT_URL"] ?? ""];
    });
    afterAll(() => dev?.[Symbol.asyncDispose]());

    /** Runs a command to its end. Resolves to the JSON that it prints. @throws what it says if it fails. */
    async function aws<T = unknown>(...parameters: string[]): Promise<T> {
      await using cli = dev.run("aws", [...parameters, "--output", "json"]);
      if ((await cli.exit) !== 0) throw new Error(cli.stderr.text.trim());
      return JSON.parse(cli.stdout.text === "" ? "null" : cli.stdout.text) as T;
    }

    /** A queue that services may send to. */
    async function queue(name: string) {
      const Statement = [{ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: "*" }];
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
      const file = join(dev.project.folder, `${name}.json`);
      await writeFile(file, JSON.stringify({ Policy }));
      const create = [...sqs, "create-queue", "--queue-name", name, "--attributes", `file://${file}`];
      const { QueueUrl } = await aws<{ QueueUrl: string }>(...create);
      return {
        arn: `arn:aws:sqs:${region}:${account}:${name}`,
        next: async () => {
          const receive = [...sqs, "receive-message", "--queue-url", QueueUrl, "--wait-time-seconds", "20"];
          const { Messages } = await aws<{ Messages: { Body: string }[] }>(...receive);
          return JSON.parse(Messages[0]?.Body ?? "") as unknown;
        },
      };
    }

    test("cloudwatch get-metric-statistics counts invocations, and get-metric-data has the time to the first byte", async () => {
      await aws(
        "lambda",
        "invoke",
        "--function-name",
        "greeting",
        "--payload",
        '{"name":"Ada"}',
        "output.txt",
      );
      const from = new Date(Date.now() - 3_600_000).toISOString();
      const range = ["--start-time", from, "--end-time", new Date(Date.now() + 60_000).toISOString()];
      const of = ["--dimensions", "Name=FunctionName,Value=greeting", "--period", "86400"];
      const metric = ["--namespace", "AWS/Lambda", "--metric-name", "Invocations", "--statistics", "Sum"];
      const { Datapoints } = await aws<{ Datapoints: object[] }>(
        ...["cloudwatch", "get-metric-statistics", ...metric, ...of, ...range],
      );
      expect(Datapoints).toMatchObject([{ Sum: 1, Unit: "Count" }]);
      const Dimensions = [{ Name: "FunctionName", Value: "greeting" }];
      const Metric = { Namespace: "Sluice", MetricName: "TimeToFirstByte", Dimensions };
      const queries = JSON.stringify([{ Id: "first", MetricStat: { Metric, Period: 86_400, Stat: "p50" } }]);
      const { MetricDataResults } = await aws<{ MetricDataResults: { Values: number[] }[] }>(
        ...["cloudwatch", "get-metric-data", "--metric-data-queries", queries, ...range],
      );
      expect(MetricDataResults[0]?.Values[0]).toBeGreaterThan(0);
    });

    test("cloudwatch put-metric-alarm is refused by name", async () => {
      const alarm = ["--alarm-name", "a", "--comparison-operator", "GreaterThanThreshold"];
      await expect(
        aws("cloudwatch", "put-metric-alarm", ...alarm, "--evaluation-periods", "1"),
      ).rejects.toThrow(
        /calling the PutMetricAlarm operation.*PutMetricAlarm is not served by this platform\. Of CloudWatch it serves/,
      );
    });

    test("sns publish reaches a queue", async () => {
      const { TopicArn } = await aws<{ TopicArn: string }>("sns", "create-topic", "--name", "news");
      const letters = await queue("letters");
      const to = ["--protocol", "sqs", "--notification-endpoint", letters.arn];
      await aws("sns", "subscribe", "--topic-arn", TopicArn, ...to);
      const { MessageId } = await aws<{ MessageId: string }>(
        ...["sns", "publish", "--topic-arn", TopicArn, "--message", "hello"],
      );
      expect(await letters.next()).toMatchObject({ Type: "Notification", MessageId, Message: "hello" });
    });

    test("events put-events reaches the target of a rule", async () => {
      const orders = await queue("orders");
      await aws("events", "put-rule", "--name", "paid", "--event-pattern", '{"detail":{"state":["paid"]}}');
      await aws("events", "put-targets", "--rule", "paid", "--targets", `Id=q,Arn=${orders.arn}`);
      const entry = { Source: "shop", DetailType: "Order", Detail: '{"state":"paid"}' };
      expect(await aws("events", "put-events", "--entries", JSON.stringify([entry]))).toMatchObject({
        FailedEntryCount: 0,
      });
      expect(await orders.next()).toMatchObject({ source: "shop", detail: { state: "paid" } });
    });

    test("ssm and ecr keep what CDK's bootstrap puts there", async () => {
      const name = "/cdk-bootstrap/hnb659fds/version";
      await aws("ssm", "put-parameter", "--name", name, "--type", "String", "--value", "27");
      expect(await aws("ssm", "get-parameter", "--name", name, "--with-decryption")).toMatchObject({
        Parameter: { Value: "27", ARN: `arn:aws:ssm:${region}:${account}:parameter${name}` },
      });
      await aws("ecr", "create-repository", "--repository-name", "assets");
      expect(await aws("ecr", "describe-repositories", "--repository-names", "assets")).toMatchObject({
        repositories: [{ repositoryUri: `${account}.dkr.ecr.${region}.amazonaws.com/assets` }],
      });
    });

    test("ssm put-parameter keeps a secret, which is shown with decryption only", async () => {
      const name = "/app/secret";
      await aws("ssm", "put-parameter", "--name", name, "--type", "SecureString", "--value", "s3cr3t");
      const get = ["ssm", "get-parameter", "--name", name, "--query", "Parameter.Value"];
      expect(await aws(...get, "--with-decryption")).toBe("s3cr3t");
      const sealed = await aws<string>(...get);
      await writeFile(join(dev.project.folder, "sealed"), Buffer.from(sealed, "base64"));
      // AWS's own key is used through Systems Manager only.
      await expect(aws("kms", "decrypt", "--ciphertext-blob", "fileb://sealed")).rejects.toThrow(
        /\(AccessDeniedException\).* is not authorized to perform: kms:Decrypt/,
      );
    });

    test("logs put-retention-policy and filter patterns of every kind", async () => {
      const group = ["--log-group-name", "/aws/lambda/greeting"];
      await aws(
        "lambda",
        "invoke",
        "--function-name",
        "greeting",
        "--payload",
        '{"name":"Ada"}',
        "output.txt",
      );
      await aws("logs", "put-retention-policy", ...group, "--retention-in-days", "3");
      const prefix = ["--log-group-name-prefix", "/aws/lambda/greeting"];
      expect(
        await aws("logs", "describe-log-groups", ...prefix, "--query", "logGroups[].retentionInDays"),
      ).toEqual([3]);
      const found = (pattern: string) =>
        aws<string[]>(
          ...[
            "logs",
            "filter-log-events",
            ...group,
            "--filter-pattern",
            pattern,
            "--query",
            "events[].message",
          ],
        );
      for (const pattern of ["%greeting some(?:)?body%", "{ $.a", "a-b"]) {
        await expect(found(pattern)).rejects.toThrow("(InvalidParameterException)");
      }
      const line = expect.arrayContaining([expect.stringContaining("greeting somebody")]);
      expect(await found("%greeting [a-z]+body%")).toEqual(line);
      expect(await found("[time, id, level=INFO, word, name=some*]")).toEqual(line);
      expect(await found('{ $.level = "INFO" }')).toEqual([]);
    });
  },
);
