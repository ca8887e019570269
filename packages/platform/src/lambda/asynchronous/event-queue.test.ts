import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StateDatabase } from "../../state/database.ts";
import { isOwnerAlive } from "../../state/process-owner.ts";
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
test("a function's events are due from their acceptance on, the oldest first, until they begin", () => {
  const queue = new EventQueue(state, "a");
  const bodies = () => queue.due("A", 100, 10).map(({ payload }) => Buffer.from(payload).toString());
  queue.put({ ...event("B"), payload: Buffer.from("of another") }, 0);
  queue.put({ ...event("A"), payload: Buffer.from("second") }, 100);
  queue.put({ ...event("A"), payload: Buffer.from("first") }, 50);
  queue.put({ ...event("A"), payload: Buffer.from("later") }, 101);
  expect(queue.waiting()).toEqual(["A", "B"]);
  expect(bodies()).toEqual(["first", "second"]);
  queue.begin(queue.due("A", 100, 1)[0]?.id ?? 0);
  queue.begin(queue.due("B", 100, 1)[0]?.id ?? 0);
  expect(bodies()).toEqual(["second"]);
  expect(queue.waiting()).toEqual(["A"]);
  expect(queue.nextDueMs("A")).toBe(100);
  expect(queue.nextDueMs("B")).toBeUndefined();
});

test("what is left by an owner that is gone is adopted, begun or not, and only within its scope", () => {
  const left = new EventQueue(state, "a");
  left.put(event("A"), 0);
  left.put(event("B"), 0);
  left.begin(left.due("A", 0, 1)[0]?.id ?? 0);
  const next = new EventQueue(state, "a");
  expect(next.adopt()).toBe(0);
  left.close();
  expect(new EventQueue(state, "another template").adopt()).toBe(0);
  expect(next.adopt()).toBe(2);
  expect(next.due("A", 0, 10)).toMatchObject([{ requestId: "A", attempts: 1 }]);
  expect(next.due("B", 0, 10)).toMatchObject([{ requestId: "B", attempts: 0 }]);
  expect(new EventQueue(state, "a").adopt()).toBe(0);
});

test.each([
  { owner: "999999999 1 a", why: "whose process is gone" },
  { owner: `${process.pid} 0 a`, why: "whose process id has another process now" },
  { owner: "", why: "of no form" },
])("an owner $why is not alive", ({ owner }) => {
  expect(isOwnerAlive(owner)).toBe(false);
});
