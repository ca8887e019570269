import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { HttpRequest } from "../front-door/http-request.ts";
import { AwsServiceError } from "../service-error.ts";
import {
  type SigningCredentials,
  type VerifiedBody,
  verifiedBody,
  verifySignature,
} from "../signature/index.ts";
import type { RequestContext } from "./condition.ts";
import { type ApplicablePolicies, type Decision, evaluate } from "./evaluate.ts";
import type { PolicyDocument } from "./policy.ts";
import { withOrigin } from "./policy-origin.ts";
import { currentTrace } from "./request-trace.ts";

/** Someone whose requests are signed with known credentials. */
export interface Caller {
  readonly accessKeyId: string;
  readonly accountId: string;
  /** Unique id, as `sts:GetCallerIdentity` would say it. */
  readonly userId: string;
  readonly arn: string;
  /** The role that was assumed, where one was. */
  readonly roleArn?: string | undefined;
  readonly policies: readonly PolicyDocument[];
  /** Limits what the policies allow. */
  readonly boundary?: PolicyDocument | undefined;
  /** Of the session, if it was given any: they limit what the policies allow. */
  readonly sessionPolicies?: readonly PolicyDocument[] | undefined;
}

/** Credentials with their owner. */
export interface CallerCredentials extends SigningCredentials {
  readonly caller: Caller;
}

/** What an administrator may do: everything. */
export const administratorPolicy: PolicyDocument = withOrigin<PolicyDocument>(
  { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } },
  { name: "what the platform's own credentials may do" },
);

/** Tells who signed a request. */
export class Authenticator {
  readonly #credentials: (accessKeyId: string) => CallerCredentials | undefined;
  readonly #region: string;
  readonly #now: () => number;

  constructor(
    credentials: (accessKeyId: string) => CallerCredentials | undefined,
    region: string,
    now: () => number = Date.now,
  ) {
    this.#credentials = credentials;
    this.#region = region;
    this.#now = now;
  }

  /**
   * Verifies a request's signature. Everything that needs no body is checked before the body is read.
   *
   * @param service - signing name of the service that was called.
   * @param readBody - called once, after the head was found good; what it throws is passed on.
   * @throws {AwsServiceError} with the code, status and text that the service gives.
   */
  async authenticate(
    request: HttpRequest,
    service: string,
    readBody: () => Promise<Buffer>,
  ): Promise<{ caller: Caller; body: Buffer }> {
    return traced(async () => {
      const verified = this.#verifyHead(request, service);
      const body = await readBody();
      const { credentials } = verified.verifyBody(createHash("sha256").update(body).digest("hex"));
      return { caller: credentials.caller, body };
    });
  }

  /**
   * Verifies the head of a request whose body is read as it comes: that fails at its end if it isn't what was signed.
   *
   * @param source - the body; it is read to its end here if nothing is known of the caller before.
   * @throws {AwsServiceError} with the code, status and text that the service gives.
   */
  async authenticateStream(
    request: HttpRequest,
    service: string,
    source: Readable,
  ): Promise<{ caller: Caller } & VerifiedBody> {
    return traced(async () => {
      const verified = this.#verifyHead(request, service);
      if (verified.status === "verified")
        return { caller: verified.credentials.caller, ...verifiedBody(verified, source) };
      const whole = await buffer(source);
      const { credentials } = verified.verifyBody(createHash("sha256").update(whole).digest("hex"));
      return { caller: credentials.caller, body: Readable.from([whole]), trailers: () => new Map() };
    });
  }

  #verifyHead(request: HttpRequest, service: string) {
    return verifySignature(request, {
      service,
      // IAM has one endpoint for all Regions, and STS has one besides those of the Regions.
      region: globalServices.has(service) ? undefined : this.#region,
      credentials: this.#credentials,
      nowMs: this.#now(),
    });
  }
}

/** Tells the request under way whose it is, or what is wrong with its signature. */
async function traced<T extends { readonly caller: Caller }>(authenticate: () => Promise<T>): Promise<T> {
  try {
    const authenticated = await authenticate();
    const { arn, accessKeyId } = authenticated.caller;
    currentTrace()?.add({ kind: "signature", arn, accessKeyId });
    return authenticated;
  } catch (error) {
    if (error instanceof AwsServiceError) {
      currentTrace()?.add({ kind: "refused-signature", problem: error.summary });
    }
    throw error;
  }
}

const globalServices: ReadonlySet<string> = new Set(["iam", "sts"]);

/**
 * Whether a caller may do something, by its own policies and the resource's.
 * @param options - see {@link ApplicablePolicies}.
 */
export function authorize(
  caller: Caller,
  action: string,
  resource: string,
  resourcePolicies: readonly PolicyDocument[],
  resourceAccountId: string,
  context: RequestContext = {},
  options: Pick<ApplicablePolicies, "needsResourcePolicy"> = {},
): Decision {
  return evaluate(
    {
      action,
      resource,
      context: {
        // Of a session it is the role's, so that policies can name that once for all of its sessions.
        "aws:PrincipalArn": caller.roleArn ?? caller.arn,
        "aws:userid": caller.userId,
        ...context,
      },
      principal: { kind: "AWS", name: caller.arn, accountId: caller.accountId },
    },
    {
      identity: caller.policies,
      resource: resourcePolicies,
      boundary: caller.boundary,
      session: caller.sessionPolicies,
      resourceAccountId,
      ...options,
    },
  );
}
