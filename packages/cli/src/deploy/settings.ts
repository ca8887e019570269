import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, type CommandInput, textOption } from "../command.ts";
import { parameterValues } from "../template-path.ts";

/** What `sluice.json`, beside the template, keeps of a deployment. */
export interface DeploySettings {
  readonly stackName?: string;
  readonly region?: string;
  readonly profile?: string;
  /** Bucket that artifacts are uploaded to. */
  readonly bucket?: string;
  /** Values of the template's parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** The settings file's name. */
export const settingsFile = "sluice.json";

const texts = ["stackName", "region", "profile", "bucket"] as const;

/** The settings beside a template; empty without a file. @throws {CommandError} if the file holds something else. */
export async function readSettings(folder: string): Promise<DeploySettings> {
  let text: string;
  try {
    text = await readFile(join(folder, settingsFile), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`${settingsFile} is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(document)) throw new CommandError(`${settingsFile} is not a JSON object.`);
  const names: readonly string[] = [...texts, "parameters"];
  for (const [name, value] of Object.entries(document)) {
    if (!names.includes(name))
      throw new CommandError(
        `${settingsFile} has "${name}", which means nothing. It may have ${names.join(", ")}.`,
      );
    if (name !== "parameters" && typeof value !== "string")
      throw new CommandError(`"${name}" of ${settingsFile} is not a text.`);
  }
  const { parameters } = document;
  if (parameters !== undefined && (!isObject(parameters) || !Object.values(parameters).every(isText)))
    throw new CommandError(`"parameters" of ${settingsFile} is not an object of texts.`);
  return document as DeploySettings;
}

/** Keeps settings for the next time. */
export async function writeSettings(folder: string, settings: DeploySettings): Promise<void> {
  await writeFile(join(folder, settingsFile), `${JSON.stringify(settings, undefined, 2)}\n`);
}

/** What options say, before what is kept. */
export function withOptions(settings: DeploySettings, input: CommandInput): DeploySettings {
  const stackName = textOption(input, "stack-name") ?? settings.stackName;
  const region = textOption(input, "region") ?? settings.region;
  const profile = textOption(input, "profile") ?? settings.profile;
  const bucket = textOption(input, "s3-bucket") ?? settings.bucket;
  const given = { stackName, region, profile, bucket };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    parameters: { ...settings.parameters, ...parameterValues(input) },
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
