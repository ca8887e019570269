import {
  DeleteStackCommand,
  ListStackResourcesCommand,
  type StackEvent,
} from "@aws-sdk/client-cloudformation";
import { CommandError, type CommandInput, type Terminal, textOption, UsageError } from "../command.ts";
import { ArtifactStore } from "./artifact-store.ts";
import { Aws, asked } from "./aws.ts";
import { awsChoice } from "./aws-options.ts";
import { findStack } from "./change-set.ts";
import { isYes } from "./deployment.ts";
import { DeploymentProgress } from "./progress.ts";
import { readSettings, withOptions } from "./settings.ts";
import { causesOf, StackEvents } from "./stack-events.ts";

/** Runs `sluice delete`. @returns its exit code. @throws {CommandError} telling what could not be removed. */
export async function runRemoval(input: CommandInput, terminal: Terminal): Promise<number> {
  if (input.positionals.length > 0) throw new UsageError("name the stack with --stack-name.");
  const settings = withOptions(await readSettings(terminal.folder), input);
  const stackName = textOption(input, "stack-name") ?? settings.stackName;
  if (stackName === undefined) throw new UsageError("--stack-name is missing.");
  if (input.values["yes"] !== true && terminal.ask === undefined)
    throw new UsageError("there is no terminal to ask in: say --yes.");

  using aws = await Aws.open(awsChoice(input, settings));
  const store = new ArtifactStore(aws, stackName, settings.bucket);
  const stack = await findStack(aws, stackName);
  const keys = await store.list();
  if (stack === undefined && keys.length === 0) {
    terminal.talk(`There is no stack ${stackName} in ${aws.description}.\n`);
    return 0;
  }
  const resources = stack === undefined ? [] : await resourcesOf(aws, stackName);
  terminal.talk(`From ${aws.description}, this goes:\n`);
  for (const { id, type } of resources) terminal.talk(`  - ${id}  ${type}\n`);
  if (keys.length > 0) terminal.talk(`  - ${keys.length} uploaded in ${store.bucket}\n`);
  if (input.values["yes"] !== true && !isYes(await terminal.ask?.(`Delete ${stackName}? [y/N] `))) {
    terminal.talk("Nothing was deleted.\n");
    return 1;
  }
  if (stack !== undefined) {
    const StackName = stack.StackId ?? stackName;
    const events = await StackEvents.begin(aws, StackName);
    await asked(aws.cloudFormation.send(new DeleteStackCommand({ StackName })));
    const progress = new DeploymentProgress(terminal, [], resources.length);
    const all: StackEvent[] = [];
    const status = await events.follow((event) => {
      all.push(event);
      progress.add(event);
    });
    if (status !== "DELETE_COMPLETE") {
      const causes = causesOf(all).map((cause) => `\n  ${cause}`);
      throw new CommandError(`the stack ${stackName} is in ${status}.${causes.join("")}`);
    }
  }
  await store.remove(keys);
  terminal.talk(`${stackName} is gone.\n`);
  return 0;
}

async function resourcesOf(aws: Aws, StackName: string): Promise<{ id: string; type: string }[]> {
  const found: { id: string; type: string }[] = [];
  let NextToken: string | undefined;
  do {
    const page = await asked(
      aws.cloudFormation.send(new ListStackResourcesCommand({ StackName, NextToken })),
    );
    for (const {
      LogicalResourceId: id = "",
      ResourceType: type = "",
      ResourceStatus,
    } of page.StackResourceSummaries ?? [])
      if (ResourceStatus !== "DELETE_COMPLETE") found.push({ id, type });
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}
