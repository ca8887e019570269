import { resolve } from "node:path";
import {
  loadOrCreateAccessKey,
  loadOrCreateCredentials,
  readRunningPlatform,
  stateFolderOf,
} from "@sluice/platform";
import { type Command, textOption, UsageError } from "../command.ts";
import { writeProfile } from "../deploy/profile.ts";

/** Prints what other tools need to talk to the local platform. */
export const credentials: Command = {
  usage: "[--profile NAME | --json] [--long-term] [--state FOLDER]",
  summary: "Prints the local credentials and the endpoint as shell variables.",
  details: `Use it as

  eval "$(npx sluice credentials)"

It sets AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_DEFAULT_REGION and
AWS_ENDPOINT_URL. The credentials are made at the first use and kept in the state folder (.sluice, or
SLUICE_STATE), in a file that only you can read.

Or once, for every tool and every shell:

  npx sluice credentials --profile local
  AWS_PROFILE=local sam deploy

  --profile NAME    write a profile into ~/.aws/config (or AWS_CONFIG_FILE) that has the endpoint, and asks this
                    program for the credentials; the port is that of the platform that runs, or 7000
  --json            print them in the form of a credential process instead
  --long-term       those of a user: an access key without a session token, which unsets AWS_SESSION_TOKEN
  --state FOLDER    the state folder, instead of .sluice or SLUICE_STATE
`,
  options: {
    json: { type: "boolean" },
    "long-term": { type: "boolean" },
    profile: { type: "string" },
    state: { type: "string" },
  },
  async run(input, terminal) {
    if (input.positionals.length > 0) throw new UsageError("there is nothing to name.");
    const named = textOption(input, "state");
    const folder =
      named === undefined
        ? stateFolderOf(terminal.environment, terminal.folder)
        : resolve(terminal.folder, named);
    const isLongTerm = input.values["long-term"] === true;
    const made = await (isLongTerm ? loadOrCreateAccessKey(folder) : loadOrCreateCredentials(folder));
    if (input.values["json"] === true) {
      const document = {
        Version: 1,
        AccessKeyId: made.accessKeyId,
        SecretAccessKey: made.secretAccessKey,
        SessionToken: made.sessionToken,
      };
      terminal.out(`${JSON.stringify(document, undefined, 2)}\n`);
      return 0;
    }
    const running = await readRunningPlatform(folder);
    if (running === undefined) {
      terminal.talk(
        `WARNING: no platform runs with the state in ${folder}. These credentials are refused by one that runs in another folder, and the port is a guess.\n`,
      );
    }
    const region = running?.region ?? terminal.environment["AWS_REGION"] ?? "us-east-1";
    const endpoint = `http://127.0.0.1:${running?.port ?? 7000}`;
    const profile = textOption(input, "profile");
    if (profile !== undefined) {
      const file = await writeProfile(
        profile,
        { region, endpoint, stateFolder: folder, isLongTerm },
        terminal.environment,
      );
      terminal.talk(`The profile ${profile} is in ${file}. Use it with AWS_PROFILE=${profile}.\n`);
      return 0;
    }
    const variables = {
      AWS_ACCESS_KEY_ID: made.accessKeyId,
      AWS_SECRET_ACCESS_KEY: made.secretAccessKey,
      AWS_SESSION_TOKEN: made.sessionToken,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL: endpoint,
    };
    for (const [name, value] of Object.entries(variables)) {
      terminal.out(value === undefined ? `unset ${name}\n` : `export ${name}=${quote(value)}\n`);
    }
    return 0;
  },
};

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
