import { AsyncLocalStorage } from "node:async_hooks";
import type { ContextValue } from "./condition.ts";
import type { AuthorizationRequest, Decision, RequestPrincipal } from "./evaluate.ts";

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

/** Something that happened to a request on its way. */
export type TraceStep =
  | { readonly kind: "signature"; readonly arn: string; readonly accessKeyId: string }
  | { readonly kind: "refused-signature"; readonly problem: string }
  | { readonly kind: "decision"; readonly request: AuthorizationRequest; readonly decision: Decision }
  /** A function runs. */
  | { readonly kind: "invocation"; readonly functionName: string; readonly requestId: string }
  /** The developer was told something. */
  | { readonly kind: "note"; readonly message: string };

/** What a trace holds at most: some requests ask for a decision for each of many things. Ours. */
const mostSteps = 200;

/** What became of one request on its way through the platform. */
export class RequestTrace {
  readonly facts: RequestFacts;
  readonly #steps: TraceStep[] = [];
  readonly #requestIds = new Set<string>();
  #status: number | undefined;
  #continuation: RequestTrace | undefined;

  constructor(facts: RequestFacts) {
    this.facts = facts;
  }

  /** In their order. */
  get steps(): readonly TraceStep[] {
    return this.#steps;
  }

  /** Nothing before it is answered; 0 if the client was gone before. */
  get status(): number | undefined {
    return this.#status;
  }

  /** In their order: what the request began and its answer did not wait for, such as an asynchronous invocation. */
  get laterSteps(): readonly TraceStep[] {
    return this.#continuation?.steps ?? [];
  }

  /** What a client may call it by. */
  get requestIds(): ReadonlySet<string> {
    return this.#requestIds;
  }

  /** @param requestId - one that the request has from now on. */
  add(step: TraceStep, requestId?: string): void {
    if (requestId !== undefined) this.name(requestId);
    if (this.#steps.length < mostSteps) this.#steps.push(step);
  }

  /** @param requestId - one that the request has from now on. */
  name(requestId: string): void {
    this.#requestIds.add(requestId);
  }

  /** The trace of what the request began: its steps come later. */
  continuation(): RequestTrace {
    this.#continuation ??= new Continuation(this);
    return this.#continuation;
  }

  answered(status: number, requestIds: readonly string[]): void {
    this.#status = status;
    for (const id of requestIds) this.#requestIds.add(id);
  }
}

/** What goes on after a request. Whatever that begins belongs to it as well. */
class Continuation extends RequestTrace {
  readonly #request: RequestTrace;

  constructor(request: RequestTrace) {
    super(request.facts);
    this.#request = request;
  }

  override add(step: TraceStep, requestId?: string): void {
    super.add(step);
    if (requestId !== undefined) this.#request.name(requestId);
  }

  override continuation(): RequestTrace {
    return this;
  }
}

const traces = new AsyncLocalStorage<RequestTrace>();

/** Does something for a request, or for none: whatever comes of it is the request's. */
export function traceRequest<T>(trace: RequestTrace | undefined, work: () => T): T {
  return trace === undefined ? traces.exit(work) : traces.run(trace, work);
}

/** The trace of the request that is being answered, where one is. */
export function currentTrace(): RequestTrace | undefined {
  return traces.getStore();
}

/**
 * What conditions may ask of every request. `aws:SecureTransport` is true whatever the connection: on AWS all of these
 * doors speak TLS, and policies that ask for it mean that.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 * @param facts - of the request that is being answered, if one is.
 * @param timeMs - Unix time in milliseconds.
 */
export function standardContext(
  principal: RequestPrincipal,
  facts: RequestFacts | undefined,
  timeMs: number,
): Record<string, ContextValue | undefined> {
  const seconds = Math.floor(timeMs / 1000);
  const context: Record<string, ContextValue | undefined> = {
    "aws:CurrentTime": isoSecond(seconds),
    "aws:EpochTime": seconds,
    "aws:SecureTransport": true,
    "aws:ViaAWSService": false,
  };
  addPrincipal(context, principal);
  if (facts === undefined) return context;
  context["aws:RequestedRegion"] = facts.region;
  context["aws:UserAgent"] = facts.userAgent;
  context["aws:Referer"] = facts.referer;
  // A service that acts for itself has no address of the client's.
  if (principal.kind !== "Service") context["aws:SourceIp"] = facts.sourceIp;
  return context;
}

function addPrincipal(
  context: Record<string, ContextValue | undefined>,
  { kind, name, accountId }: RequestPrincipal,
): void {
  context["aws:PrincipalIsAWSService"] = kind === "Service";
  switch (kind) {
    case "AWS":
      context["aws:PrincipalArn"] = name;
      context["aws:PrincipalAccount"] = accountId;
      context["aws:PrincipalType"] = principalType(name);
      context["aws:username"] = /:user\/(?:.*\/)?([^/]+)$/.exec(name)?.[1];
      return;
    case "Service":
      context["aws:PrincipalServiceName"] = name;
      return;
    case "anonymous":
      context["aws:PrincipalType"] = "Anonymous";
      context["aws:userid"] = "anonymous";
  }
}

let lastSecond = { seconds: Number.NaN, text: "" };

/** Many requests come within a second. */
function isoSecond(seconds: number): string {
  if (lastSecond.seconds !== seconds) {
    lastSecond = { seconds, text: `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z` };
  }
  return lastSecond.text;
}

function principalType(arn: string): string {
  if (arn.includes(":assumed-role/") || arn.includes(":role/")) return "AssumedRole";
  return arn.includes(":federated-user/") ? "FederatedUser" : arn.endsWith(":root") ? "Account" : "User";
}
