import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StateDatabase } from "../../state/database.ts";
import { isOwnerAlive } from "./event-owner.ts";
import { EventQueue } from "./event-queue.ts";

let folder: string;
let state: StateDatabase;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "events-"));
  state = StateDatabase.open(folder, () => {});
});
afterEach(async () => {
  state.close();
  await rm(folder, { recursive: true });
});

const event = (functionName: string) => ({
  functionName,
  qualifier: undefined,
  invokedArn: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
  requestId: functionName,
  traceId: "Root=1",
  tenantId: undefined,
  payload: Buffer.from("{}"),
});
const names = (queue: EventQueue, except: readonly string[] = []) =>
  queue.due(100, except, 10).map(({ functionName }) => functionName);

test("an event is due from its acceptance on, unless it has begun or its function is left out", () => {
  const queue = new EventQueue(state, "a");
  queue.put(event("B"), 100);
  queue.put(event("A"), 50);
  queue.put(event("C"), 101);
  expect(names(queue)).toEqual(["A", "B"]);
  expect(names(queue, ["A"])).toEqual(["B"]);
  expect(queue.nextDueMs(["A", "B"])).toBe(101);
  const [first] = queue.due(100, [], 1);
  queue.begin(first?.id ?? 0);
  expect(names(queue)).toEqual(["B"]);
});

test("what is left by an owner that is gone is adopted, begun or not, and only within its scope", () => {
  const left = new EventQueue(state, "a");
  left.put(event("A"), 0);
  left.put(event("B"), 0);
  left.begin(left.due(0, [], 1)[0]?.id ?? 0);
  const next = new EventQueue(state, "a");
  expect(next.adopt()).toBe(0);
  left.close();
  expect(new EventQueue(state, "another template").adopt()).toBe(0);
  expect(next.adopt()).toBe(2);
  expect(next.due(0, [], 10).map(({ functionName, attempts }) => [functionName, attempts])).toEqual([
    ["A", 1],
    ["B", 0],
  ]);
  expect(new EventQueue(state, "a").adopt()).toBe(0);
});

test.each([
  { owner: "999999999 1 a", why: "whose process is gone" },
  { owner: `${process.pid} 0 a`, why: "whose process id has another process now" },
  { owner: "", why: "of no form" },
])("an owner $why is not alive", ({ owner }) => {
  expect(isOwnerAlive(owner)).toBe(false);
});
