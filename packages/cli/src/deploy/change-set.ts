import { setTimeout as wait } from "node:timers/promises";
import {
  type Change,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  type DescribeChangeSetCommandOutput,
  DescribeStacksCommand,
  type Stack,
} from "@aws-sdk/client-cloudformation";
import { CommandError } from "../command.ts";
import { type Aws, asked } from "./aws.ts";

/** What is asked of CloudFormation. */
export interface ChangeSetRequest {
  readonly stackName: string;
  /** The template's text, or where it is if that is too long. */
  readonly template: { readonly TemplateBody: string } | { readonly TemplateURL: string };
  /** Names of the template's parameters. */
  readonly declared: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
}

/** Changes that CloudFormation would make. */
export interface ChangeSet {
  readonly id: string;
  readonly stackId: string;
  /** Whether the stack is to be made. */
  readonly isNew: boolean;
  /** Whether the stack is there, without anything in it, for the change set alone. */
  readonly isForItAlone: boolean;
  /** Nothing where there is nothing to change. */
  readonly changes: readonly Change[];
}

const noChange = /didn't contain changes|No updates are to be performed/;

/** A stack by its name or id; nothing if there is none. */
export async function findStack({ cloudFormation }: Aws, StackName: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    return Stacks?.[0];
  } catch (error) {
    if (error instanceof Error && / does not exist/.test(error.message)) return undefined;
    return asked(Promise.reject(error));
  }
}

/**
 * Asks CloudFormation what it would change, and waits for its answer.
 * @throws {CommandError} if it refuses.
 */
export async function createChangeSet(aws: Aws, request: ChangeSetRequest): Promise<ChangeSet> {
  const { stackName, template, capabilities } = request;
  const stack = await findStack(aws, stackName);
  const isNew = stack === undefined || stack.StackStatus === "REVIEW_IN_PROGRESS";
  if (!isNew) requireUpdatable(stack);
  const ChangeSetName = `sluice-${Date.now()}`;
  const asking = askedWithAdvice(
    aws.cloudFormation.send(
      new CreateChangeSetCommand({
        StackName: stackName,
        ChangeSetName,
        ChangeSetType: isNew ? "CREATE" : "UPDATE",
        ...template,
        Parameters: parametersOf(request, isNew ? undefined : stack),
        Capabilities: [...capabilities] as never,
        Description: "Made by sluice deploy",
      }),
    ),
  );
  const answer = await asking.catch((error: unknown) => {
    // AWS says so of the change set; others refuse to make one.
    if (error instanceof CommandError && noChange.test(error.message)) return undefined;
    throw error;
  });
  if (answer === undefined) {
    return { id: "", stackId: stack?.StackId ?? "", isNew, isForItAlone: false, changes: [] };
  }
  const { Id: id = "", StackId: stackId = "" } = answer;
  const { Status, StatusReason = "", Changes = [] } = await settled(aws, id, stackName);
  const made = { id, stackId, isNew, isForItAlone: stack === undefined };
  if (Status !== "FAILED") return { ...made, changes: Changes };
  await discardChangeSet(aws, { ...made, changes: [] });
  if (noChange.test(StatusReason)) return { ...made, changes: [] };
  throw new CommandError(`CloudFormation can't take the template: ${StatusReason}`);
}

/** Forgets a change set that is not to be executed, and the stack that was there for it alone. */
export async function discardChangeSet({ cloudFormation }: Aws, changeSet: ChangeSet): Promise<void> {
  const { id: ChangeSetName, stackId: StackName, isForItAlone } = changeSet;
  await asked(cloudFormation.send(new DeleteChangeSetCommand({ ChangeSetName })));
  if (isForItAlone) await asked(cloudFormation.send(new DeleteStackCommand({ StackName })));
}

/** Waits until it is made or has failed, with all its changes. */
async function settled(
  { cloudFormation }: Aws,
  ChangeSetName: string,
  StackName: string,
): Promise<DescribeChangeSetCommandOutput> {
  for (let pauseMs = 200; ; pauseMs = Math.min(pauseMs * 1.5, 3000)) {
    const first = await asked(
      cloudFormation.send(new DescribeChangeSetCommand({ ChangeSetName, StackName })),
    );
    if (first.Status === "CREATE_PENDING" || first.Status === "CREATE_IN_PROGRESS") {
      await wait(pauseMs);
      continue;
    }
    const changes = [...(first.Changes ?? [])];
    let { NextToken } = first;
    while (NextToken !== undefined) {
      const page = await asked(
        cloudFormation.send(new DescribeChangeSetCommand({ ChangeSetName, StackName, NextToken })),
      );
      changes.push(...(page.Changes ?? []));
      NextToken = page.NextToken;
    }
    return { ...first, Changes: changes };
  }
}

/** What is not given stays as the stack has it. */
function parametersOf({ declared, parameters }: ChangeSetRequest, stack: Stack | undefined) {
  const given = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
  }));
  const kept = (stack?.Parameters ?? []).flatMap(({ ParameterKey = "" }) =>
    declared.includes(ParameterKey) && !Object.hasOwn(parameters, ParameterKey)
      ? [{ ParameterKey, UsePreviousValue: true }]
      : [],
  );
  return [...given, ...kept];
}

function requireUpdatable({ StackName, StackStatus }: Stack): void {
  if (["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"].includes(StackStatus ?? "")) {
    throw new CommandError(
      `the stack ${StackName} is in ${StackStatus}, what a failure left, and CloudFormation updates nothing there. Remove it with sluice delete --stack-name ${StackName}, and deploy again.`,
    );
  }
  if (StackStatus?.endsWith("_IN_PROGRESS")) {
    throw new CommandError(
      `the stack ${StackName} is in ${StackStatus}: somebody is at work on it. Wait for that to end.`,
    );
  }
}

async function askedWithAdvice<T>(answer: Promise<T>): Promise<T> {
  try {
    return await asked(answer);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const [, needed] = /InsufficientCapabilities.*?(CAPABILITY_\w+)/s.exec(error.message) ?? [];
    if (needed === undefined) throw error;
    throw new CommandError(
      `${error.message}\nThe template makes roles or policies with names of its own choice, or uses macros. If it may, add --capability ${needed}.`,
    );
  }
}
