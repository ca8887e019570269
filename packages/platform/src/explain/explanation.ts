import type { RequestContext } from "../iam/condition.ts";
import type { Decision, PolicySide } from "../iam/evaluate.ts";
import type { Statement } from "../iam/policy.ts";
import { statementsOf } from "../iam/policy.ts";
import { originOf, type PolicyOrigin } from "../iam/policy-origin.ts";
import type { RequestTrace, TraceStep } from "../iam/request-trace.ts";
import type { Role } from "../iam/role.ts";
import { type Cure, cureOf } from "./cure.ts";

/** What became of a request, and why: what `sluice explain` shows. */
export interface Explanation {
  /** All that it may be called by. */
  readonly requestIds: readonly string[];
  /** ISO 8601. */
  readonly time: string;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly sourceIp: string;
  /** Where it came in, in words. */
  readonly door: string;
  /** In their order. */
  readonly steps: readonly ExplainedStep[];
  /** The same of what the request began and its answer did not wait for, such as an asynchronous invocation. */
  readonly laterSteps: readonly ExplainedStep[];
  /** Nothing before it is answered; 0 if the client was gone before that. */
  readonly status: number | undefined;
}

/** Something that happened to a request on its way. */
export type ExplainedStep = Exclude<TraceStep, { readonly kind: "decision" }> | ExplainedDecision;

/** One decision of IAM's. */
export interface ExplainedDecision {
  readonly kind: "decision";
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly effect: Decision["effect"];
  /** Which policies decided; where nothing allowed it, the first that would have had to. */
  readonly side: PolicySide;
  readonly statement: Statement | undefined;
  /** Where it stands in its policy, from 1. */
  readonly statementNumber: number | undefined;
  readonly policy: PolicyOrigin | undefined;
  /** What conditions could ask for. */
  readonly context: RequestContext;
  /** For what is denied. */
  readonly cure: Cure | undefined;
}

/** Finds the role that somebody acts in, by its ARN or that of a session. */
export type FindActingRole = (principalArn: string) => Role | undefined;

/** What became of a request, for whoever asks. */
export function explain(trace: RequestTrace, findRole: FindActingRole): Explanation {
  const { timeMs, method, path, host, sourceIp, door } = trace.facts;
  const explained = (step: TraceStep) => (step.kind === "decision" ? explainDecision(step, findRole) : step);
  return {
    requestIds: [...trace.requestIds],
    time: new Date(timeMs).toISOString(),
    method,
    path,
    host,
    sourceIp,
    door,
    steps: trace.steps.map(explained),
    laterSteps: trace.laterSteps.map(explained),
    status: trace.status,
  };
}

function explainDecision(
  { request, decision }: Extract<TraceStep, { readonly kind: "decision" }>,
  findRole: FindActingRole,
): ExplainedDecision {
  const { effect, source, statement, policy } = decision;
  const index = statement && policy && statementsOf(policy).indexOf(statement);
  return {
    kind: "decision",
    principal: request.principal.kind === "anonymous" ? "anonymous" : request.principal.name,
    action: request.action,
    resource: request.resource,
    effect,
    side: source,
    statement,
    statementNumber: index === undefined ? undefined : index + 1,
    policy: originOf(statement, policy),
    context: Object.fromEntries(Object.entries(request.context).filter(([, value]) => value !== undefined)),
    cure: effect === "allow" ? undefined : cureOf(request, decision, findRole(request.principal.name)),
  };
}
