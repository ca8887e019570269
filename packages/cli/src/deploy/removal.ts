import { DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import { CommandError, type CommandInput, type Terminal, textOption, UsageError } from "../command.ts";
import { ArtifactStore } from "./artifact-store.ts";
import { Aws, asked } from "./aws.ts";
import { awsChoice } from "./aws-options.ts";
import { findStack } from "./change-set.ts";
import { isYes } from "./deployment.ts";
import { DeploymentProgress } from "./progress.ts";
import { readSettings, withOptions } from "./settings.ts";
import { StackEvents } from "./stack-events.ts";
import { stackResources } from "./stack-resources.ts";

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
  const all = stack === undefined ? [] : await stackResources(aws, stackName);
  const resources = all.filter(({ ResourceStatus }) => ResourceStatus !== "DELETE_COMPLETE");
  terminal.talk(`From ${aws.description}, this goes:\n`);
  for (const { LogicalResourceId, ResourceType } of resources)
    terminal.talk(`  - ${LogicalResourceId}  ${ResourceType}\n`);
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
    const { status, causes } = await events.follow((event) => progress.add(event));
    if (status !== "DELETE_COMPLETE") {
      const lines = causes.map((cause) => `\n  ${cause}`);
      throw new CommandError(`the stack ${stackName} is in ${status}.${lines.join("")}`);
    }
  }
  await store.remove(keys);
  terminal.talk(`${stackName} is gone.\n`);
  return 0;
}
