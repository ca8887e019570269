import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { limits } from "@sluice/protocol";
import type { ClientResponse } from "../front-door/client-response.ts";
import { type HttpRequest, headerOf, readBody } from "../front-door/http-request.ts";
import { type Authenticator, authorize, type Caller } from "../iam/caller.ts";
import { evaluate } from "../iam/evaluate.ts";
import type { PolicyDocument } from "../iam/policy.ts";
import { BufferedReceiver, type BufferedResult } from "../lambda/buffered-receiver.ts";
import { type Clock, systemClock } from "../lambda/environment/index.ts";
import type { InvocationReceiver } from "../lambda/environment/invocation.ts";
import { qualifiedArn, splitFunctionReference } from "../lambda/function-name.ts";
import { HttpStreamReceiver, type StreamDoor } from "../lambda/http-stream-receiver.ts";
import type { InvokeFunction } from "../lambda/invocation-call.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import { type PlatformLimits, unlimitedMs } from "../platform-limits.ts";
import { AwsServiceError } from "../service-error.ts";
import { GatewayResponse, gatewayResponses } from "./gateway-response.ts";
import { bufferedAnswer, isAcceptablePrelude, streamHeaders } from "./integration-response.ts";
import { type MockIntegration, mockAnswer } from "./mock-integration.ts";
import { proxyEvent } from "./proxy-event.ts";
import { idHeaders, type RequestIds, requestIds, traceHeader } from "./request-ids.ts";
import { matchResource } from "./resource-matcher.ts";
import { completePolicy, maskedArn } from "./resource-policy.ts";
import {
  type ApiMethod,
  type ApiResource,
  findMethod,
  type LambdaIntegration,
  type RestApi,
} from "./rest-api.ts";
import { LimitedStream } from "./stream-limits.ts";

/** A deployed stage of an API. */
export interface Stage {
  readonly apiId: string;
  readonly name: string;
  readonly deploymentId: string;
  readonly variables: Readonly<Record<string, string>> | undefined;
  readonly api: RestApi;
}

/** What the door needs of the rest of the platform. */
export interface RestApiDoorOptions {
  readonly accountId: string;
  readonly region: string;
  readonly find: (apiId: string, stageName: string) => Stage | undefined;
  readonly findFunction: (arn: string) => LambdaFunction | undefined;
  /** Policies of a role; nothing if there is no such role here. */
  readonly rolePolicies: (roleArn: string) => readonly PolicyDocument[] | undefined;
  readonly invoke: InvokeFunction;
  readonly authenticator: Authenticator;
  readonly isUnsigned: boolean;
  readonly limits: PlatformLimits;
  /** For timeouts; that of this machine unless given. */
  readonly clock?: Clock | undefined;
  /** Takes what a developer should know and the client is not told. */
  readonly note: (requestId: string, message: string) => void;
}

const invokeAction = "execute-api:Invoke";
const anonymous = { kind: "anonymous", name: "anonymous", accountId: undefined } as const;

/** Stands for the caller's own credentials. */
const callerCredentials = /^arn:aws[a-z-]*:iam::\*:user\/\*$/;

/** One request on its way through a stage. */
interface Passage extends RequestIds {
  readonly stage: Stage;
  readonly resource: ApiResource;
  readonly method: ApiMethod;
  readonly pathParameters: Readonly<Record<string, string>>;
  /** Without the stage, as sent, but for slashes doubled at its beginning. */
  readonly path: string;
  /** With the stage, as sent. */
  readonly stagePath: string;
  readonly request: HttpRequest;
}

/**
 * Answers requests to the stages of REST APIs: a straight path from the request to a Lambda proxy integration, or to an
 * answer that is always the same.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export class RestApiDoor {
  readonly #options: RestApiDoorOptions;

  constructor(options: RestApiDoorOptions) {
    this.#options = options;
  }

  /** @param rawPath - `/{stage}/…`, as sent. */
  async answer(
    apiId: string,
    rawPath: string,
    request: HttpRequest,
    message: IncomingMessage,
    client: ClientResponse,
  ): Promise<void> {
    const ids = requestIds(request);
    try {
      await this.#pass({ apiId, rawPath, request, ...ids }, message, client);
    } catch (error) {
      if (!(error instanceof GatewayResponse)) throw error;
      const headers = error.errorType === undefined ? error.headers : [...error.headers, ...idHeaders(ids)];
      client.send(error.status, headers, error.body);
    }
  }

  async #pass(
    incoming: { apiId: string; rawPath: string; request: HttpRequest } & RequestIds,
    message: IncomingMessage,
    client: ClientResponse,
  ): Promise<void> {
    const passage = this.#route(incoming);
    const { caller, body } = await this.#admit(passage, message);
    const { integration } = passage.method;
    if (integration.type === "mock") this.#answerMock(passage, integration, client);
    else await this.#callFunction(passage, integration, caller, body, client);
  }

  #answerMock(passage: Passage, integration: MockIntegration, client: ClientResponse): void {
    const { requestId, request, stage } = passage;
    const note = (message: string) => this.#options.note(requestId, message);
    const { status, headers, body } = mockAnswer(integration, request, stage.api.binaryMediaTypes, note);
    client.send(status, [...headers, ...idHeaders(passage)], body);
  }

  async #callFunction(
    passage: Passage,
    integration: LambdaIntegration,
    caller: Caller | undefined,
    body: Buffer,
    client: ClientResponse,
  ): Promise<void> {
    const target = this.#target(passage, integration, caller);
    const event = Buffer.from(JSON.stringify(this.#event(passage, body, caller)));
    if (event.length > this.#options.limits.eventBytes) throw gatewayResponses.requestTooLong();
    const call = {
      requestId: randomUUID(),
      event,
      mode: integration.transferMode === "STREAM" ? ("RESPONSE_STREAM" as const) : ("BUFFERED" as const),
      bandwidth: limits.apiStreamBandwidth,
      expectsPrelude: integration.transferMode === "STREAM",
      invokedFunctionArn: integration.functionArn,
      traceId: passage.traceId,
      onLeave: (listener: () => void) => client.onLeave(listener),
      answeredStatus: () => client.answered,
    };
    const invoke = async (receiver: InvocationReceiver): Promise<void> => {
      const { ended } = await this.#options.invoke(target, call, receiver);
      await ended;
    };
    const timeoutMs = this.#options.limits.enforcesTimeouts ? integration.timeoutMs : unlimitedMs;
    try {
      if (integration.transferMode === "STREAM") await this.#stream(passage, timeoutMs, invoke, client);
      else await this.#buffer(passage, timeoutMs, invoke, client);
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      // Lambda refused the call.
      this.#options.note(passage.requestId, `500: ${error.summary}`);
      throw gatewayResponses.integrationRefused();
    }
  }

  #route(incoming: { apiId: string; rawPath: string; request: HttpRequest } & RequestIds): Passage {
    const { apiId, rawPath, request } = incoming;
    const [, stageName = "", rest = ""] = /^\/+([^/]*)(\/.*)?$/.exec(rawPath) ?? [];
    const stage = this.#options.find(apiId, stageName);
    if (stage === undefined) throw gatewayResponses.forbidden();
    const path = rest.replace(/^\/*/, "/");
    const methodOf = (resource: ApiResource) => findMethod(resource, request.method);
    const match = matchResource(stage.api.resources, path, (resource) => methodOf(resource) !== undefined);
    const method = match && methodOf(match.resource);
    if (match === undefined || method === undefined) {
      this.#options.note(incoming.requestId, `403: the API has no method for ${request.method} ${path}.`);
      throw gatewayResponses.missingAuthenticationToken();
    }
    if (typeof method === "string") {
      this.#options.note(incoming.requestId, `501: ${request.method} ${match.resource.path}: ${method}`);
      throw gatewayResponses.notServed(method);
    }
    return {
      ...incoming,
      stage,
      resource: match.resource,
      pathParameters: match.pathParameters,
      method,
      path,
      stagePath: `/${stageName}${rest}`,
    };
  }

  async #admit(
    passage: Passage,
    message: IncomingMessage,
  ): Promise<{ caller: Caller | undefined; body: Buffer }> {
    const { request, method } = passage;
    const read = async (): Promise<Buffer> => {
      const { apiPayloadBytes } = this.#options.limits;
      const body = await readBody(message, apiPayloadBytes);
      if (body === undefined) throw gatewayResponses.requestTooLarge(apiPayloadBytes);
      return body;
    };
    if (this.#options.isUnsigned) return { caller: undefined, body: await read() };
    if (method.authorization === "NONE") {
      this.#checkPolicy(passage, undefined);
      return { caller: undefined, body: await read() };
    }
    let admitted: { caller: Caller; body: Buffer };
    try {
      admitted = await this.#options.authenticator.authenticate(request, "execute-api", read);
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      throw gatewayResponses.unauthenticated(error.status, error.code, error.message);
    }
    this.#checkPolicy(passage, admitted.caller);
    return admitted;
  }

  /**
   * Whether the caller may call the method. Without authorization only the API's own policy has a say, if it has one.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
   */
  #checkPolicy(passage: Passage, caller: Caller | undefined): void {
    const { accountId } = this.#options;
    const { policy } = passage.stage.api;
    const policies = policy === undefined ? [] : [completePolicy(policy, this.#apiArn(passage.stage.apiId))];
    if (caller === undefined && policy === undefined) return;
    const arn = this.#methodArn(passage);
    const context = { "aws:SourceIp": passage.request.sourceIp };
    const { effect } =
      caller === undefined
        ? evaluate(
            { action: invokeAction, resource: arn, context, principal: anonymous },
            { identity: [], resource: policies, resourceAccountId: accountId },
          )
        : authorize(caller, invokeAction, arn, policies, accountId, context);
    if (effect === "allow") return;
    const silence =
      caller === undefined ? "" : ` because no identity-based policy allows the ${invokeAction} action`;
    throw gatewayResponses.accessDenied(
      `User: ${caller?.arn ?? "anonymous"} is not authorized to perform: ${invokeAction} on resource: ${maskedArn(arn)}${effect === "explicit-deny" ? " with an explicit deny" : silence}`,
    );
  }

  /** The function, if the integration may invoke it. */
  #target(passage: Passage, integration: LambdaIntegration, caller: Caller | undefined): LambdaFunction {
    const target = this.#options.findFunction(integration.functionArn);
    if (target === undefined) {
      this.#options.note(passage.requestId, `500: there is no function ${integration.functionArn}.`);
      throw gatewayResponses.integrationRefused();
    }
    const problem = this.#findInvokeProblem(passage, integration, target, caller);
    if (problem === undefined) return target;
    this.#options.note(
      passage.requestId,
      `500: Execution failed due to configuration error: Invalid permissions on Lambda function. ${problem}`,
    );
    throw gatewayResponses.integrationRefused();
  }

  #findInvokeProblem(
    passage: Passage,
    { credentials, functionArn }: LambdaIntegration,
    target: LambdaFunction,
    caller: Caller | undefined,
  ): string | undefined {
    if (this.#options.isUnsigned) return undefined;
    const { accountId, rolePolicies } = this.#options;
    const { qualifier } = splitFunctionReference(functionArn);
    const arn = qualifiedArn(target.arn, qualifier);
    const request = { action: "lambda:InvokeFunction", resource: arn };
    const on = { resource: target.policies, resourceAccountId: accountId };
    if (credentials === undefined) {
      const context = { "aws:SourceArn": this.#methodArn(passage), "aws:SourceAccount": accountId };
      const principal = { kind: "Service", name: "apigateway.amazonaws.com", accountId: undefined } as const;
      const { effect } = evaluate({ ...request, context, principal }, { identity: [], ...on });
      return effect === "allow"
        ? undefined
        : "Its resource policy does not let apigateway.amazonaws.com call lambda:InvokeFunction for this method.";
    }
    if (callerCredentials.test(credentials)) {
      const decision = caller && authorize(caller, request.action, arn, target.policies, accountId);
      return decision?.effect === "allow"
        ? undefined
        : "The caller itself may not call lambda:InvokeFunction.";
    }
    const identity = rolePolicies(credentials);
    if (identity === undefined) return `The integration's role ${credentials} does not exist.`;
    const principal = { kind: "AWS", name: credentials, accountId } as const;
    const { effect } = evaluate({ ...request, context: {}, principal }, { identity, ...on });
    return effect === "allow"
      ? undefined
      : `The integration's role ${credentials} lacks lambda:InvokeFunction.`;
  }

  #event(passage: Passage, body: Buffer, caller: Caller | undefined): Record<string, unknown> {
    const { stage, resource, method } = passage;
    return proxyEvent(passage.request, body, {
      accountId: this.#options.accountId,
      apiId: stage.apiId,
      deploymentId: stage.deploymentId,
      stage: stage.name,
      stageVariables: stage.variables,
      resourceId: resource.id,
      resourcePath: resource.path,
      operationName: method.operationName,
      pathParameters: passage.pathParameters,
      domainName: `${stage.apiId}.execute-api.${this.#options.region}.amazonaws.com`,
      path: passage.path,
      stagePath: passage.stagePath,
      requestId: passage.requestId,
      extendedRequestId: passage.extendedRequestId,
      traceId: passage.traceId.split(";")[0] ?? "",
      timeMs: Date.now(),
      caller: caller === undefined ? undefined : { ...caller, userArn: caller.arn },
      binaryMediaTypes: stage.api.binaryMediaTypes,
    });
  }

  get #clock(): Clock {
    return this.#options.clock ?? systemClock;
  }

  async #stream(
    passage: Passage,
    timeoutMs: number,
    invoke: (receiver: InvocationReceiver) => Promise<void>,
    client: ClientResponse,
  ): Promise<void> {
    const extra = [...idHeaders(passage), traceHeader(passage)];
    const refuse = (answer: GatewayResponse) =>
      client.send(answer.status, [...answer.headers, ...idHeaders(passage)], answer.body);
    const door: StreamDoor = {
      // The metadata is looked for whatever the content type says.
      expectsPrelude: () => true,
      head: (prelude) =>
        isAcceptablePrelude(prelude)
          ? { status: prelude.statusCode ?? 200, headers: [...streamHeaders(prelude), ...extra] }
          : { problem: "The metadata has a key besides statusCode, headers, multiValueHeaders and cookies." },
      bareHead: () => ({ status: 200, headers: extra }),
      emptyHead: () => ({ problem: "The function wrote nothing, not even metadata and delimiter." }),
      refuse: (reason) => {
        // AWS documents 500 for output without the stream format; for a failed function 502 is by analogy with BUFFERED.
        const isMalformed = reason.kind === "malformed";
        if (isMalformed) this.#options.note(passage.requestId, `500: ${reason.problem}`);
        refuse(isMalformed ? gatewayResponses.integrationRefused() : gatewayResponses.badIntegrationOutput());
      },
    };
    using stream = new LimitedStream(
      new HttpStreamReceiver(client, door),
      { timeoutMs, idleMs: limits.apiStreamIdleMs },
      (why) => {
        this.#options.note(passage.requestId, `The integration's ${why}. The function runs on.`);
        if (client.hasBegun) client.breakOff();
        else refuse(gatewayResponses.integrationTimeout());
      },
      this.#clock,
    );
    await invoke(stream);
  }

  async #buffer(
    passage: Passage,
    timeoutMs: number,
    invoke: (receiver: InvocationReceiver) => Promise<void>,
    client: ClientResponse,
  ): Promise<void> {
    const receiver = new BufferedReceiver();
    const outcome = Promise.withResolvers<BufferedResult | undefined>();
    const cancelTimeout = this.#clock.setTimer(timeoutMs, () => {
      const note = `The integration's timeout of ${timeoutMs} ms has passed. The function runs on.`;
      this.#options.note(passage.requestId, note);
      outcome.reject(gatewayResponses.integrationTimeout());
    });
    client.onLeave(() => outcome.resolve(undefined));
    invoke(receiver)
      .then(() => receiver.result)
      .then(outcome.resolve, outcome.reject);
    const result = await outcome.promise.finally(cancelTimeout);
    // Nobody is there to be answered.
    if (result === undefined) return;
    const accept = headerOf(passage.request, "accept")?.split(",")[0]?.split(";")[0]?.trim() ?? "";
    const types = passage.stage.api.binaryMediaTypes;
    if (result.isFunctionError) throw gatewayResponses.badIntegrationOutput();
    const answer = bufferedAnswer(result.payload, types.includes("*/*") || types.includes(accept));
    if ("problem" in answer) {
      this.#options.note(
        passage.requestId,
        `502: Execution failed due to configuration error: Malformed Lambda proxy response. ${answer.problem}`,
      );
      throw gatewayResponses.badIntegrationOutput();
    }
    if (answer.isBodyLost) {
      this.#options.note(
        passage.requestId,
        "The function streams and its integration is BUFFERED: API Gateway passes status and headers on and loses the body. Write responseTransferMode: STREAM, or ResponseTransferMode: RESPONSE_STREAM on a SAM event.",
      );
    }
    const headers = [...answer.headers, ...idHeaders(passage), traceHeader(passage)];
    client.send(answer.status, headers, answer.body);
  }

  /** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html */
  #methodArn({ stage, request, path }: Passage): string {
    return `${this.#apiArn(stage.apiId)}/${stage.name}/${request.method}${path}`;
  }

  #apiArn(apiId: string): string {
    const { region, accountId } = this.#options;
    return `arn:aws:execute-api:${region}:${accountId}:${apiId}`;
  }
}
