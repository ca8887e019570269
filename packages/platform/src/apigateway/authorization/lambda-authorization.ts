import { randomUUID } from "node:crypto";
import { limits } from "@sluice/protocol";
import { type CallOutcome, callBuffered } from "../../lambda/buffered-call.ts";
import type { Clock } from "../../lambda/environment/index.ts";
import type { LambdaFunction } from "../../lambda/lambda-function.ts";
import { unlimitedMs } from "../../platform-limits.ts";
import { AwsServiceError } from "../../service-error.ts";
import type { LambdaAuthorizer } from "../definition/authorizer.ts";
import { gatewayResponses } from "../gateway-response/gateway-response.ts";
import { findInvokeProblem } from "../integration/function-permission.ts";
import { requestEvent } from "../integration/lambda-event.ts";
import type { LambdaProxyOptions } from "../integration/lambda-proxy.ts";
import { methodArn, type Passage } from "../passage.ts";
import { withStageVariables } from "../stage-variables.ts";
import { type AuthorizerOutput, isRefusal, readAuthorizerOutput } from "./authorizer-output.ts";
import { identityOf } from "./identity-source.ts";
import { KeptAnswers } from "./kept-answers.ts";

/**
 * Asks functions who may pass.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
export class LambdaAuthorization {
  readonly #options: LambdaProxyOptions;
  readonly #clock: Clock;
  readonly #kept: KeptAnswers<LambdaAuthorizer, AuthorizerOutput>;

  constructor(options: LambdaProxyOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#kept = new KeptAnswers(clock);
  }

  /**
   * What the authorizer says of a request; whether its policy lets the request through is still to be seen.
   * @throws {GatewayResponse} 401 without what identifies the client, and 500 if the authorizer fails.
   */
  async ask(passage: Passage, authorizer: LambdaAuthorizer): Promise<AuthorizerOutput> {
    const beganMs = this.#clock.monotonicMs();
    const values = authorizer.identitySources.map((source) => identityOf(source, passage));
    const isKeyed = authorizer.kind === "TOKEN" || authorizer.ttlSeconds > 0;
    const token = values[0] ?? "";
    if (isKeyed && values.includes(undefined)) {
      passage.note(
        `401: what identifies the client to ${authorizer.name} is missing; its function is not asked.`,
      );
      throw gatewayResponses.unauthorized();
    }
    if (authorizer.validation?.test(token) === false) {
      passage.note(`401: the token is not as ${authorizer.name} validates it; its function is not asked.`);
      throw gatewayResponses.unauthorized();
    }
    const key = JSON.stringify(values);
    const kept = isKeyed ? this.#kept.recall(authorizer, key) : undefined;
    const output = kept ?? (await this.#call(passage, authorizer, token));
    if (kept === undefined && isKeyed) this.#kept.keep(authorizer, key, output);
    passage.journal.authorizer = {
      ...passage.journal.authorizer,
      latencyMs: this.#clock.monotonicMs() - beganMs,
      integrationLatencyMs: kept === undefined ? this.#clock.monotonicMs() - beganMs : 0,
      status: 200,
      principalId: output.principalId,
      context: output.context,
    };
    return output;
  }

  /** Forgets what an authorizer answered. */
  forget(authorizer: LambdaAuthorizer): void {
    this.#kept.forget(authorizer);
  }

  async #call(passage: Passage, authorizer: LambdaAuthorizer, token: string): Promise<AuthorizerOutput> {
    const { limits: own, invoke } = this.#options;
    const functionArn = withStageVariables(authorizer.functionArn, passage.stage.variables);
    const target = this.#target(passage, authorizer, functionArn);
    const event =
      authorizer.kind === "TOKEN"
        ? { type: "TOKEN", methodArn: methodArn(passage), authorizationToken: token }
        : { type: "REQUEST", methodArn: methodArn(passage), ...requestEvent(passage, this.#options) };
    const requestId = randomUUID();
    const call = {
      requestId,
      event: Buffer.from(JSON.stringify(event)),
      mode: "BUFFERED" as const,
      invokedFunctionArn: functionArn,
      traceId: passage.traceId,
    };
    const timeoutMs = own.enforcesTimeouts ? limits.authorizerTimeoutMs : unlimitedMs;
    let outcome: CallOutcome;
    try {
      const onLeave = (listener: () => void) => passage.client.onLeave(listener);
      outcome = await callBuffered(invoke, target, call, { clock: this.#clock, timeoutMs, onLeave });
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      passage.note(`500: Lambda refuses to call ${authorizer.name}: ${error.summary}`);
      this.#enter(passage, requestId, error.status, error.summary);
      throw gatewayResponses.authorizerFailure();
    }
    // Who left is told nothing.
    if (outcome.kind !== "answered")
      throw this.#failed(passage, authorizer, requestId, "it did not answer in time");
    if (outcome.isFunctionError) {
      if (isRefusal(outcome.payload)) {
        this.#enter(passage, requestId, 200, "Unauthorized");
        throw gatewayResponses.unauthorized();
      }
      throw this.#failed(passage, authorizer, requestId, "its function failed");
    }
    const output = readAuthorizerOutput(outcome.payload);
    if (typeof output !== "string") {
      this.#enter(passage, requestId, 200);
      return output;
    }
    passage.journal.execution?.error(
      `Execution failed due to configuration error: Invalid JSON in response: ${output}`,
    );
    passage.note(`500: the answer of ${authorizer.name} can't be used: ${output}.`);
    this.#enter(passage, requestId, 200, output);
    throw gatewayResponses.authorizerConfigurationError();
  }

  #failed(passage: Passage, authorizer: LambdaAuthorizer, requestId: string, why: string) {
    passage.journal.execution?.error(`Execution failed due to configuration error: Authorizer error: ${why}`);
    passage.note(`500: the authorizer ${authorizer.name} gave no answer: ${why}.`);
    this.#enter(passage, requestId, 200, why);
    return gatewayResponses.authorizerFailure();
  }

  #enter({ journal }: Passage, requestId: string, integrationStatus: number, error?: string): void {
    journal.authorizer = {
      latencyMs: 0,
      status: error === undefined ? 200 : 500,
      requestId,
      integrationStatus,
      error,
    };
  }

  #target(passage: Passage, authorizer: LambdaAuthorizer, functionArn: string): LambdaFunction {
    const { accountId, rolePolicies, isUnsigned, findFunction } = this.#options;
    const target = findFunction(functionArn);
    const sourceArn = `${passage.stage.apiArn}/authorizers/${authorizer.id}`;
    const problem =
      target === undefined
        ? `There is no function ${functionArn}.`
        : isUnsigned
          ? undefined
          : findInvokeProblem({ ...authorizer, functionArn }, target, {
              accountId,
              rolePolicies,
              sourceArn,
              caller: undefined,
            });
    if (target !== undefined && problem === undefined) return target;
    passage.journal.execution?.error(
      "Execution failed due to configuration error: Invalid permissions on Lambda function",
    );
    passage.note(`500: the function of the authorizer ${authorizer.name} can't be called. ${problem}`);
    throw gatewayResponses.authorizerConfigurationError();
  }
}
