import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { CommandError } from "../command.ts";
import type { AwsChoice } from "./aws-options.ts";

/** Credentials that requests are signed with. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** An account in a region: AWS's, or a platform's that is reached through an endpoint of one's own. */
export class Aws implements Disposable {
  readonly accountId: string;
  readonly region: string;
  /** Of what is not AWS itself. */
  readonly endpoint: string | undefined;
  readonly cloudFormation: CloudFormationClient;
  readonly s3: S3Client;
  readonly logs: CloudWatchLogsClient;
  readonly #sts: STSClient;

  private constructor(
    choice: AwsChoice,
    sts: STSClient,
    found: { readonly accountId: string; readonly region: string; readonly endpoint: string | undefined },
  ) {
    this.#sts = sts;
    this.accountId = found.accountId;
    this.region = found.region;
    this.endpoint = found.endpoint;
    this.cloudFormation = new CloudFormationClient({ ...choice });
    // With a name of its own for each bucket, a platform on this machine could not be reached.
    this.s3 = new S3Client({ ...choice, forcePathStyle: true });
    this.logs = new CloudWatchLogsClient({ ...choice });
  }

  /**
   * Finds out who asks, and where.
   * @throws {CommandError} saying what is missing: credentials, a region, or the platform.
   */
  static async open(choice: AwsChoice): Promise<Aws> {
    const sts = new STSClient({ ...choice });
    let endpoint: string | undefined;
    sts.middlewareStack.add(
      (next) => (args) => {
        const { protocol, hostname, port } = args.request as {
          protocol: string;
          hostname: string;
          port?: number;
        };
        if (!/\.amazonaws\.com(\.cn)?$/.test(hostname)) {
          endpoint = `${protocol}//${hostname.includes(":") ? `[${hostname}]` : hostname}${port === undefined ? "" : `:${port}`}`;
        }
        return next(args);
      },
      { step: "build" },
    );
    try {
      const { Account: accountId = "" } = await sts.send(new GetCallerIdentityCommand({}));
      return new Aws(choice, sts, { accountId, region: await sts.config.region(), endpoint });
    } catch (error) {
      sts.destroy();
      throw mendable(error, endpoint);
    }
  }

  /** `account 123456789012 in us-east-1`, and where that is if it is not AWS. */
  get description(): string {
    const place = this.endpoint === undefined ? "" : `, at ${this.endpoint}`;
    return `account ${this.accountId} in ${this.region}${place}`;
  }

  credentials(): Promise<SigningCredentials> {
    return this.#sts.config.credentials();
  }

  [Symbol.dispose](): void {
    for (const client of [this.cloudFormation, this.s3, this.logs, this.#sts]) client.destroy();
  }
}

const twoWays = `For the local platform, run sluice dev, and in this shell eval "$(npx sluice credentials)". For AWS, run aws configure or aws sso login, or name a profile with --profile.`;

/** What the user can do about an error that the first call fails with. */
function mendable(error: unknown, endpoint: string | undefined): unknown {
  if (!(error instanceof Error)) return error;
  if (/Region is missing/.test(error.message)) {
    return new CommandError(`there is no region. ${twoWays} A region alone comes with --region.`);
  }
  const code = errorCode(error);
  if (code === "ECONNREFUSED" || code === "ENOTFOUND") {
    return endpoint === undefined
      ? new CommandError(`AWS can't be reached: ${error.message}`)
      : new CommandError(
          `nothing answers at ${endpoint}. Start the platform there with sluice dev, or unset AWS_ENDPOINT_URL to deploy to AWS.`,
        );
  }
  if (["CredentialsProviderError", "TokenProviderError"].includes(error.name)) {
    return new CommandError(`there are no credentials: ${error.message}\n${twoWays}`);
  }
  return new CommandError(`${error.name}: ${error.message}`);
}

/** Node's code of an error, of the first where there are several, as of addresses that were tried in turn. */
function errorCode(
  error: Error & { readonly code?: string; readonly errors?: readonly Error[] },
): string | undefined {
  return error.code ?? (error.errors?.[0] as NodeJS.ErrnoException | undefined)?.code;
}

/** Turns what a service refuses into a line for the user. @throws {CommandError} */
export async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && "$metadata" in error)
      throw new CommandError(`${error.name}: ${error.message}`, { cause: error });
    throw error;
  }
}
