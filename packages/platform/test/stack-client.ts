import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  type Stack,
  type StackEvent,
} from "@aws-sdk/client-cloudformation";
import type { Platform } from "../src/platform.ts";

/** An unmodified SDK client of CloudFormation. */
export function stackClient({ clientConfig }: Pick<Platform, "clientConfig">): CloudFormationClient {
  return new CloudFormationClient({ ...clientConfig, maxAttempts: 1 });
}

/** A stack, once no operation on it is under way. */
export async function describeStack(client: CloudFormationClient, StackName: string): Promise<Stack> {
  for (;;) {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const [stack] = Stacks;
    if (stack === undefined) throw new Error(`There is no stack ${StackName}.`);
    const isBusy = stack.StackStatus?.endsWith("_IN_PROGRESS") && stack.StackStatus !== "REVIEW_IN_PROGRESS";
    if (!isBusy) return stack;
  }
}

/** Deploys a template as `sam deploy` does: a change set, looked at and executed. */
export async function deployStack(
  client: CloudFormationClient,
  StackName: string,
  template: object,
  options: Partial<ConstructorParameters<typeof CreateChangeSetCommand>[0]> = {},
): Promise<Stack> {
  const { Id: ChangeSetName } = await client.send(
    new CreateChangeSetCommand({
      StackName,
      ChangeSetName: `change-${++changeSets}`,
      ChangeSetType: "CREATE",
      TemplateBody: JSON.stringify(template),
      Capabilities: ["CAPABILITY_IAM"],
      ...options,
    }),
  );
  await client.send(new ExecuteChangeSetCommand({ ChangeSetName }));
  return describeStack(client, StackName);
}
let changeSets = 0;

/** Creates a stack in one request, without a change set. */
export async function createStack(
  client: CloudFormationClient,
  StackName: string,
  template: object,
): Promise<void> {
  await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }));
}

/** Everything that happened to a stack, the oldest first: what it was about, what became of it, and why. */
export async function stackEvents(client: CloudFormationClient, StackName: string): Promise<StackEvent[]> {
  const events: StackEvent[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new DescribeStackEventsCommand({ StackName, NextToken }));
    events.push(...(page.StackEvents ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return events.reverse();
}

/** The same in short: `LogicalId STATUS`. */
export async function stackHistory(client: CloudFormationClient, StackName: string): Promise<string[]> {
  const events = await stackEvents(client, StackName);
  return events.map(({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`);
}
