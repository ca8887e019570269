import { randomUUID } from "node:crypto";
import { findInvokeProblem } from "../../apigateway/integration/function-permission.ts";
import { withStageVariables } from "../../apigateway/stage-variables.ts";
import type { Caller } from "../../iam/caller.ts";
import type { RolePolicies } from "../../iam/role.ts";
import { type CallOutcome as BufferedOutcome, callBuffered } from "../../lambda/buffered-call.ts";
import type { Clock } from "../../lambda/environment/index.ts";
import type { InvokeFunction } from "../../lambda/invocation-call.ts";
import type { LambdaFunction } from "../../lambda/lambda-function.ts";
import { type PlatformLimits, unlimitedMs } from "../../platform-limits.ts";
import { AwsServiceError } from "../../service-error.ts";
import { gatewayAnswers } from "../gateway-answer.ts";
import type { StageRequest } from "../passage.ts";

/** What calls of functions need of the rest of the platform. */
export interface FunctionCallOptions {
  readonly accountId: string;
  readonly region: string;
  readonly findFunction: (arn: string) => LambdaFunction | undefined;
  /** Policies of a role; nothing if there is no such role here. */
  readonly rolePolicies: (roleArn: string) => RolePolicies | undefined;
  readonly invoke: InvokeFunction;
  /** Lets every API invoke every function. */
  readonly isUnsigned: boolean;
  readonly limits: PlatformLimits;
  readonly clock: Clock;
}

/** A function that is called for a request, as integration or authorizer. */
export interface FunctionCall {
  /** May have stage variables in it. */
  readonly functionArn: string;
  readonly credentials: string | undefined;
  /** What permissions of the function see as the source. */
  readonly sourceArn: string;
  readonly caller: Caller | undefined;
  readonly event: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
  /** The function that answers the client, rather than an authorizer. */
  readonly isIntegration: boolean;
}

/** What became of a call. */
export type CallOutcome = BufferedOutcome & { readonly requestId: string };

/** Calls functions for HTTP APIs, whose answers are always whole. */
export class FunctionCaller {
  readonly #options: FunctionCallOptions;

  constructor(options: FunctionCallOptions) {
    this.#options = options;
  }

  /** @throws {GatewayAnswer} if the function isn't there, may not be called, or Lambda refuses. */
  async call(passage: StageRequest, call: FunctionCall): Promise<CallOutcome> {
    const functionArn = withStageVariables(call.functionArn, passage.stage.variables);
    const target = this.#target(passage, { ...call, functionArn });
    const event = Buffer.from(JSON.stringify(call.event));
    if (event.length > this.#options.limits.eventBytes) throw gatewayAnswers.requestTooLarge();
    const requestId = randomUUID();
    const { client } = passage;
    const timeoutMs = this.#options.limits.enforcesTimeouts ? call.timeoutMs : unlimitedMs;
    const onLeave = (listener: () => void) => client.onLeave(listener);
    const invocation = {
      requestId,
      event,
      mode: "BUFFERED" as const,
      invokedFunctionArn: functionArn,
      traceId: passage.traceId,
      ...(call.isIntegration
        ? { apiRequestId: passage.requestId, onLeave, answeredStatus: () => client.answered }
        : {}),
    };
    try {
      const { invoke, clock } = this.#options;
      const outcome = await callBuffered(invoke, target, invocation, { clock, timeoutMs, onLeave });
      if (outcome.kind === "timed out") {
        passage.note(`${target.name} has not answered within ${timeoutMs} ms. It runs on.`);
      }
      return { ...outcome, requestId };
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      // Lambda refused the call.
      passage.note(`500: ${error.summary}`);
      throw gatewayAnswers.internalError();
    }
  }

  #target(passage: StageRequest, call: FunctionCall): LambdaFunction {
    const { accountId, rolePolicies, isUnsigned } = this.#options;
    const target = this.#options.findFunction(call.functionArn);
    if (target === undefined) {
      passage.note(`500: there is no function ${call.functionArn}.`);
      throw gatewayAnswers.internalError();
    }
    if (isUnsigned) return target;
    const { sourceArn, caller } = call;
    const problem = findInvokeProblem(call, target, { accountId, rolePolicies, sourceArn, caller });
    if (problem === undefined) return target;
    passage.note(
      `500: The API is not permitted to invoke ${target.name} with the source ${sourceArn}. ${problem}`,
    );
    throw gatewayAnswers.internalError();
  }
}
