import { LambdaClient } from "@aws-sdk/client-lambda";
import {
  type IdentityReport,
  identify,
  loadOrCreateCredentials,
  PlatformQuestionError,
  readRunningPlatform,
  stateFolderOf,
} from "@sluice/platform";
import { type Command, CommandError, type Terminal, UsageError } from "../command.ts";
import { isRefusedConnection, noPlatform } from "./running.ts";

/** Tells who the credentials of this shell belong to, on the platform that runs here. */
export const whoami: Command = {
  usage: "[--json]",
  summary: "Tells whose credentials these are, and what they may do.",
  details: `It takes the credentials that AWS tools would take, from AWS_ACCESS_KEY_ID or the profile in AWS_PROFILE, and those of
the local platform where neither is set. It asks the platform at AWS_ENDPOINT_URL, or the one that runs here; it
never asks AWS.

  --json    print it as JSON
`,
  options: { json: { type: "boolean" } },
  async run(input, terminal) {
    if (input.positionals.length > 0) throw new UsageError("there is nothing to name.");
    const folder = stateFolderOf(terminal.environment, terminal.folder);
    const running = await readRunningPlatform(folder);
    const endpoint = terminal.environment["AWS_ENDPOINT_URL"];
    const url = endpoint ?? (running === undefined ? undefined : `http://127.0.0.1:${running.port}`);
    if (url === undefined) throw new CommandError(noPlatform(folder));
    const { environment } = terminal;
    const region =
      running?.region ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "us-east-1";
    const { credentials, source } = await credentialsOf(terminal, folder);
    const platform = url.replace(/\/+$/, "");
    try {
      const identity = await identify(platform, { region, credentials });
      const report = { ...identity, accessKeyId: credentials.accessKeyId, source, platform, region };
      const isJson = input.values["json"] === true;
      terminal.out(isJson ? `${JSON.stringify(report, undefined, 2)}\n` : identityText(report));
      return 0;
    } catch (error) {
      if (error instanceof PlatformQuestionError) {
        throw new CommandError(
          `${platform} does not take the credentials ${credentials.accessKeyId} from ${source} (${error.code}: ${error.message}) If they are AWS's, they are nobody's here. Take the platform's own: eval "$(npx sluice credentials)"`,
        );
      }
      if (isRefusedConnection(error)) {
        throw new CommandError(
          endpoint === undefined
            ? noPlatform(folder)
            : `nobody listens at ${endpoint}, which AWS_ENDPOINT_URL names.`,
        );
      }
      throw error;
    }
  },
};

async function credentialsOf(
  { environment }: Terminal,
  stateFolder: string,
): Promise<{ readonly credentials: Parameters<typeof identify>[1]["credentials"]; readonly source: string }> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const sessionToken = environment["AWS_SESSION_TOKEN"];
    const token = sessionToken === undefined ? {} : { sessionToken };
    return { credentials: { accessKeyId, secretAccessKey, ...token }, source: "AWS_ACCESS_KEY_ID" };
  }
  const profile = environment["AWS_PROFILE"];
  if (profile === undefined) {
    return { credentials: await loadOrCreateCredentials(stateFolder), source: `the state in ${stateFolder}` };
  }
  const client = new LambdaClient({ profile, region: "us-east-1" });
  try {
    const resolved = await client.config.credentials();
    const token = resolved.sessionToken === undefined ? {} : { sessionToken: resolved.sessionToken };
    return {
      credentials: { accessKeyId: resolved.accessKeyId, secretAccessKey: resolved.secretAccessKey, ...token },
      source: `the profile ${profile}`,
    };
  } catch (error) {
    throw new CommandError(
      `the profile ${profile}, which AWS_PROFILE names, gives no credentials: ${(error as Error).message}`,
    );
  } finally {
    client.destroy();
  }
}

interface ShownIdentity extends IdentityReport {
  readonly accessKeyId: string;
  readonly source: string;
  readonly platform: string;
  readonly region: string;
}

function identityText(report: ShownIdentity): string {
  const { accountId, arn, userId, accessKeyId, source, platform, region } = report;
  const lines: (readonly [string, string])[] = [
    ["Account", accountId],
    ["ARN", arn],
    ["User ID", userId],
    ["Credentials", `${accessKeyId}, from ${source}${report.isAdministrator ? ": the platform's own" : ""}`],
    ["Platform", `${platform}, in ${region}`],
    ...rightsOf(report).map((line, index) => [index === 0 ? "May do" : "", line] as const),
  ];
  return lines.map(([name, value]) => `${name.padEnd(13)}${value}\n`).join("");
}

function rightsOf({ isAdministrator, policies, boundary, sessionPolicies }: ShownIdentity): string[] {
  if (isAdministrator) return ["everything"];
  return [
    ...(policies.length === 0 ? ["nothing, but for what resources allow by themselves"] : []),
    ...policies.map((policy) => `what ${policy} allows`),
    ...(boundary === undefined ? [] : [`within the permissions boundary ${boundary}`]),
    ...(sessionPolicies === undefined ? [] : ["within the policies that the session was begun with"]),
  ];
}
