import { randomUUID } from "node:crypto";
import { findInvokeProblem } from "../../apigateway/integration/function-permission.ts";
import type { Caller } from "../../iam/caller.ts";
import type { RolePolicies } from "../../iam/role.ts";
import { BufferedReceiver, type BufferedResult } from "../../lambda/buffered-receiver.ts";
import type { Clock } from "../../lambda/environment/index.ts";
import type { InvokeFunction } from "../../lambda/invocation-call.ts";
import type { LambdaFunction } from "../../lambda/lambda-function.ts";
import { type PlatformLimits, unlimitedMs } from "../../platform-limits.ts";
import { AwsServiceError } from "../../service-error.ts";
import { gatewayAnswers } from "../gateway-answer.ts";
import { type StageRequest, withStageVariables } from "../passage.ts";

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
export type CallOutcome =
  | ({ readonly kind: "answered"; readonly requestId: string } & BufferedResult)
  /** The function runs on. */
  | { readonly kind: "timed out" }
  /** Nobody is there to be answered. */
  | { readonly kind: "client left" };

/** Calls functions for HTTP APIs, whose answers are always whole. */
export class FunctionCaller {
  readonly #options: FunctionCallOptions;

  constructor(options: FunctionCallOptions) {
    this.#options = options;
  }

  /** @throws {GatewayAnswer} if the function isn't there, may not be called, or Lambda refuses. */
  async call(passage: StageRequest, call: FunctionCall): Promise<CallOutcome> {
    const functionArn = withStageVariables(call.functionArn, passage.stage);
    const target = this.#target(passage, { ...call, functionArn });
    const event = Buffer.from(JSON.stringify(call.event));
    if (event.length > this.#options.limits.eventBytes) throw gatewayAnswers.requestTooLarge();
    const requestId = randomUUID();
    const { client } = passage;
    const receiver = new BufferedReceiver();
    const outcome = Promise.withResolvers<CallOutcome>();
    const timeoutMs = this.#options.limits.enforcesTimeouts ? call.timeoutMs : unlimitedMs;
    const cancelTimeout = this.#options.clock.setTimer(timeoutMs, () => {
      passage.note(`${target.name} has not answered within ${timeoutMs} ms. It runs on.`);
      outcome.resolve({ kind: "timed out" });
    });
    client.onLeave(() => outcome.resolve({ kind: "client left" }));
    this.#invoke(target, receiver, {
      requestId,
      event,
      mode: "BUFFERED" as const,
      invokedFunctionArn: functionArn,
      traceId: passage.traceId,
      ...(call.isIntegration
        ? {
            apiRequestId: passage.requestId,
            onLeave: (listener: () => void) => client.onLeave(listener),
            answeredStatus: () => client.answered,
          }
        : {}),
    })
      .then((result) => outcome.resolve({ kind: "answered", requestId, ...result }))
      .catch(outcome.reject);
    try {
      return await outcome.promise;
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      // Lambda refused the call.
      passage.note(`500: ${error.summary}`);
      throw gatewayAnswers.internalError();
    } finally {
      cancelTimeout();
    }
  }

  async #invoke(
    target: LambdaFunction,
    receiver: BufferedReceiver,
    call: Parameters<InvokeFunction>[1],
  ): Promise<BufferedResult> {
    const { ended } = await this.#options.invoke(target, call, receiver);
    await ended;
    return receiver.result;
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
