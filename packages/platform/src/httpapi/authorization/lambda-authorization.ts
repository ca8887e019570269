import { limits } from "@sluice/protocol";
import { KeptAnswers } from "../../apigateway/authorization/kept-answers.ts";
import { evaluate } from "../../iam/evaluate.ts";
import type { PolicyDocument } from "../../iam/policy.ts";
import { findPolicyProblem } from "../../iam/policy-problem.ts";
import type { LambdaAuthorizer } from "../definition/http-api.ts";
import { gatewayAnswers } from "../gateway-answer.ts";
import { FunctionCaller, type FunctionCallOptions } from "../integration/function-call.ts";
import {
  eventHeaders1,
  eventHeaders2,
  requestContext1,
  requestContext2,
} from "../integration/lambda-proxy.ts";
import { bodilessEvent1 } from "../integration/payload-format-1.ts";
import { bodilessEvent2 } from "../integration/payload-format-2.ts";
import { apiArn, type Identity, type Passage, routeArn } from "../passage.ts";
import { identityOf } from "./identity-source.ts";

/** What an authorizer's function decided. */
interface Verdict {
  readonly principalId: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;
  /** A simple answer, or a policy that says what may be called. */
  readonly allows: boolean | PolicyDocument;
}

type LambdaIdentity = Extract<Identity, { kind: "REQUEST" }>;

/**
 * Asks a function who may pass.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 */
export class LambdaAuthorization {
  readonly #options: FunctionCallOptions;
  readonly #functions: FunctionCaller;
  readonly #kept: KeptAnswers<LambdaAuthorizer, Verdict>;

  constructor(options: FunctionCallOptions) {
    this.#options = options;
    this.#functions = new FunctionCaller(options);
    this.#kept = new KeptAnswers(options.clock);
  }

  /**
   * @returns nothing if the client left.
   * @throws {GatewayAnswer} if the request may not pass, or nothing can say whether it may.
   */
  async admit(passage: Passage, authorizer: LambdaAuthorizer): Promise<LambdaIdentity | undefined> {
    const values = authorizer.identitySources.map((source) => identityOf(source, passage));
    const known = values.filter((value) => value !== undefined);
    if (known.length < values.length) {
      passage.note(`401: an identity source of ${authorizer.name} is missing; its function is not asked.`);
      throw gatewayAnswers.unauthorized();
    }
    const key = JSON.stringify(known);
    const kept = this.#kept.recall(authorizer, key);
    const verdict = kept ?? (await this.#ask(passage, authorizer, known));
    if (verdict === undefined) return undefined;
    if (kept === undefined) this.#kept.keep(authorizer, key, verdict);
    if (!this.#allows(verdict, passage)) {
      passage.note(`403: ${authorizer.name} does not allow ${routeArn(this.#options, passage)}.`);
      throw gatewayAnswers.forbidden();
    }
    return { kind: "REQUEST", principalId: verdict.principalId, context: verdict.context };
  }

  async #ask(
    passage: Passage,
    authorizer: LambdaAuthorizer,
    identitySource: readonly string[],
  ): Promise<Verdict | undefined> {
    const { functionArn, credentials, id, name } = authorizer;
    const outcome = await this.#functions.call(passage, {
      functionArn,
      credentials,
      sourceArn: `${apiArn(this.#options, passage.stage.apiId)}/authorizers/${id}`,
      caller: undefined,
      event: this.#event(passage, authorizer, identitySource),
      timeoutMs: limits.authorizerTimeoutMs,
      isIntegration: false,
    });
    if (outcome.kind === "client left") return undefined;
    const fail = (why: string): never => {
      passage.journal.authorizerError = why;
      passage.note(`500: the authorizer ${name} ${why}`);
      throw gatewayAnswers.internalError();
    };
    if (outcome.kind === "timed out") return fail("did not answer in time.");
    const answer = parseJson(outcome.payload);
    if (outcome.isFunctionError) {
      if (answer?.["errorMessage"] === "Unauthorized") throw gatewayAnswers.unauthorized();
      return fail(`failed: ${Buffer.from(outcome.payload).toString()}`);
    }
    const verdict = readVerdict(answer, authorizer);
    return typeof verdict === "string" ? fail(verdict) : verdict;
  }

  #event(
    passage: Passage,
    authorizer: LambdaAuthorizer,
    identitySource: readonly string[],
  ): Readonly<Record<string, unknown>> {
    const { accountId } = this.#options;
    const arn = routeArn(this.#options, passage);
    if (authorizer.payloadFormatVersion === "2.0") {
      const context = requestContext2(accountId, passage, undefined);
      return {
        ...bodilessEvent2(passage.request, eventHeaders2(passage), context),
        type: "REQUEST",
        routeArn: arn,
        identitySource: identitySource.length === 0 ? null : identitySource,
      };
    }
    const context = requestContext1(accountId, passage, { kind: "NONE" });
    const joined = identitySource.join(",");
    return {
      ...bodilessEvent1(passage.request, eventHeaders1(passage), context),
      type: "REQUEST",
      methodArn: arn,
      identitySource: joined,
      authorizationToken: joined,
    };
  }

  #allows({ allows, principalId = "user" }: Verdict, passage: Passage): boolean {
    if (typeof allows === "boolean") return allows;
    const { accountId } = this.#options;
    const { effect } = evaluate(
      {
        action: "execute-api:Invoke",
        resource: routeArn(this.#options, passage),
        context: { "aws:SourceIp": passage.request.sourceIp },
        principal: { kind: "AWS", name: principalId, accountId },
      },
      { identity: [allows], resource: [], resourceAccountId: accountId },
    );
    return effect === "allow";
  }
}

function parseJson(payload: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** @returns what is wrong with the answer, if something is. */
function readVerdict(
  answer: Record<string, unknown> | undefined,
  { hasSimpleResponses }: LambdaAuthorizer,
): Verdict | string {
  if (answer === undefined) return "answered with no object.";
  const { isAuthorized, policyDocument, principalId, context } = answer;
  const isMap = typeof context === "object" && context !== null && !Array.isArray(context);
  if (context !== undefined && context !== null && !isMap)
    return "answered with a context that is no object.";
  const known = isMap ? (context as Record<string, unknown>) : {};
  if (hasSimpleResponses) {
    return typeof isAuthorized === "boolean"
      ? { allows: isAuthorized, context: known, principalId: undefined }
      : "answered without isAuthorized, true or false, which its simple responses need.";
  }
  if (typeof policyDocument !== "object" || policyDocument === null) {
    return "answered without a policyDocument. An answer with isAuthorized needs EnableSimpleResponses.";
  }
  const policy = policyDocument as PolicyDocument;
  const problem = findPolicyProblem(policy);
  if (problem !== undefined) return `answered with a policy that can't be used. ${problem}`;
  return {
    allows: policy,
    context: known,
    principalId: typeof principalId === "string" ? principalId : undefined,
  };
}
