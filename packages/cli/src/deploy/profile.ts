import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { CommandError } from "../command.ts";

/** What a profile leads to. */
export interface LocalProfile {
  readonly region: string;
  readonly endpoint: string;
  /** Absolute path. */
  readonly stateFolder: string;
  /** Whether its credentials are an access key, without a session token. */
  readonly isLongTerm: boolean;
}

/** What tells that a profile is ours. */
const mark = "credentials --json --state";

/**
 * Writes a profile that has the platform's endpoint and asks this program for the credentials, in the place of one that
 * was written before.
 *
 * @returns the file.
 * @throws {CommandError} if there is a profile of that name that is the user's own.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export async function writeProfile(
  name: string,
  { region, endpoint, stateFolder, isLongTerm }: LocalProfile,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  if (!/^[\w.-]+$/.test(name)) throw new CommandError(`"${name}" can't be the name of a profile.`);
  const file = environment["AWS_CONFIG_FILE"] || join(environment["HOME"] || homedir(), ".aws/config");
  const program = [process.execPath, process.argv[1] ?? ""].map((word) => `"${word}"`).join(" ");
  const section = `[${name === "default" ? name : `profile ${name}`}]
region = ${region}
endpoint_url = ${endpoint}
credential_process = ${program} ${mark} "${stateFolder}"${isLongTerm ? " --long-term" : ""}
`;
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const sections = text.split(/^(?=\s*\[)/m);
  const heading = section.slice(0, section.indexOf("\n"));
  const index = sections.findIndex((each) => each.trimStart().split(/\r?\n/)[0]?.trim() === heading);
  if (index >= 0 && !sections[index]?.includes(mark))
    throw new CommandError(`${file} has a profile ${name} that is not Sluice's. Choose another name.`);
  if (index >= 0) sections[index] = `${section}\n`;
  else
    sections.push(
      text === "" || text.endsWith("\n\n") ? section : `${text.endsWith("\n") ? "" : "\n"}\n${section}`,
    );
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, sections.join(""), { mode: 0o600 });
  return file;
}
