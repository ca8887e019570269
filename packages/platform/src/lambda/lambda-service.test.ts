import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awsLimits } from "../platform-limits.ts";
import { RuntimeFinder } from "./environment/index.ts";
import { FunctionFolder } from "./environment/testing/function-folder.ts";
import { Gate } from "./environment/testing/gate.ts";
import { ManualClock } from "./environment/testing/manual-clock.ts";
import { rawRuntime } from "./environment/testing/raw-runtime.ts";
import { RecordingReceiver } from "./environment/testing/recording-receiver.ts";
import { type LambdaFunction, nothingPublished } from "./lambda-function.ts";
import { LambdaService, type LambdaServiceOptions } from "./lambda-service.ts";

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
    "instant/bootstrap": rawRuntime(`await respond(id, "")`),
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

  constructor(concurrency: number, parts: Partial<LambdaServiceOptions> = {}) {
    this.service = new LambdaService({
      credentials: () => ({ accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret", sessionToken: "token" }),
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
      ...parts,
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
    return Object.assign(receiver, { over: logTail.then((log) => log.text()) });
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
      await expect(service.invoke(target, "third")).rejects.toMatchObject(
        throttled("ConcurrentInvocationLimitExceeded"),
      );
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

/** What a caller is told who comes when there is no room. */
function throttled(Reason: string) {
  return {
    code: "TooManyRequestsException",
    status: 429,
    message: "Rate Exceeded.",
    members: { Reason, Type: "User" },
  };
}

describe("reserved concurrency", () => {
  test("is a function's own: all its versions share it, and nobody else has it", async () => {
    await using service = new TestService(2);
    const [one, two] = [{ ...functionOf("one"), reservedConcurrency: 1 }, functionOf("two")];
    await service.service.put(one, { ...nothingPublished, versions: [{ ...one, version: "1" }] });
    await service.service.put(two);
    const first = await service.invoke({ ...one, version: "1" }, "first");
    await expect(service.invoke(one, "x")).rejects.toMatchObject(
      throttled("ReservedFunctionConcurrentInvocationLimitExceeded"),
    );
    const second = await service.invoke(two, "second");
    await expect(service.invoke(two, "x")).rejects.toMatchObject(
      throttled("ConcurrentInvocationLimitExceeded"),
    );
    await gate.pass("first");
    await gate.pass("second");
    await Promise.all([first.over, second.over]);
  });

  test("of 0 turns a function off", async () => {
    await using service = new TestService(10);
    const off = { ...functionOf("off"), reservedConcurrency: 0 };
    await service.service.put(off);
    await expect(service.invoke(off, "x")).rejects.toMatchObject(
      throttled("ReservedFunctionConcurrentInvocationLimitExceeded"),
    );
  });
});

describe("provisioned concurrency", () => {
  test.each([
    { of: "a version", qualifier: "1" },
    { of: "its alias", qualifier: "live" },
  ])(
    "of $of is taken from what the function reserves: other versions don't have it",
    async ({ qualifier }) => {
      await using service = new TestService(10);
      const latest = { ...functionOf("one"), reservedConcurrency: 1 };
      const version = { ...latest, version: "1" };
      await service.service.put(latest, {
        ...nothingPublished,
        versions: [version],
        aliases: [{ name: "live", version: "1" }],
        provisioned: new Map([[qualifier, 1]]),
      });
      await expect(service.invoke(latest, "x")).rejects.toMatchObject(
        throttled("ReservedFunctionConcurrentInvocationLimitExceeded"),
      );
      const running = await service.invoke(version, "provisioned");
      await gate.pass("provisioned");
      await running.over;
      expect(running.text).toBe("old old");
    },
  );
});

describe("the rate of invocations", () => {
  /** Nobody has to wait for these. */
  const instant = (name: string) => ({ ...functionOf(name), codeFolder: `${folder.path}/instant` });

  test.each([
    { reservedConcurrency: undefined, concurrency: 1, reason: "FunctionInvocationRateLimitExceeded" },
    { reservedConcurrency: 1, concurrency: 2, reason: "ReservedFunctionInvocationRateLimitExceeded" },
  ])("is ten a second for each that may run at once: $reason", async ({ concurrency, reason, ...own }) => {
    const clock = new ManualClock();
    await using service = new TestService(concurrency, { clock });
    const target = { ...instant("one"), ...own };
    await service.service.put(target);
    for (let count = 0; count < 10; count++) await (await service.invoke(target, "")).over;
    await expect(service.invoke(target, "")).rejects.toMatchObject(throttled(reason));
    clock.advance(100);
    await (await service.invoke(target, "")).over;
  });
});

describe("an alias of two versions", () => {
  test("gives the second its share of the invocations, and the first the rest", async () => {
    const chances = [0, 0.29, 0.3, 0.99];
    await using service = new TestService(10, { random: () => chances.shift() ?? 0 });
    const target = functionOf("one");
    await service.service.put(target, {
      ...nothingPublished,
      versions: [
        { ...target, version: "1" },
        { ...target, version: "2" },
      ],
      aliases: [{ name: "live", version: "1", additional: { version: "2", weight: 0.3 } }],
    });
    const runs = [0, 1, 2, 3].map(() => service.service.find("one", "live")?.version);
    expect(runs).toEqual(["2", "2", "1", "1"]);
  });
});

describe("a version that is published no more", () => {
  test("finishes its streams, and is not found any more", async () => {
    await using service = new TestService(10);
    const target = functionOf("one", "new");
    const version = { ...functionOf("one", "old"), version: "1" };
    await service.service.put(target, { ...nothingPublished, versions: [version] });
    const before = await service.invoke(version, "retired");
    await before.until(() => before.text === "old ");
    const replaced = service.service.put(target);
    expect(service.service.find("one", "1")).toBeUndefined();
    await gate.pass("retired");
    await before.over;
    expect(before.text).toBe("old old");
    await replaced;
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

  test("is gone once it is deleted, and finishes the streams in flight", async () => {
    await using service = new TestService(10);
    const target = functionOf("one");
    await service.service.put(target);
    const under = await service.invoke(target, "deleted");
    await under.until(() => under.text === "old ");
    const deleted = service.service.delete("one");
    expect(service.service.find("one")).toBeUndefined();
    await expect(service.invoke(target, "x")).rejects.toMatchObject({
      code: "ResourceNotFoundException",
      message: `Function not found: ${target.arn}`,
    });
    await gate.pass("deleted");
    await deleted;
    expect(under.text).toBe("old old");
    expect(under.outcome).toEqual({ kind: "complete" });
  });

  test("that was deleted ends with the service", async () => {
    const service = new TestService(10);
    const target = functionOf("one");
    await service.service.put(target);
    const under = await service.invoke(target, "never");
    await under.until(() => under.text === "old ");
    const deleted = service.service.delete("one");
    await service.service.close();
    await deleted;
    expect(under.ended?.kind).toBe("streamError");
  });
});
