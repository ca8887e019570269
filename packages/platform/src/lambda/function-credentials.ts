import type { Role } from "../iam/role.ts";
import type { Sessions } from "../iam/sessions.ts";
import type { StoredCredentials } from "../signature/index.ts";
import type { RoleCredentials } from "./environment/index.ts";
import type { LambdaFunction } from "./lambda-function.ts";

/** What the credentials of functions are made of. */
export interface FunctionCredentialsOptions {
  readonly sessions: Sessions;
  /** The platform's own credentials. */
  readonly administrator: StoredCredentials;
  readonly findRole: (arn: string) => Role | undefined;
  /** Takes what a developer should know. */
  readonly warn: (message: string) => void;
}

/**
 * Credentials of functions: those of a session of their role, named as the function is, as on AWS. Where nobody here knows
 * the role, or all of what it may do, they are the platform's own, so that nothing is refused that AWS allows.
 */
export class FunctionCredentials {
  readonly #options: FunctionCredentialsOptions;
  readonly #warned = new Set<string>();

  constructor(options: FunctionCredentialsOptions) {
    this.#options = options;
  }

  of({ name, roleArn }: LambdaFunction): RoleCredentials {
    const { sessions, administrator, findRole } = this.#options;
    const role = roleArn === undefined ? undefined : findRole(roleArn);
    const { unknownPolicyArns: unknown = [] } = role ?? {};
    if (role !== undefined && unknown.length === 0) return environmentOf(sessions.ofFunction(role, name));
    if (roleArn !== undefined) this.#warnOnce(name, roleArn, unknown);
    return environmentOf(administrator);
  }

  #warnOnce(name: string, roleArn: string, unknown: readonly string[]): void {
    const key = `${name} ${roleArn} ${unknown.join()}`;
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    const reason =
      unknown.length === 0
        ? `its role ${roleArn} is not known here`
        : `the content of ${unknown.join(", ")} in its role is not known here`;
    this.#options.warn(
      `${name} may do everything on this platform: ${reason}. On AWS it may do what its role allows.`,
    );
  }
}

function environmentOf({
  accessKeyId,
  secretAccessKey,
  sessionToken = "",
}: StoredCredentials): RoleCredentials {
  return { accessKeyId, secretAccessKey, sessionToken };
}
