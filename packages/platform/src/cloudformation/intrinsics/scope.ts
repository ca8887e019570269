import type { Value, ValueMap } from "../value.ts";

/** What is the same everywhere in a stack. */
export interface StackIdentity {
  readonly stackName: string;
  readonly stackId: string;
  readonly region: string;
  readonly accountId: string;
  readonly partition: string;
  readonly notificationArns?: readonly string[];
}

/** What can be known of a stack before any of its resources exists. */
export interface StackScope {
  /** Template parameters, by name. Numbers are strings, as `Ref` gives them; lists are lists. */
  readonly parameters: ReadonlyMap<string, Value>;
  readonly pseudoParameters: ReadonlyMap<string, Value>;
  readonly mappings: ValueMap;
  readonly conditions: ReadonlyMap<string, boolean>;
  /** The value that another stack exports under a name, or `undefined` if none does. */
  readonly importValue: (name: string) => Value | undefined;
  readonly availabilityZones: (region: string) => readonly string[];
}

/**
 * The pseudo parameters that have a value; `AWS::NoValue` is none of them.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
 */
export function pseudoParameters(stack: StackIdentity): Map<string, Value> {
  return new Map<string, Value>([
    ["AWS::AccountId", stack.accountId],
    ["AWS::NotificationARNs", [...(stack.notificationArns ?? [])]],
    ["AWS::Partition", stack.partition],
    ["AWS::Region", stack.region],
    ["AWS::StackId", stack.stackId],
    ["AWS::StackName", stack.stackName],
    ["AWS::URLSuffix", stack.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"],
  ]);
}

/** The first three zones of a region, which is as many as every region has. */
export function firstZones(region: string): readonly string[] {
  return ["a", "b", "c"].map((letter) => region + letter);
}
