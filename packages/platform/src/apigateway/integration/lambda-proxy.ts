import { randomUUID } from "node:crypto";
import { limits } from "@sluice/protocol";
import { headerOf } from "../../front-door/http-request.ts";
import type { RolePolicies } from "../../iam/role.ts";
import { type CallOutcome, callBuffered } from "../../lambda/buffered-call.ts";
import { type Clock, systemClock } from "../../lambda/environment/index.ts";
import type { InvocationReceiver } from "../../lambda/environment/invocation.ts";
import { HttpStreamReceiver, type StreamDoor } from "../../lambda/http-stream-receiver.ts";
import type { InvokeFunction } from "../../lambda/invocation-call.ts";
import type { LambdaFunction } from "../../lambda/lambda-function.ts";
import { type PlatformLimits, unlimitedMs } from "../../platform-limits.ts";
import { AwsServiceError } from "../../service-error.ts";
import type { Identity } from "../authorization/method-authorization.ts";
import type { LambdaIntegration } from "../definition/rest-api.ts";
import { type GatewayResponse, gatewayResponses } from "../gateway-response/gateway-response.ts";
import type { IntegrationEntry } from "../log/stage-journal.ts";
import { methodArn, type Passage } from "../passage.ts";
import { idHeaders, traceHeader } from "../request-ids.ts";
import { withStageVariables } from "../stage-variables.ts";
import { findInvokeProblem } from "./function-permission.ts";
import { integrationEvent } from "./lambda-event.ts";
import { bufferedAnswer, isAcceptablePrelude, streamHeaders } from "./proxy-response.ts";
import { LimitedStream } from "./stream-limits.ts";

/** What Lambda proxy integrations need of the rest of the platform. */
export interface LambdaProxyOptions {
  readonly accountId: string;
  readonly region: string;
  readonly findFunction: (arn: string) => LambdaFunction | undefined;
  /** Policies of a role; nothing if there is no such role here. */
  readonly rolePolicies: (roleArn: string) => RolePolicies | undefined;
  readonly invoke: InvokeFunction;
  /** Lets every API invoke every function. */
  readonly isUnsigned: boolean;
  readonly limits: PlatformLimits;
  /** For timeouts; that of this machine unless given. */
  readonly clock?: Clock | undefined;
}

type Invoke = (receiver: InvocationReceiver) => Promise<void>;

/**
 * Lambda proxy integrations of both transfer modes.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export class LambdaProxy {
  readonly #options: LambdaProxyOptions;
  readonly #clock: Clock;

  constructor(options: LambdaProxyOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** @throws {GatewayResponse} if the function's answer is none, or there can be none. */
  async answer(passage: Passage, declared: LambdaIntegration, identity: Identity): Promise<void> {
    const functionArn = withStageVariables(declared.functionArn, passage.stage.variables);
    const integration = { ...declared, functionArn };
    const target = this.#target(passage, integration, identity);
    const event = Buffer.from(JSON.stringify(await integrationEvent(passage, identity, this.#options)));
    if (event.length > this.#options.limits.eventBytes) throw gatewayResponses.requestTooLong();
    const { client, traceId, journal } = passage;
    const streams = integration.transferMode === "STREAM";
    const requestId = randomUUID();
    const entry: IntegrationEntry = {
      responseTransferMode: streams ? "STREAMED" : "BUFFERED",
      beganMs: this.#clock.monotonicMs(),
      requestId,
    };
    journal.integration = entry;
    this.#logRequest(passage, integration, event);
    const call = {
      requestId,
      event,
      mode: streams ? ("RESPONSE_STREAM" as const) : ("BUFFERED" as const),
      bandwidth: limits.apiStreamBandwidth,
      expectsPrelude: streams,
      invokedFunctionArn: integration.functionArn,
      traceId,
      onLeave: (listener: () => void) => client.onLeave(listener),
      answeredStatus: () => client.answered,
    };
    const invoke: Invoke = async (receiver) => {
      const { ended } = await this.#options.invoke(target, call, receiver);
      entry.integrationStatus = 200;
      await ended;
    };
    const timeoutMs = this.#options.limits.enforcesTimeouts ? integration.timeoutMs : unlimitedMs;
    try {
      if (streams) await this.#stream(passage, entry, timeoutMs, invoke);
      else {
        const outcome = await callBuffered(this.#options.invoke, target, call, {
          clock: this.#clock,
          timeoutMs,
          onLeave: call.onLeave,
          begun: () => {
            entry.integrationStatus = 200;
          },
        });
        this.#answerBuffered(passage, entry, outcome, timeoutMs);
      }
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      // Lambda refused the call.
      entry.integrationStatus = error.status;
      this.#fail(passage, 500, `Execution failed due to configuration error: ${error.summary}`);
      throw gatewayResponses.integrationRefused();
    } finally {
      entry.latencyMs = this.#clock.monotonicMs() - entry.beganMs;
      journal.execution?.info(`AWS Integration Endpoint RequestId : ${requestId}`);
      journal.execution?.data(
        () =>
          `Received response. Status: ${entry.integrationStatus ?? 504}, Integration latency: ${Math.round(entry.latencyMs ?? 0)} ms`,
      );
    }
  }

  #logRequest(
    { journal, traceId }: Passage,
    { functionArn, transferMode }: LambdaIntegration,
    event: Buffer,
  ): void {
    const { execution } = journal;
    if (execution === undefined) return;
    const path =
      transferMode === "STREAM"
        ? `2021-11-15/functions/${functionArn}/response-streaming-invocations`
        : `2015-03-31/functions/${functionArn}/invocations`;
    const uri = `https://lambda.${this.#options.region}.amazonaws.com/${path}`;
    execution.info(`X-ray Tracing ID : ${traceId.split(";")[0]}`);
    execution.data(() => `Endpoint request URI: ${uri}`);
    execution.data(() => `Endpoint request body after transformations: ${event}`);
    execution.data(() => `Sending request to ${uri}`);
  }

  /** Tells developer and execution log why there is no answer of the function's. */
  #fail({ journal, note }: Passage, status: number, line: string, advice = ""): void {
    if (journal.integration !== undefined) journal.integration.error = line;
    journal.execution?.error(line);
    note(`${status}: ${line}${advice}`);
  }

  /** The function, if the integration may invoke it. */
  #target(passage: Passage, integration: LambdaIntegration, { caller }: Identity): LambdaFunction {
    const { accountId, rolePolicies, isUnsigned } = this.#options;
    const target = this.#options.findFunction(integration.functionArn);
    if (target === undefined) {
      const line = `Execution failed due to configuration error: There is no function ${integration.functionArn}`;
      this.#fail(passage, 500, line, ".");
      throw gatewayResponses.integrationRefused();
    }
    if (isUnsigned) return target;
    const invoker = { accountId, rolePolicies, sourceArn: methodArn(passage), caller };
    const problem = findInvokeProblem(integration, target, invoker);
    if (problem === undefined) return target;
    this.#fail(
      passage,
      500,
      "Execution failed due to configuration error: Invalid permissions on Lambda function",
      `. ${problem}`,
    );
    throw gatewayResponses.integrationRefused();
  }

  async #stream(passage: Passage, entry: IntegrationEntry, timeoutMs: number, invoke: Invoke): Promise<void> {
    const { client } = passage;
    const elapsedMs = () => this.#clock.monotonicMs() - entry.beganMs;
    client.onFirstContent(() => {
      entry.timeToFirstContentMs = elapsedMs();
    });
    const extra = [...idHeaders(passage), traceHeader(passage)];
    const refusal = Promise.withResolvers<never>();
    const refuse = (answer: GatewayResponse) => refusal.reject(answer);
    const door: StreamDoor = {
      // The metadata is looked for whatever the content type says.
      expectsPrelude: () => true,
      head: (prelude) => {
        if (!isAcceptablePrelude(prelude)) {
          return {
            problem: "The metadata has a key besides statusCode, headers, multiValueHeaders and cookies.",
          };
        }
        entry.timeToAllHeadersMs = elapsedMs();
        entry.status = prelude.statusCode ?? 200;
        return { status: entry.status, headers: [...streamHeaders(prelude), ...extra] };
      },
      bareHead: () => ({ status: 200, headers: extra }),
      emptyHead: () => ({ problem: "The function wrote nothing, not even metadata and delimiter." }),
      refuse: (reason) => {
        // AWS documents 500 for output without the stream format; for a failed function 502 is by analogy with BUFFERED.
        const isMalformed = reason.kind === "malformed";
        if (isMalformed) {
          const line = "Execution failed due to configuration error: Failed to parse prelude JSON";
          this.#fail(passage, 500, line, `. ${reason.problem}`);
        } else this.#failedFunction(passage, reason.payload);
        refuse(isMalformed ? gatewayResponses.integrationRefused() : gatewayResponses.badIntegrationOutput());
      },
      broken: (errorType, payload) =>
        this.#failedFunction(
          passage,
          payload.length === 0 ? Buffer.from(JSON.stringify({ errorMessage: errorType })) : payload,
        ),
    };
    using stream = new LimitedStream(
      new HttpStreamReceiver(client, door),
      { timeoutMs, idleMs: limits.apiStreamIdleMs[passage.stage.api.endpointType] },
      (why, limit) => {
        const advice = limit === "idleMs" ? silenceAdvice(passage) : "";
        const line = `Execution failed due to a timeout error: ${why}`;
        entry.error = line;
        passage.journal.execution?.error(line);
        passage.note(`The integration's ${why}. The function runs on.${advice}`);
        if (client.hasBegun) client.breakOff();
        else refuse(gatewayResponses.integrationTimeout());
      },
      this.#clock,
    );
    // The client is answered at once; the function may run on.
    await Promise.race([invoke(stream), refusal.promise]);
  }

  /** @see https://repost.aws/knowledge-center/malformed-502-api-gateway for the line */
  #failedFunction({ journal }: Passage, payload: Uint8Array): void {
    const line = `Lambda execution failed with status 200 due to customer function error: ${errorMessageOf(payload)}. Lambda request id: ${journal.integration?.requestId}`;
    if (journal.integration !== undefined) journal.integration.error = line;
    journal.execution?.error(line);
  }

  #answerBuffered(passage: Passage, entry: IntegrationEntry, outcome: CallOutcome, timeoutMs: number): void {
    const { client } = passage;
    if (outcome.kind === "client left") return;
    if (outcome.kind === "timed out") {
      passage.journal.execution?.error("Execution failed due to a timeout error");
      passage.note(`The integration's timeout of ${timeoutMs} ms has passed. The function runs on.`);
      throw gatewayResponses.integrationTimeout();
    }
    const accept = headerOf(passage.request, "accept")?.split(",")[0]?.split(";")[0]?.trim() ?? "";
    const types = passage.stage.api.binaryMediaTypes;
    if (outcome.isFunctionError) {
      this.#failedFunction(passage, outcome.payload);
      throw gatewayResponses.badIntegrationOutput();
    }
    passage.journal.execution?.data(
      () => `Endpoint response body before transformations: ${Buffer.from(outcome.payload)}`,
    );
    const answer = bufferedAnswer(outcome.payload, types.includes("*/*") || types.includes(accept));
    if ("problem" in answer) {
      const line = "Execution failed due to configuration error: Malformed Lambda proxy response";
      this.#fail(passage, 502, line, `. ${answer.problem}`);
      throw gatewayResponses.badIntegrationOutput();
    }
    if (answer.isBodyLost) {
      passage.note(
        "The function streams and its integration is BUFFERED: API Gateway passes status and headers on and loses the body. Write responseTransferMode: STREAM, or ResponseTransferMode: RESPONSE_STREAM on a SAM event.",
      );
    }
    entry.status = answer.status;
    const headers = [...answer.headers, ...idHeaders(passage), traceHeader(passage)];
    client.send(answer.status, headers, answer.body);
  }
}

/** What helps where a stream was too silent for an edge-optimized API, as APIs are unless they say otherwise. */
function silenceAdvice({ stage }: Passage): string {
  return stage.api.endpointType === "EDGE"
    ? " The API is edge-optimized; a Regional one waits for five minutes. Write EndpointConfiguration: { Type: REGIONAL } (Types: [REGIONAL] in an AWS::ApiGateway::RestApi), or send something meanwhile."
    : "";
}

function errorMessageOf(payload: Uint8Array): string {
  try {
    const { errorMessage } = JSON.parse(Buffer.from(payload).toString()) as { errorMessage?: unknown };
    return String(errorMessage);
  } catch {
    return "unknown";
  }
}
