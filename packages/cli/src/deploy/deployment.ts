import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { type Change, ExecuteChangeSetCommand } from "@aws-sdk/client-cloudformation";
import { CommandError, type CommandInput, type Terminal, UsageError } from "../command.ts";
import { archiveTemplate } from "../commands/archive.ts";
import { templatePath } from "../template-path.ts";
import { ArtifactStore } from "./artifact-store.ts";
import { Aws, asked } from "./aws.ts";
import { awsChoice } from "./aws-options.ts";
import { type ChangeSet, createChangeSet, discardChangeSet, findStack } from "./change-set.ts";
import { DeploymentProgress } from "./progress.ts";
import { type DeploySettings, readSettings, settingsFile, withOptions, writeSettings } from "./settings.ts";
import { StackEvents } from "./stack-events.ts";
import { checkStream, describeCheck, type StreamCheck, streamEndpoints } from "./stream-check.ts";
import { type DeployableTemplate, readDeployableTemplate } from "./template-artifacts.ts";

/** What CloudFormation takes without a bucket. */
const inlineTemplateBytes = 51_200;

/** Runs `sluice deploy`. @returns its exit code. @throws {CommandError} telling what failed and why. */
export async function runDeployment(input: CommandInput, terminal: Terminal): Promise<number> {
  const template = templatePath(input, terminal);
  const kept = withOptions(await readSettings(dirname(template)), input);
  const settings = input.values["guided"] === true ? await guide(kept, template, terminal) : kept;
  const { stackName } = settings;
  if (stackName === undefined) {
    throw new UsageError(
      `--stack-name is missing. sluice deploy --guided asks for it, and keeps it in ${settingsFile}.`,
    );
  }
  const executes = input.values["no-execute"] !== true;
  if (executes && input.values["yes"] !== true && terminal.ask === undefined)
    throw new UsageError("there is no terminal to ask in: say --yes, or --no-execute.");

  const name = relative(terminal.folder, template);
  const source = readDeployableTemplate(await readFile(template, "utf8"), name);
  using aws = await Aws.open(awsChoice(input, settings));
  terminal.talk(`${stackName} goes to ${aws.description}.\n`);
  const store = new ArtifactStore(aws, stackName, settings.bucket);
  const body = await upload(source, template, store, settings, input, terminal);
  const changeSet = await createChangeSet(aws, {
    stackName,
    template: body,
    declared: source.parameters,
    parameters: settings.parameters ?? {},
    capabilities: [...new Set(["CAPABILITY_IAM", ...listOption(input, "capability")])],
  });
  terminal.talk(describeChanges(changeSet, stackName));
  const result = { stackName, stackId: changeSet.stackId, changes: changeSet.changes.map(changeJson) };
  if (changeSet.changes.length > 0) {
    if (!executes) {
      if (input.values["json"] === true) printJson(terminal, { ...result, changeSet: changeSet.id });
      else terminal.out(`${changeSet.id}\n`);
      return 0;
    }
    if (!(await isAgreed(changeSet, input, terminal))) {
      await discardChangeSet(aws, changeSet);
      terminal.talk("Nothing was changed.\n");
      return 1;
    }
    await execute(aws, changeSet, stackName, source, terminal);
  }
  return conclude(aws, stackName, result, input, terminal);
}

/** Builds and uploads what the template names. @returns the template as CloudFormation is to have it. */
async function upload(
  source: DeployableTemplate,
  template: string,
  store: ArtifactStore,
  { parameters = {} }: DeploySettings,
  input: CommandInput,
  terminal: Terminal,
) {
  const parameter = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  const archiving = { positionals: [template], values: { ...input.values, parameter, function: undefined } };
  const archives = await archiveTemplate(archiving, terminal);
  for (const { logicalId } of archives) {
    if (source.artifacts.some((each) => each.isCode && [logicalId, "Globals"].includes(each.logicalId)))
      continue;
    throw new CommandError(
      `${relative(terminal.folder, template)}: ${logicalId} has no CodeUri, so that there is no place for its archive. Write CodeUri: .sluice/${logicalId}.zip.`,
    );
  }
  const stored = new Map<object, { readonly bucket: string; readonly key: string }>();
  for (const artifact of source.artifacts) {
    const { logicalId, path, isCode } = artifact;
    const built = archives.find((each) => each.logicalId === logicalId)?.file;
    const placed = await store.putFile(built ?? resolve(dirname(template), path), isCode);
    const size = `${(placed.bytes / 1000).toFixed(1)} kB`;
    const title = `${logicalId}  ${built === undefined ? path : relative(terminal.folder, built)}`;
    terminal.talk(`▸ ${title}, ${size}${placed.isNew ? "" : ", is there already"}\n`);
    stored.set(artifact, placed);
  }
  const TemplateBody = source.withLocations((artifact) => stored.get(artifact) ?? { bucket: "", key: "" });
  if (Buffer.byteLength(TemplateBody) <= inlineTemplateBytes) return { TemplateBody };
  return { TemplateURL: store.urlOf(await store.put(Buffer.from(TemplateBody), ".template")) };
}

const marks: Readonly<Record<string, string>> = {
  Add: "+",
  Modify: "~",
  Remove: "-",
  Import: "+",
  Dynamic: "?",
};

function describeChanges({ changes, isNew }: ChangeSet, stackName: string): string {
  if (changes.length === 0) return `Nothing to change: ${stackName} is what the template says.\n`;
  const rows = changes.map(({ ResourceChange: change }) => ({
    mark: marks[change?.Action ?? ""] ?? "?",
    id: change?.LogicalResourceId ?? "",
    type: change?.ResourceType ?? "",
    remark: remarkOn(change?.Action, change?.Replacement, change?.ResourceType),
  }));
  const width = (column: "id" | "type") => Math.max(...rows.map((row) => row[column].length));
  const [ids, types] = [width("id"), width("type")];
  const lines = rows.map(({ mark, id, type, remark }) =>
    `  ${mark} ${id.padEnd(ids)}  ${type.padEnd(types)}  ${remark}`.trimEnd(),
  );
  return `\nChanges of ${stackName}${isNew ? ", a new stack" : ""}:\n${lines.join("\n")}\n\n`;
}

function remarkOn(
  action: string | undefined,
  replacement: string | undefined,
  type: string | undefined,
): string {
  const isModified = action === "Modify";
  if (isModified && replacement === "True") return "is replaced: a new one is made, and this one removed";
  if (isModified && replacement === "Conditional") return "may be replaced";
  return type?.startsWith("AWS::IAM::") ? "grants rights" : "";
}

async function isAgreed({ changes }: ChangeSet, input: CommandInput, terminal: Terminal): Promise<boolean> {
  const grants = changes.filter(({ ResourceChange }) =>
    ResourceChange?.ResourceType?.startsWith("AWS::IAM::"),
  );
  const names = grants.map(({ ResourceChange }) => ResourceChange?.LogicalResourceId).join(", ");
  const rights = grants.length === 0 ? "" : `CAPABILITY_IAM: it changes who may do what, with ${names}.\n`;
  terminal.talk(rights);
  if (input.values["yes"] === true) return true;
  return isYes(await terminal.ask?.("Deploy? [y/N] "));
}

/** Whether an answer is a yes. */
export function isYes(answer = ""): boolean {
  return /^y(es)?$/i.test(answer.trim());
}

async function execute(
  aws: Aws,
  changeSet: ChangeSet,
  stackName: string,
  source: DeployableTemplate,
  terminal: Terminal,
): Promise<void> {
  const { id: ChangeSetName, stackId, isNew, changes } = changeSet;
  const startedMs = performance.now();
  const events = await StackEvents.begin(aws, stackId);
  await asked(
    aws.cloudFormation.send(
      new ExecuteChangeSetCommand({ ChangeSetName, StackName: stackName, ClientRequestToken: randomUUID() }),
    ),
  );
  const progress = new DeploymentProgress(terminal, source.resources, changes.length);
  const { status, causes } = await events.follow((event) => progress.add(event));
  if (status === "CREATE_COMPLETE" || status === "UPDATE_COMPLETE") {
    terminal.talk(`${status} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
    return;
  }
  const whatNow = isNew
    ? `Mend that, remove what is left with sluice delete --stack-name ${stackName}, and deploy again.`
    : "What was there before runs on. Mend that, and deploy again.";
  throw new CommandError(
    `the stack ${stackName} is in ${status}.\n${causes.map((cause) => `  ${cause}\n`).join("")}${whatNow}`,
  );
}

/** Prints outputs, and whether they stream. */
async function conclude(
  aws: Aws,
  stackName: string,
  result: Readonly<Record<string, unknown>>,
  input: CommandInput,
  terminal: Terminal,
): Promise<number> {
  const stack = await findStack(aws, stackName);
  const outputs = (stack?.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => ({
    name: OutputKey,
    value: OutputValue,
  }));
  const isJson = input.values["json"] === true;
  if (!isJson) {
    const width = Math.max(0, ...outputs.map(({ name }) => name.length));
    for (const { name, value } of outputs) terminal.out(`${name.padEnd(width)}  ${value}\n`);
  }
  const checks: StreamCheck[] = [];
  const endpoints = input.values["no-stream-check"] === true ? [] : streamEndpoints(outputs);
  if (endpoints.length > 0) {
    const signatory = { region: aws.region, credentials: await aws.credentials() };
    checks.push(
      ...(await Promise.all(endpoints.map(({ name, value }) => checkStream(name, value, signatory)))),
    );
    terminal.talk(`\n${checks.map(describeCheck).join("")}`);
  }
  if (isJson) {
    const values = Object.fromEntries(outputs.map(({ name, value }) => [name, value]));
    printJson(terminal, { ...result, status: stack?.StackStatus, outputs: values, checks });
  }
  return 0;
}

function changeJson({
  ResourceChange: { Action, LogicalResourceId, ResourceType, Replacement } = {},
}: Change) {
  return { action: Action, logicalId: LogicalResourceId, type: ResourceType, replacement: Replacement };
}

function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value, undefined, 2)}\n`);
}

function listOption(input: CommandInput, name: string): string[] {
  const given = input.values[name];
  return Array.isArray(given) ? given.map(String) : [];
}

/** Asks for what a deployment needs, and keeps it. */
async function guide(
  settings: DeploySettings,
  template: string,
  terminal: Terminal,
): Promise<DeploySettings> {
  const { ask } = terminal;
  if (ask === undefined) throw new UsageError("--guided asks, and there is no terminal to ask in.");
  const answer = async (question: string, standard: string | undefined): Promise<string | undefined> => {
    const given = (await ask(`${question}${standard === undefined ? "" : ` [${standard}]`}: `)).trim();
    return given === "" ? standard : given;
  };
  const stackName = await answer("Name of the stack", settings.stackName);
  const region = await answer("Region (as the profile or AWS_REGION says, if left empty)", settings.region);
  const parameters: Record<string, string> = { ...settings.parameters };
  const source = readDeployableTemplate(await readFile(template, "utf8"), template);
  for (const name of source.parameters) {
    const value = await answer(`Parameter ${name} (its default, if left empty)`, parameters[name]);
    if (value !== undefined) parameters[name] = value;
  }
  const guided = {
    ...settings,
    ...(stackName === undefined ? {} : { stackName }),
    ...(region === undefined ? {} : { region }),
    parameters,
  };
  await writeSettings(dirname(template), guided);
  terminal.talk(`Kept in ${settingsFile}.\n`);
  return guided;
}
