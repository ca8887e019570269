import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { RequestContext } from "./condition.ts";
import type { AuthorizationRequest, Decision, RequestPrincipal } from "./evaluate.ts";

/** A decision, and what it was about. */
export interface TracedDecision {
  readonly request: AuthorizationRequest;
  readonly decision: Decision;
}

/** What is known of a request when it comes. */
export interface RequestFacts {
  readonly timeMs: number;
  readonly method: string;
  /** As sent, without the query: that may hold secrets. */
  readonly path: string;
  readonly host: string;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  readonly referer: string | undefined;
  readonly region: string;
  /** Where it goes, in words. */
  readonly door: string;
}

/** How a request's signature was taken. */
export type SignatureOutcome =
  | { readonly kind: "verified"; readonly arn: string; readonly accessKeyId: string }
  | { readonly kind: "refused"; readonly problem: string };

/** A function that ran for a request. */
export interface TracedInvocation {
  readonly functionName: string;
  readonly requestId: string;
}

/** What one list of a trace holds at most: some requests ask for a decision for each of many things. Ours. */
const mostEntries = 100;

/** What became of one request on its way through the platform. */
export class RequestTrace {
  /** Its own; requests have others, which their answers tell. */
  readonly id: string = randomUUID();
  readonly facts: RequestFacts;
  readonly #decisions: TracedDecision[] = [];
  readonly #notes: string[] = [];
  readonly #invocations: TracedInvocation[] = [];
  readonly #requestIds = new Set<string>();
  #signature: SignatureOutcome | undefined;
  #status: number | undefined;

  constructor(facts: RequestFacts) {
    this.facts = facts;
  }

  /** Nothing if nobody looked at a signature. */
  get signature(): SignatureOutcome | undefined {
    return this.#signature;
  }

  /** In their order. */
  get decisions(): readonly TracedDecision[] {
    return this.#decisions;
  }

  /** What the developer was told of it. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  get invocations(): readonly TracedInvocation[] {
    return this.#invocations;
  }

  /** Nothing before it is answered; 0 if the client was gone before. */
  get status(): number | undefined {
    return this.#status;
  }

  /** What a client may call it by. */
  get requestIds(): ReadonlySet<string> {
    return this.#requestIds;
  }

  signed(outcome: SignatureOutcome): void {
    this.#signature = outcome;
  }

  decided(request: AuthorizationRequest, decision: Decision): void {
    if (this.#decisions.length < mostEntries) this.#decisions.push({ request, decision });
  }

  told(requestId: string, message: string): void {
    this.#requestIds.add(requestId);
    if (this.#notes.length < mostEntries) this.#notes.push(message);
  }

  invoked(functionName: string, requestId: string): void {
    this.#requestIds.add(requestId);
    if (this.#invocations.length < mostEntries) this.#invocations.push({ functionName, requestId });
  }

  answered(status: number, requestIds: readonly string[]): void {
    this.#status = status;
    for (const id of requestIds) this.#requestIds.add(id);
  }
}

const traces = new AsyncLocalStorage<RequestTrace>();

/** Does something for a request: whatever comes of it is the request's. */
export function traceRequest<T>(trace: RequestTrace, work: () => T): T {
  return traces.run(trace, work);
}

/** The trace of the request that is being answered, where one is. */
export function currentTrace(): RequestTrace | undefined {
  return traces.getStore();
}

/**
 * What conditions may ask of every request. `aws:SecureTransport` is true whatever the connection: on AWS all of these
 * doors speak TLS, and policies that ask for it mean that.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function standardContext({ kind, name, accountId }: RequestPrincipal): RequestContext {
  const facts = currentTrace()?.facts;
  const nowMs = Date.now();
  const ofPrincipal: Readonly<Record<RequestPrincipal["kind"], RequestContext>> = {
    AWS: {
      "aws:PrincipalArn": name,
      "aws:PrincipalAccount": accountId,
      "aws:PrincipalType": principalType(name),
      "aws:PrincipalIsAWSService": false,
      "aws:username": /:user\/(?:.*\/)?([^/]+)$/.exec(name)?.[1],
    },
    Service: { "aws:PrincipalIsAWSService": true, "aws:PrincipalServiceName": name },
    anonymous: {
      "aws:PrincipalType": "Anonymous",
      "aws:PrincipalIsAWSService": false,
      "aws:userid": "anonymous",
    },
  };
  return {
    "aws:CurrentTime": `${new Date(nowMs).toISOString().slice(0, 19)}Z`,
    "aws:EpochTime": Math.floor(nowMs / 1000),
    "aws:SecureTransport": true,
    "aws:ViaAWSService": false,
    ...ofPrincipal[kind],
    ...(facts === undefined
      ? {}
      : {
          "aws:RequestedRegion": facts.region,
          "aws:UserAgent": facts.userAgent,
          "aws:Referer": facts.referer,
          // A service that acts for itself has no address of the client's.
          ...(kind === "Service" ? {} : { "aws:SourceIp": facts.sourceIp }),
        }),
  };
}

function principalType(arn: string): string {
  if (arn.includes(":assumed-role/") || arn.includes(":role/")) return "AssumedRole";
  return arn.includes(":federated-user/") ? "FederatedUser" : arn.endsWith(":root") ? "Account" : "User";
}
