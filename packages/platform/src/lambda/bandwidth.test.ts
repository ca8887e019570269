import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { awsLimits } from "../platform-limits.ts";
import { RuntimeFinder } from "./environment/index.ts";
import { FunctionFolder } from "./environment/testing/function-folder.ts";
import { Gate } from "./environment/testing/gate.ts";
import { ManualClock } from "./environment/testing/manual-clock.ts";
import { rawRuntime } from "./environment/testing/raw-runtime.ts";
import { RecordingReceiver } from "./environment/testing/recording-receiver.ts";
import { LambdaService } from "./lambda-service.ts";

const mb = 1024 * 1024;

/** Writes 24 MB, no faster than they are taken, and then stands before a gate. */
const bootstrap = rawRuntime(`
  const out = stream(id);
  const piece = Buffer.alloc(64 * 1024);
  for (let count = 0; count < 24 * 16; count++) {
    out.write("10000\\r\\n");
    out.write(piece);
    if (!out.write("\\r\\n")) await new Promise((resolve) => out.once("drain", resolve));
  }
  await gate("written");
  out.end("0\\r\\n\\r\\n");
  await answered(out);`);

test("a function's writes wait while its stream may not go on", async () => {
  await using gate = await Gate.open();
  await using folder = await FunctionFolder.create({ "code/bootstrap": bootstrap });
  const clock = new ManualClock();
  const service = new LambdaService({
    credentials: () => ({ accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret", sessionToken: "token" }),
    additionalVariables: () => ({}),
    runtimes: new RuntimeFinder({ hostPath: process.env["PATH"] ?? "", warn: () => {}, searchFrom: [] }),
    idleMs: 60_000,
    freezes: false,
    limitsMemory: false,
    abortsOnDisconnect: false,
    limits: { ...awsLimits, enforcesTimeouts: false },
    clock,
    log: () => {},
    trace: () => {},
    warn: () => {},
  });
  await using _ = { [Symbol.asyncDispose]: () => service.close() };
  await service.put({
    name: "big",
    version: "$LATEST",
    arn: "arn:aws:lambda:us-east-1:123456789012:function:big",
    logicalId: "Big",
    runtime: "provided.al2023",
    handler: "bootstrap",
    memoryMb: 128,
    timeoutSeconds: 10,
    architecture: "x86_64",
    environment: gate.variables,
    roleArn: undefined,
    logGroupName: "/aws/lambda/big",
    logFormat: "Text",
    applicationLogLevel: undefined,
    codeFolder: `${folder.path}/code`,
    layersFolder: `${folder.path}/layers`,
    policies: [],
  });
  const target = service.find("big");
  if (target === undefined) throw new Error("There is no function.");
  const receiver = new RecordingReceiver();
  const call = {
    requestId: randomUUID(),
    event: Buffer.from("{}"),
    mode: "RESPONSE_STREAM" as const,
    invokedFunctionArn: target.arn,
    traceId: "Root=1-00000000-000000000000000000000000",
  };
  const { logTail } = await service.invoke(target, call, receiver);
  await receiver.until(() => receiver.bytes === 6 * mb);

  let isWritten = false;
  const written = gate.arrived("written").then(() => {
    isWritten = true;
  });
  while (!isWritten) {
    clock.advance(125);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await written;
  // What is not there yet fits into the buffers of a connection.
  expect(receiver.bytes).toBeGreaterThan(14 * mb);
  await gate.pass("written");
  while (receiver.ended === undefined) {
    clock.advance(125);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await logTail;
  expect(receiver).toMatchObject({ bytes: 24 * mb, ended: { kind: "complete" } });
});
