import * as stsClient from "@aws-sdk/client-sts";
import { authorize, type Caller } from "../iam/caller.ts";
import type { PolicyDocument } from "../iam/policy.ts";
import { findPolicyProblem } from "../iam/policy-problem.ts";
import type { Role } from "../iam/role.ts";
import { type SessionPrincipal, type Sessions, unknownRole } from "../iam/sessions.ts";
import { AwsServiceError } from "../service-error.ts";
import { type CallContext, defineService, type InputOf, type ServiceApi } from "../wire/service-api.ts";

/** What the API needs of the rest of the platform. */
export interface StsApiOptions {
  readonly sessions: Sessions;
  readonly findRole: (arn: string) => Role | undefined;
  /** The content of a managed policy, if it is known. */
  readonly findManagedPolicy: (arn: string) => PolicyDocument | undefined;
}

type AssumeRoleInput = InputOf<typeof stsClient, "AssumeRole">;

/**
 * STS: who one is, and temporary credentials.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
 */
export function stsApi(options: StsApiOptions): ServiceApi {
  const { sessions } = options;
  const whoever = ({ caller }: CallContext) => caller ?? sessions.administrator;
  return defineService(stsClient, {
    GetCallerIdentity: {
      // Nobody can be kept from asking.
      rights: () => [],
      run: (_, context) => {
        const { userId, accountId, arn } = whoever(context);
        return { UserId: userId, Account: accountId, Arn: arn };
      },
    },
    GetAccessKeyInfo: {
      constraints: { AccessKeyId: { length: [16, 128], pattern: String.raw`[\w]*` } },
      run: (_, { accountId }) => ({ Account: accountId }),
    },
    GetSessionToken: {
      constraints: { DurationSeconds: { range: [900, 129_600] } },
      rights: () => [],
      run: ({ DurationSeconds = 43_200 }, context) => {
        const caller = whoever(context);
        if (isRoleSession(caller)) {
          throw new AwsServiceError(
            "AccessDenied",
            403,
            "Cannot call GetSessionToken with session credentials",
          );
        }
        const { arn, userId, policies } = caller;
        return { Credentials: issue(sessions, { arn, userId, policies }, DurationSeconds) };
      },
    },
    AssumeRole: {
      constraints: {
        RoleArn: {
          length: [20, 2048],
          pattern: String.raw`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+`,
        },
        RoleSessionName: { length: [2, 64], pattern: String.raw`[\w+=,.@-]*` },
        DurationSeconds: { range: [900, 43_200] },
        ExternalId: { length: [2, 1224], pattern: String.raw`[\w+=,.@:\/-]*` },
      },
      // The role's own policy has a say, and where it names the caller, that is enough.
      rights: () => [],
      run: (input, context) => assumeRole(options, input, whoever(context), context),
    },
  });

  /** The platform's own credentials stand for a user's: what they may not do on AWS as a session, they may here. */
  function isRoleSession(caller: Caller): boolean {
    return caller.arn.includes(":assumed-role/") && caller.arn !== sessions.administrator.arn;
  }

  function assumeRole(
    { findRole, findManagedPolicy }: StsApiOptions,
    input: AssumeRoleInput,
    caller: Caller,
    { accountId, note }: CallContext,
  ) {
    const { RoleArn = "", RoleSessionName = "", DurationSeconds = 3600 } = input;
    if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/./.test(RoleArn)) {
      throw new AwsServiceError("ValidationError", 400, `${RoleArn} is invalid`);
    }
    const role = findRole(RoleArn);
    checkTrust(role, input, caller, accountId);
    checkDuration(role, DurationSeconds, isRoleSession(caller));
    const sessionPolicies = readSessionPolicies(input, findManagedPolicy);
    const principal: SessionPrincipal = {
      ...sessions.principalOf(role ?? unknownRole(RoleArn), RoleSessionName),
      // Nobody gets more out of an unknown role than they had.
      ...(role === undefined ? { policies: caller.policies } : {}),
      sessionPolicies,
    };
    if (role === undefined) {
      note(
        `${RoleArn} is not known to this platform, so the session may do what its caller may. AWS would look at the role's own policies.`,
      );
    }
    const inline = input.Policy === undefined ? 0 : Math.ceil((input.Policy.length / 2048) * 100);
    return {
      Credentials: issue(sessions, principal, DurationSeconds),
      AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
      ...(inline === 0 ? {} : { PackedPolicySize: inline }),
      ...(input.SourceIdentity === undefined ? {} : { SourceIdentity: input.SourceIdentity }),
    };
  }
}

function issue(sessions: Sessions, principal: SessionPrincipal, seconds: number) {
  const { accessKeyId, secretAccessKey, sessionToken = "", expiresAtMs } = sessions.issue(principal, seconds);
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(expiresAtMs),
  };
}

/**
 * The role must let the caller in. That is enough where it names the caller; where it names the account, the caller's own
 * policies must allow it too.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
function checkTrust(
  role: Role | undefined,
  { RoleArn = "", RoleSessionName, ExternalId, SourceIdentity }: AssumeRoleInput,
  caller: Caller,
  accountId: string,
): void {
  const action = "sts:AssumeRole";
  const context = {
    "sts:ExternalId": ExternalId,
    "sts:RoleSessionName": RoleSessionName,
    "sts:SourceIdentity": SourceIdentity,
  };
  const trust = role?.trustPolicy === undefined ? [] : [role.trustPolicy];
  const may = authorize(caller, action, RoleArn, trust, accountId, context, {
    needsResourcePolicy: role !== undefined,
  });
  if (may.effect === "allow") return;
  const reason = may.effect === "explicit-deny" ? " with an explicit deny" : "";
  throw new AwsServiceError(
    "AccessDenied",
    403,
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${RoleArn}${reason}`,
  );
}

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
function checkDuration(role: Role | undefined, seconds: number, isChained: boolean): void {
  if (isChained && seconds > 3600) {
    throw new AwsServiceError(
      "ValidationError",
      400,
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  }
  if (role !== undefined && seconds > role.maxSessionSeconds) {
    throw new AwsServiceError(
      "ValidationError",
      400,
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
}

function readSessionPolicies(
  { Policy, PolicyArns = [] }: AssumeRoleInput,
  findManagedPolicy: StsApiOptions["findManagedPolicy"],
): readonly PolicyDocument[] | undefined {
  if (Policy === undefined && PolicyArns.length === 0) return undefined;
  const managed = PolicyArns.map(({ arn = "" }) => {
    const document = findManagedPolicy(arn);
    if (document !== undefined) return document;
    throw malformedPolicy(`The content of ${arn} is not known to this platform. Pass it as Policy.`);
  });
  return Policy === undefined ? managed : [...managed, readPolicy(Policy)];
}

function readPolicy(text: string): PolicyDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw malformedPolicy("Syntax errors in policy.");
  }
  if (typeof document !== "object" || document === null) throw malformedPolicy("Syntax errors in policy.");
  const problem = findPolicyProblem(document as PolicyDocument);
  if (problem !== undefined) throw malformedPolicy(problem);
  return document as PolicyDocument;
}

function malformedPolicy(message: string): AwsServiceError {
  return new AwsServiceError("MalformedPolicyDocument", 400, message);
}
