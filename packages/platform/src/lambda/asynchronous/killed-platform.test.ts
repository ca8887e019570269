import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { scripted, scriptedBootstrap } from "../../../test/test-platform.ts";
import { Condition } from "../environment/testing/condition.ts";
import { FunctionFolder } from "../environment/testing/function-folder.ts";
import { Gate } from "../environment/testing/gate.ts";

/** What the process says. */
interface Message {
  readonly kind: string;
  readonly message?: string;
  readonly port?: number;
  readonly credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
}

const platformProcess = fileURLToPath(new URL("../../../test/platform-process.ts", import.meta.url));
const sourceHooks = fileURLToPath(new URL("../../../test/source-hooks.ts", import.meta.url));
const records = { Type: "SQS", Destination: { "Fn::GetAtt": ["Records", "Arn"] } };

/** A platform that runs in a process of its own, on a state that outlives it. */
class PlatformProcess implements AsyncDisposable {
  readonly messages: Message[] = [];
  readonly #child: ChildProcess;
  readonly #condition = new Condition();
  #lambda: LambdaClient | undefined;
  #sqs: SQSClient | undefined;
  #url = "";

  private constructor(folder: string, aheadMs: number) {
    const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") };
    const options = { execArgv: ["--import", sourceHooks], env };
    const args = [join(folder, "template.json"), join(folder, "state"), String(aheadMs)];
    this.#child = fork(platformProcess, args, options);
    this.#child.on("message", (message) => {
      this.messages.push(message as Message);
      this.#condition.notify();
    });
  }

  static async start(folder: string, aheadMs = 0): Promise<PlatformProcess> {
    const platform = new PlatformProcess(folder, aheadMs);
    const { port, credentials } = await platform.told(({ kind }) => kind === "listening");
    platform.#url = `http://127.0.0.1:${port}`;
    const config = { region: "us-east-1", endpoint: platform.#url, maxAttempts: 1 };
    platform.#lambda = new LambdaClient({ ...config, ...(credentials && { credentials }) });
    platform.#sqs = new SQSClient({ ...config, ...(credentials && { credentials }) });
    return platform;
  }

  /** Resolves once the platform has said something of that kind. */
  told(matches: (message: Message) => boolean): Promise<Message> {
    return this.#condition.until(() => this.messages.find(matches));
  }

  /** Sends an event. @returns its request id once it is accepted. */
  async accept(script: string): Promise<string> {
    const Payload = JSON.stringify({ script });
    const command = new InvokeCommand({ FunctionName: "F", InvocationType: "Event", Payload });
    const { StatusCode, $metadata } = (await this.#lambda?.send(command)) ?? {};
    expect(StatusCode).toBe(202);
    return $metadata?.requestId ?? "";
  }

  /** Takes records from the destination until there is one of each request. @returns attempts by request. */
  async attempts(requestIds: readonly string[]): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    const QueueUrl = `${this.#url}/123456789012/Records`;
    while (requestIds.some((id) => !found.has(id))) {
      const receive = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: 10 });
      for (const { Body = "", ReceiptHandle } of (await this.#sqs?.send(receive))?.Messages ?? []) {
        const { requestContext } = JSON.parse(Body) as {
          requestContext: { requestId: string; approximateInvokeCount: number };
        };
        found.set(requestContext.requestId, requestContext.approximateInvokeCount);
        await this.#sqs?.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
    return found;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lambda?.destroy();
    this.#sqs?.destroy();
    await this.kill();
    expect(this.messages.filter(({ kind }) => kind === "bug")).toEqual([]);
  }
}

async function createFolder(gate: Gate): Promise<FunctionFolder> {
  const folder = await FunctionFolder.create({ "scripted/bootstrap": scriptedBootstrap });
  const template = {
    Transform: "AWS::Serverless-2016-10-31",
    Globals: { Function: { Timeout: 10, Environment: { Variables: gate.variables } } },
    Resources: {
      Records: { Type: "AWS::SQS::Queue" },
      F: scripted({ EventInvokeConfig: { DestinationConfig: { OnSuccess: records, OnFailure: records } } }),
    },
  };
  await writeFile(join(folder.path, "template.json"), JSON.stringify(template));
  return folder;
}

test("kill -9 loses no event that was accepted, be it queued, in delivery or in retry", async () => {
  await using gate = await Gate.open();
  await using folder = await createFolder(gate);
  const mended = join(folder.path, "mended");
  const atGate = (name: string) => `await gate("${name}"); await respond(id, "1")`;
  const names = Array.from({ length: 10 }, (_, index) => `gate-${index}`);

  await using first = await PlatformProcess.start(folder.path);
  const inRetry = await first.accept(
    `if (require("node:fs").existsSync(${JSON.stringify(mended)})) await respond(id, "1"); else await fail(id, "{}")`,
  );
  await first.told(({ message = "" }) => message.includes("is tried again in 60 s"));
  const inDelivery = await Promise.all(names.map((name) => first.accept(atGate(name))));
  await Promise.all(names.map((name) => gate.arrived(name)));
  // There are ten deliveries of a function at most.
  const queued = await first.accept(atGate("queued"));
  await first.kill();
  await gate.deserted();

  await writeFile(mended, "");
  await using second = await PlatformProcess.start(folder.path, 60_000);
  await Promise.all([...names, "queued"].map((name) => gate.pass(name)));
  const attempts = await second.attempts([inRetry, queued, ...inDelivery]);
  expect(Object.fromEntries(attempts)).toEqual({
    [inRetry]: 2,
    [queued]: 1,
    ...Object.fromEntries(inDelivery.map((id) => [id, 2])),
  });
  expect(second.messages).toContainEqual({
    kind: "warning",
    message:
      "12 events of asynchronous invocations are left from an earlier run, and are delivered when due.",
  });

  // Whatever has become of these by then.
  const accepted: string[] = [];
  for (let sent = 0; sent < 12; sent += 1) accepted.push(await second.accept(`await respond(id, "1")`));
  await second.kill();
  await using third = await PlatformProcess.start(folder.path, 60_000);
  expect([...(await third.attempts(accepted)).keys()].sort()).toEqual(accepted.sort());
}, 60_000);
