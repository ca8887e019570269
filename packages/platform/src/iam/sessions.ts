import { createHash } from "node:crypto";
import { generateCredentials, type StoredCredentials } from "../signature/index.ts";
import type { StateDatabase } from "../state/database.ts";
import { administratorPolicy, type Caller, type CallerCredentials } from "./caller.ts";
import type { PolicyDocument } from "./policy.ts";
import type { Role } from "./role.ts";

/** What sessions need of the rest of the platform. */
export interface SessionsOptions {
  readonly state: StateDatabase;
  readonly accountId: string;
  /** The platform's own credentials: their owner may do everything. */
  readonly administrator: StoredCredentials;
  /** An access key of a user who may do everything as well, if one was made by now. */
  readonly accessKey?: () => StoredCredentials | undefined;
  /** The role of that ARN, as it is right now. */
  readonly findRole: (arn: string) => Role | undefined;
  /** Unix time in milliseconds; this machine's unless given. */
  readonly now?: () => number;
}

/** Who acts with temporary credentials. */
export interface SessionPrincipal {
  readonly arn: string;
  readonly userId: string;
  /** The role whose policies count, as they are when a request comes. */
  readonly roleArn?: string | undefined;
  /** Policies of its own, where there is no role that is known. */
  readonly policies?: readonly PolicyDocument[] | undefined;
  /** They limit what the others allow. */
  readonly sessionPolicies?: readonly PolicyDocument[] | undefined;
}

/** How long it is remembered that credentials have expired, in milliseconds: then they are unknown. */
const rememberedMs = 24 * 60 * 60_000;

/** Temporary credentials and their owners. Those of STS survive a restart, as on AWS: they hold until they expire. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #now: () => number;
  /** Of functions, by role and function. They end with the platform, as the functions do. */
  readonly #functions = new Map<string, StoredCredentials>();
  /** By access key id: those that are kept nowhere else. */
  readonly #transient = new Map<string, { credentials: StoredCredentials; principal: SessionPrincipal }>();

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** New credentials for somebody, which hold for `seconds`. */
  issue(principal: SessionPrincipal, seconds: number): StoredCredentials & { readonly expiresAtMs: number } {
    const { database } = this.#options.state;
    const nowMs = this.#now();
    // AWS gives whole seconds.
    const expiresAtMs = Math.floor(nowMs / 1000 + seconds) * 1000;
    const credentials = generateCredentials("temporary", { expiresAtMs });
    database.prepare("DELETE FROM session WHERE expires_ms < ?").run(nowMs - rememberedMs);
    database
      .prepare(
        "INSERT INTO session (access_key_id, secret_access_key, session_token, expires_ms, principal) VALUES (?, ?, ?, ?, ?)",
      )
      .run(
        credentials.accessKeyId,
        credentials.secretAccessKey,
        credentials.sessionToken ?? "",
        expiresAtMs,
        JSON.stringify(principal),
      );
    return { ...credentials, expiresAtMs };
  }

  /** The credentials of a function that runs in a role; the same ones every time. */
  ofFunction(role: Role, functionName: string): StoredCredentials {
    const key = `${role.arn} ${functionName}`;
    const known = this.#functions.get(key);
    if (known !== undefined) return known;
    const credentials = generateCredentials("temporary");
    this.#functions.set(key, credentials);
    this.#transient.set(credentials.accessKeyId, {
      credentials,
      principal: this.principalOf(role, functionName),
    });
    return credentials;
  }

  /** Somebody who has assumed a role. */
  principalOf(role: Pick<Role, "arn" | "name" | "id">, sessionName: string): SessionPrincipal {
    return {
      arn: `arn:aws:sts::${accountOf(role.arn)}:assumed-role/${role.name}/${sessionName}`,
      userId: `${role.id}:${sessionName}`,
      roleArn: role.arn,
    };
  }

  /**
   * The owner of an access key id, with the secret. Nobody if it was never given out, or its role is gone.
   */
  find(accessKeyId: string): CallerCredentials | undefined {
    const { administrator, accessKey } = this.#options;
    if (accessKeyId === administrator.accessKeyId) return { ...administrator, caller: this.administrator };
    const key = accessKeyId.startsWith("AKIA") ? accessKey?.() : undefined;
    if (key?.accessKeyId === accessKeyId) return { ...key, caller: this.#userOf(accessKeyId) };
    const { credentials, principal } = this.#transient.get(accessKeyId) ?? this.#read(accessKeyId) ?? {};
    if (credentials === undefined || principal === undefined) return undefined;
    const caller = this.#callerOf(accessKeyId, principal);
    return caller === undefined ? undefined : { ...credentials, caller };
  }

  /** The owner of the platform's own credentials. */
  get administrator(): Caller {
    const { accountId, administrator } = this.#options;
    return {
      accessKeyId: administrator.accessKeyId,
      accountId,
      userId: "AROASLUICEADMINISTRATOR:sluice",
      arn: `arn:aws:sts::${accountId}:assumed-role/Administrator/sluice`,
      roleArn: `arn:aws:iam::${accountId}:role/Administrator`,
      policies: [administratorPolicy],
    };
  }

  #userOf(accessKeyId: string): Caller {
    const { accountId } = this.#options;
    const { userId, arn } = administratorUser(accountId);
    return { accessKeyId, accountId, userId, arn, policies: [administratorPolicy] };
  }

  #callerOf(accessKeyId: string, principal: SessionPrincipal): Caller | undefined {
    const { arn, userId, roleArn, sessionPolicies } = principal;
    const { accountId } = this.#options;
    if (roleArn === undefined || principal.policies !== undefined) {
      const { policies = [] } = principal;
      return { accessKeyId, accountId, userId, arn, roleArn, policies, sessionPolicies };
    }
    const role = this.#options.findRole(roleArn);
    if (role === undefined) return undefined;
    const { policies, boundary } = role;
    return { accessKeyId, accountId, userId, arn, roleArn, policies, boundary, sessionPolicies };
  }

  #read(accessKeyId: string): { credentials: StoredCredentials; principal: SessionPrincipal } | undefined {
    const row = this.#options.state.database
      .prepare("SELECT * FROM session WHERE access_key_id = ?")
      .get(accessKeyId);
    if (row === undefined) return undefined;
    return {
      credentials: {
        accessKeyId,
        secretAccessKey: String(row["secret_access_key"]),
        sessionToken: String(row["session_token"]),
        expiresAtMs: Number(row["expires_ms"]),
      },
      principal: JSON.parse(String(row["principal"])),
    };
  }
}

/** The one user of the account, whose access key `sluice credentials --long-term` makes. */
export function administratorUser(accountId: string): {
  readonly name: string;
  readonly userId: string;
  readonly arn: string;
} {
  const name = "administrator";
  return { name, userId: "AIDASLUICEADMINISTRATOR", arn: `arn:aws:iam::${accountId}:user/${name}` };
}

/** A role that nobody here knows: named by its ARN, and with an id that stays the same. */
export function unknownRole(arn: string): Pick<Role, "arn" | "name" | "id"> {
  const digest = createHash("sha256").update(arn).digest("hex").toUpperCase();
  return { arn, name: arn.split("/").at(-1) ?? arn, id: `AROA${digest.slice(0, 17)}` };
}

function accountOf(arn: string): string {
  return arn.split(":")[4] ?? "";
}
