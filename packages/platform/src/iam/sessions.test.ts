import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generateCredentials } from "../signature/index.ts";
import { StateDatabase } from "../state/database.ts";
import type { Role } from "./role.ts";
import { Sessions } from "./sessions.ts";

const role: Role = {
  arn: "arn:aws:iam::123456789012:role/path/worker",
  name: "worker",
  id: "AROAEXAMPLE",
  policies: [{ Statement: { Effect: "Allow", Action: "sqs:*", Resource: "*" } }],
  trustPolicy: undefined,
  maxSessionSeconds: 3600,
};
const hourMs = 3600_000;

let folder: string;
let roles: Role[];
let nowMs: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-sessions-"));
  roles = [role];
  nowMs = 1_800_000_000_500;
});
afterEach(() => rm(folder, { recursive: true }));

const administrator = generateCredentials("temporary");
function open() {
  const state = StateDatabase.open(folder, () => {});
  const sessions = new Sessions({
    state,
    accountId: "123456789012",
    administrator,
    findRole: (arn) => roles.find((candidate) => candidate.arn === arn),
    now: () => nowMs,
  });
  return { sessions, [Symbol.dispose]: () => state.close() };
}
function issueOne() {
  using opened = open();
  return opened.sessions.issue(opened.sessions.principalOf(role, "me"), 3600);
}

test("a session outlives the platform, until it expires", () => {
  const issued = issueOne();
  expect(issued.expiresAtMs).toBe(1_800_003_600_000);
  using again = open();
  expect(again.sessions.find(issued.accessKeyId)).toMatchObject({
    ...issued,
    caller: {
      arn: "arn:aws:sts::123456789012:assumed-role/worker/me",
      userId: "AROAEXAMPLE:me",
      policies: role.policies,
    },
  });
});

test("its rights are those that its role has now", () => {
  const { accessKeyId } = issueOne();
  roles = [{ ...role, policies: [] }];
  using again = open();
  expect(again.sessions.find(accessKeyId)?.caller.policies).toEqual([]);
});

test("it ends with its role", () => {
  const { accessKeyId } = issueOne();
  roles = [];
  using again = open();
  expect(again.sessions.find(accessKeyId)).toBeUndefined();
});

test("for a day it is known to have expired, and then forgotten", () => {
  const { accessKeyId, expiresAtMs } = issueOne();
  nowMs += 2 * hourMs;
  issueOne();
  using later = open();
  expect(later.sessions.find(accessKeyId)?.expiresAtMs).toBe(expiresAtMs);
  nowMs += 24 * hourMs;
  issueOne();
  expect(later.sessions.find(accessKeyId)).toBeUndefined();
});

test("a function gets the same credentials every time, and others in another role", () => {
  using opened = open();
  const { sessions } = opened;
  const first = sessions.ofFunction(role, "f");
  expect(sessions.ofFunction(role, "f")).toBe(first);
  expect(sessions.ofFunction({ ...role, arn: `${role.arn}2` }, "f")).not.toEqual(first);
  expect(sessions.ofFunction(role, "g")).not.toEqual(first);
  expect(sessions.find(first.accessKeyId)?.caller.arn).toBe(
    "arn:aws:sts::123456789012:assumed-role/worker/f",
  );
});
