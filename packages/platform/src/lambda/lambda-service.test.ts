import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awsLimits } from "../platform-limits.ts";
import { RuntimeFinder } from "./environment/index.ts";
import { FunctionFolder } from "./environment/testing/function-folder.ts";
import { Gate } from "./environment/testing/gate.ts";
import { rawRuntime } from "./environment/testing/raw-runtime.ts";
import { RecordingReceiver } from "./environment/testing/recording-receiver.ts";
import type { LambdaFunction } from "./lambda-function.ts";
import { LambdaService } from "./lambda-service.ts";

let folder: FunctionFolder;
let gate: Gate;

/** Streams its version in two pieces, with a gate between them that the event names. */
const streaming = (version: string) =>
  rawRuntime(`
    const out = stream(id);
    out.write(chunk("${version} "));
    await gate(JSON.parse(event.body));
    out.end(chunk("${version}") + "0\\r\\n\\r\\n");
    await answered(out);`);

beforeAll(async () => {
  gate = await Gate.open();
  folder = await FunctionFolder.create({
    "old/bootstrap": streaming("old"),
    "new/bootstrap": streaming("new"),
  });
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
});

function functionOf(name: string, version = "old"): LambdaFunction {
  return {
    name,
    version: "$LATEST",
    arn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
    logicalId: name,
    runtime: "provided.al2023",
    handler: "bootstrap",
    memoryMb: 128,
    timeoutSeconds: 10,
    architecture: "x86_64",
    environment: gate.variables,
    roleArn: undefined,
    logGroupName: `/aws/lambda/${name}`,
    logFormat: "Text",
    applicationLogLevel: undefined,
    codeFolder: `${folder.path}/${version}`,
    layersFolder: `${folder.path}/layers`,
    policies: [],
  };
}

class TestService implements AsyncDisposable {
  readonly service: LambdaService;

  constructor(concurrency: number) {
    this.service = new LambdaService({
      accountId: "123456789012",
      region: "us-east-1",
      credentials: { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret", sessionToken: "token" },
      additionalVariables: () => ({}),
      runtimes: new RuntimeFinder({ hostPath: process.env["PATH"] ?? "", warn: () => {}, searchFrom: [] }),
      idleMs: 60_000,
      freezes: true,
      limitsMemory: true,
      abortsOnDisconnect: false,
      limits: { ...awsLimits, accountConcurrency: concurrency },
      log: () => {},
      trace: () => {},
      warn: () => {},
    });
  }

  /** Invokes a function that will wait at a gate of that name. */
  async invoke(
    target: LambdaFunction,
    gateName: string,
  ): Promise<RecordingReceiver & { over: Promise<string> }> {
    const receiver = new RecordingReceiver();
    const { logTail } = await this.service.invoke(
      target,
      {
        requestId: randomUUID(),
        event: Buffer.from(JSON.stringify(gateName)),
        mode: "RESPONSE_STREAM",
        invokedFunctionArn: target.arn,
        traceId: "Root=1-00000000-000000000000000000000000",
      },
      receiver,
    );
    return Object.assign(receiver, { over: logTail });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service.close();
  }
}

describe("the account's concurrency", () => {
  test("is shared by all functions: one more invocation is refused, and taken again when there is room", async () => {
    await using service = new TestService(2);
    const [one, two] = [functionOf("one"), functionOf("two")];
    await service.service.put(one);
    await service.service.put(two);
    const first = await service.invoke(one, "first");
    const second = await service.invoke(two, "second");
    for (const target of [one, two]) {
      await expect(service.invoke(target, "third")).rejects.toMatchObject({
        code: "TooManyRequestsException",
        status: 429,
        message: "Rate Exceeded.",
        members: { Reason: "ConcurrentInvocationLimitExceeded", Type: "User" },
      });
    }
    await gate.pass("first");
    await first.over;
    const third = await service.invoke(two, "third");
    await gate.pass("third");
    await gate.pass("second");
    await Promise.all([second.over, third.over]);
    expect([first.text, second.text, third.text]).toEqual(["old old", "old old", "old old"]);
  });
});

describe("a function that changes", () => {
  test("finishes the streams in flight as it was, and takes what comes as it is", async () => {
    await using service = new TestService(10);
    const target = functionOf("one");
    await service.service.put(target);
    const before = await service.invoke(target, "before");
    await before.until(() => before.text === "old ");
    const replaced = service.service.put(functionOf("one", "new"));
    const after = await service.invoke(target, "after");
    await gate.pass("after");
    await after.over;
    expect(after.text).toBe("new new");
    await gate.pass("before");
    expect(await before.over).toMatch(/^START [\s\S]*REPORT /);
    expect(before.text).toBe("old old");
    expect(before.outcome).toEqual({ kind: "complete" });
    await replaced;
  });

  test("is gone once it is deleted, with what it does", async () => {
    await using service = new TestService(10);
    const target = functionOf("one");
    await service.service.put(target);
    const under = await service.invoke(target, "deleted");
    await under.until(() => under.text === "old ");
    await service.service.delete("one");
    expect(under.ended?.kind).toBe("streamError");
    expect(service.service.find("one")).toBeUndefined();
    await expect(service.invoke(target, "x")).rejects.toMatchObject({
      code: "ResourceNotFoundException",
      message: `Function not found: ${target.arn}`,
    });
  });
});
