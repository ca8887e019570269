import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readQueueAttributes, SqsService } from "../../sqs/index.ts";
import { StateDatabase } from "../../state/database.ts";
import { Condition } from "../environment/testing/condition.ts";
import { ManualClock } from "../environment/testing/manual-clock.ts";
import type { InvokeFunction } from "../invocation-call.ts";
import type { LambdaFunction } from "../lambda-function.ts";
import { LogTail } from "../log-tail.ts";
import { AsynchronousInvoker } from "./asynchronous-invoker.ts";
import { standardEventInvokeConfig } from "./event-invoke-config.ts";
import { EventQueue } from "./event-queue.ts";

const records = "arn:aws:sqs:us-east-1:123456789012:Records";
const target = { name: "F", version: "$LATEST", roleArn: undefined } as unknown as LambdaFunction;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "full-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test("a state that can't be written refuses events, and keeps an outcome until it can be", async () => {
  using state = StateDatabase.open(folder, () => {});
  const pages = (most: number) => state.database.exec(`PRAGMA max_page_count = ${most}`);
  const clock = new ManualClock();
  const changed = new Condition();
  const warnings: string[] = [];
  const sqs = new SqsService({ accountId: "123456789012", region: "us-east-1", state, clock });
  const queue = {
    name: "Records",
    arn: records,
    createdMs: 0,
    attributes: readQueueAttributes({}),
    policies: [],
  };
  sqs.replaceStackQueues([queue]);
  const invoke: InvokeFunction = async (_target, _call, receiver) => {
    // The disk is full when the function's response comes.
    pages(1);
    receiver.chunk(Buffer.from(JSON.stringify("x".repeat(500_000))));
    receiver.end({ kind: "complete" });
    return { ended: Promise.resolve(), logTail: Promise.resolve(new LogTail()) };
  };
  const invoker = new AsynchronousInvoker({
    accountId: "123456789012",
    isUnsigned: false,
    clock,
    queue: new EventQueue(state, "template"),
    transaction: (work) => state.transaction(work, 1000),
    sqs,
    find: () => target,
    invoke,
    config: () => ({ ...standardEventInvokeConfig, onSuccess: records }),
    rolePolicies: () => undefined,
    note: () => {},
    warn: (message) => {
      warnings.push(message);
      changed.notify();
    },
    report: (error) => {
      throw error;
    },
  });
  const event = (requestId: string) => ({
    functionName: "F",
    qualifier: undefined,
    invokedArn: "arn:aws:lambda:us-east-1:123456789012:function:F",
    requestId,
    traceId: "Root=1",
    tenantId: undefined,
    payload: Buffer.from(JSON.stringify("y".repeat(500_000))),
  });

  invoker.start();
  invoker.accept(event("accepted"));
  await changed.until(() => warnings.length > 0);
  expect(() => invoker.accept(event("refused"))).toThrow("database or disk is full");
  pages(1_000_000);
  await clock.timer(1000);
  const received = sqs.receive(queue, { most: 10, waitSeconds: 20 }, new AbortController().signal);
  clock.advance(1000);
  const bodies = (await received).map(({ body }) => JSON.parse(body) as object);
  expect(bodies).toMatchObject([{ requestContext: { requestId: "accepted", condition: "Success" } }]);
  expect(warnings).toEqual([
    "Events can't be written to the state: database or disk is full. They wait until they can.",
    "Events are written to the state again.",
  ]);
  expect(state.database.prepare("SELECT * FROM asynchronous_event").all()).toEqual([]);
  invoker.close();
  sqs.close();
});
