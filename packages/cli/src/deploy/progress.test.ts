import type { StackEvent } from "@aws-sdk/client-cloudformation";
import { expect, test } from "vitest";
import type { Terminal } from "../command.ts";
import { DeploymentProgress } from "./progress.ts";
import { causesOf } from "./stack-events.ts";

const at = (LogicalResourceId: string, ResourceStatus: string, seconds: number, reason?: string) =>
  ({
    LogicalResourceId,
    ResourceStatus,
    ResourceType: LogicalResourceId.endsWith("Role") ? "AWS::IAM::Role" : "AWS::Lambda::Function",
    Timestamp: new Date(seconds * 1000),
    ResourceStatusReason: reason,
  }) as StackEvent;

const events = [
  at("HelloRole", "CREATE_IN_PROGRESS", 0),
  at("HelloRole", "CREATE_IN_PROGRESS", 1, "Resource creation Initiated"),
  at("HelloRole", "CREATE_COMPLETE", 2.5),
  at("Hello", "CREATE_IN_PROGRESS", 3),
  at("Other", "CREATE_FAILED", 3, "Resource creation cancelled"),
  at("Hello", "CREATE_FAILED", 4, "no code"),
];

function shown(isInteractive: boolean, told: readonly StackEvent[] = events): string {
  let text = "";
  const talk = (more: string) => {
    text += more;
  };
  const progress = new DeploymentProgress({ isInteractive, talk } as Terminal, ["Hello", "Other"], 3);
  for (const event of told) progress.add(event);
  return text;
}

test("in a terminal there is a tree: what SAM makes of a resource is below it", () => {
  // Each time it goes up to where it began, and clears what is below.
  const last = shown(true).split("\u001b[J").at(-1);
  expect(last).toBe(`  ✗ Hello  AWS::Lambda::Function  1.0 s  no code
  └ ✓ HelloRole  AWS::IAM::Role  2.5 s
  ✗ Other  AWS::Lambda::Function  0.0 s  Resource creation cancelled
  3 of 3
`);
});

test("elsewhere there is a line for each change of a status", () => {
  expect(shown(false).split("\n")).toEqual([
    "CREATE_IN_PROGRESS   HelloRole AWS::IAM::Role",
    "CREATE_COMPLETE      HelloRole AWS::IAM::Role",
    "CREATE_IN_PROGRESS   Hello AWS::Lambda::Function",
    "CREATE_FAILED        Other AWS::Lambda::Function: Resource creation cancelled",
    "CREATE_FAILED        Hello AWS::Lambda::Function: no code",
    "",
  ]);
});

test("what a resource is made without is told beside it", () => {
  expect(shown(false, [at("Guard", "CREATE_COMPLETE", 1, "A rule is not enforced here.")])).toBe(
    "CREATE_COMPLETE      Guard AWS::Lambda::Function: A rule is not enforced here.\n",
  );
});

test("the cause is what failed by itself, not what was given up for it", () => {
  expect(causesOf(events)).toEqual(["Hello (AWS::Lambda::Function): no code"]);
});
