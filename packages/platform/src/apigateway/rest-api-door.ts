import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { ClientResponse, HeaderList } from "../front-door/client-response.ts";
import { type HttpRequest, headerOf, readBody } from "../front-door/http-request.ts";
import { type Authenticator, authorize, type Caller } from "../iam/caller.ts";
import { evaluate } from "../iam/evaluate.ts";
import type { PolicyDocument } from "../iam/policy.ts";
import { BufferedReceiver } from "../lambda/buffered-receiver.ts";
import type { InvocationReceiver } from "../lambda/environment/invocation.ts";
import { HttpStreamReceiver, type StreamDoor } from "../lambda/http-stream-receiver.ts";
import { type InvokeFunction, newTraceId } from "../lambda/invocation-call.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import { AwsServiceError } from "../service-error.ts";
import { GatewayResponse, gatewayResponses } from "./gateway-response.ts";
import { bufferedAnswer, isAcceptablePrelude, streamHeaders } from "./integration-response.ts";
import { proxyEvent } from "./proxy-event.ts";
import { matchResource } from "./resource-matcher.ts";
import type { ApiMethod, ApiResource, LambdaIntegration, RestApi } from "./rest-api.ts";

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
  /** Takes what a developer should know and the client is not told. */
  readonly note: (requestId: string, message: string) => void;
}

/**
 * Request and buffered response, in bytes.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
const payloadBytes = 10_485_760;

/** Stands for the caller's own credentials. */
const callerCredentials = /^arn:aws[a-z-]*:iam::\*:user\/\*$/;

/** One request on its way through a stage. */
interface Passage {
  readonly stage: Stage;
  readonly resource: ApiResource;
  readonly method: ApiMethod;
  readonly pathParameters: Readonly<Record<string, string>>;
  /** Without the stage, as sent. */
  readonly path: string;
  readonly request: HttpRequest;
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly traceId: string;
}

/**
 * Answers requests to the stages of REST APIs: a straight path from the request to a Lambda proxy integration.
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
    const ids = {
      requestId: randomUUID(),
      // Eleven bytes in base64 with a padding sign, as AWS's look.
      extendedRequestId: randomBytes(11).toString("base64"),
      traceId: newTraceId(Date.now()),
    };
    try {
      await this.#pass({ apiId, rawPath, request, ...ids }, message, client);
    } catch (error) {
      if (!(error instanceof GatewayResponse)) throw error;
      client.send(error.status, [...error.headers, ...idHeaders(ids)], error.body);
    }
  }

  async #pass(
    incoming: { apiId: string; rawPath: string; request: HttpRequest } & Ids,
    message: IncomingMessage,
    client: ClientResponse,
  ): Promise<void> {
    const passage = this.#route(incoming);
    const { caller, body } = await this.#admit(passage, message);
    const target = this.#target(passage, caller);
    const call = {
      requestId: randomUUID(),
      event: Buffer.from(JSON.stringify(this.#event(passage, body, caller))),
      mode:
        passage.method.integration.transferMode === "STREAM"
          ? ("RESPONSE_STREAM" as const)
          : ("BUFFERED" as const),
      invokedFunctionArn: passage.method.integration.functionArn,
      traceId: passage.traceId,
      onLeave: (listener: () => void) => client.onLeave(listener),
      answeredStatus: () => client.status,
    };
    const invoke = async (receiver: InvocationReceiver): Promise<void> => {
      const { ended } = await this.#options.invoke(target, call, receiver);
      await ended;
    };
    const { integration } = passage.method;
    try {
      if (integration.transferMode === "STREAM") await this.#stream(passage, invoke, client);
      else await this.#buffer(passage, invoke, client);
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      // Lambda refused the call.
      this.#options.note(passage.requestId, `500: ${error.code}: ${error.message}`);
      throw gatewayResponses.integrationRefused();
    }
  }

  #route(incoming: { apiId: string; rawPath: string; request: HttpRequest } & Ids): Passage {
    const { apiId, rawPath, request } = incoming;
    const [, stageName = "", rest = ""] = /^\/([^/]*)(\/.*)?$/.exec(rawPath) ?? [];
    const stage = this.#options.find(apiId, stageName);
    if (stage === undefined) throw gatewayResponses.forbidden();
    const path = rest === "" ? "/" : rest;
    const match = matchResource(stage.api.resources, path);
    const method = match?.resource.methods.get(request.method) ?? match?.resource.methods.get("ANY");
    if (match === undefined || method === undefined) throw gatewayResponses.missingAuthenticationToken();
    return {
      ...incoming,
      stage,
      resource: match.resource,
      pathParameters: match.pathParameters,
      method,
      path,
    };
  }

  async #admit(
    passage: Passage,
    message: IncomingMessage,
  ): Promise<{ caller: Caller | undefined; body: Buffer }> {
    const { request, method } = passage;
    const read = async (): Promise<Buffer> => {
      const body = await readBody(message, payloadBytes);
      if (body === undefined) throw gatewayResponses.requestTooLarge(payloadBytes);
      return body;
    };
    if (method.authorization === "NONE" || this.#options.isUnsigned)
      return { caller: undefined, body: await read() };
    let admitted: { caller: Caller; body: Buffer };
    try {
      admitted = await this.#options.authenticator.authenticate(request, "execute-api", read);
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      throw new GatewayResponse(error.status, error.code, error.message);
    }
    const arn = this.#methodArn(passage);
    const { policy } = passage.stage.api;
    const policies = policy === undefined ? [] : [policy];
    const { accountId } = this.#options;
    const decision = authorize(admitted.caller, "execute-api:Invoke", arn, policies, accountId);
    if (decision.effect !== "allow") {
      const reason =
        decision.effect === "explicit-deny"
          ? " with an explicit deny"
          : " because no identity-based policy allows the execute-api:Invoke action";
      throw gatewayResponses.accessDenied(
        `User: ${admitted.caller.arn} is not authorized to perform: execute-api:Invoke on resource: ${arn}${reason}`,
      );
    }
    return admitted;
  }

  /** The function, if the integration may invoke it. */
  #target(passage: Passage, caller: Caller | undefined): LambdaFunction {
    const { integration } = passage.method;
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
    { credentials }: LambdaIntegration,
    target: LambdaFunction,
    caller: Caller | undefined,
  ): string | undefined {
    if (this.#options.isUnsigned) return undefined;
    const { accountId, rolePolicies } = this.#options;
    const request = { action: "lambda:InvokeFunction", resource: target.arn };
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
      const decision = caller && authorize(caller, request.action, target.arn, target.policies, accountId);
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
      requestId: passage.requestId,
      extendedRequestId: passage.extendedRequestId,
      traceId: passage.traceId.split(";")[0] ?? "",
      timeMs: Date.now(),
      caller: caller === undefined ? undefined : { ...caller, userArn: caller.arn },
      binaryMediaTypes: stage.api.binaryMediaTypes,
    });
  }

  async #stream(
    passage: Passage,
    invoke: (receiver: InvocationReceiver) => Promise<void>,
    client: ClientResponse,
  ): Promise<void> {
    const timer = setTimeout(() => {
      this.#options.note(passage.requestId, "The integration's timeout has passed.");
      if (client.hasBegun) client.breakOff();
      else refuse(gatewayResponses.integrationTimeout());
    }, passage.method.integration.timeoutMs);
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
    try {
      await invoke(new HttpStreamReceiver(client, door));
    } finally {
      clearTimeout(timer);
    }
  }

  async #buffer(
    passage: Passage,
    invoke: (receiver: InvocationReceiver) => Promise<void>,
    client: ClientResponse,
  ): Promise<void> {
    const receiver = new BufferedReceiver();
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => timeout.reject(gatewayResponses.integrationTimeout()),
      passage.method.integration.timeoutMs,
    );
    const invocation = invoke(receiver);
    // After a timeout the function runs on, and nobody waits for it.
    invocation.catch(() => {});
    try {
      await Promise.race([invocation, timeout.promise]);
    } finally {
      clearTimeout(timer);
    }
    const result = await receiver.result;
    const accept = headerOf(passage.request, "accept")?.split(",")[0]?.split(";")[0]?.trim() ?? "";
    const types = passage.stage.api.binaryMediaTypes;
    const answer = result.isFunctionError
      ? undefined
      : bufferedAnswer(result.payload, types.includes("*/*") || types.includes(accept));
    if (answer === undefined) {
      if (!result.isFunctionError) {
        this.#options.note(
          passage.requestId,
          "502: Execution failed due to configuration error: Malformed Lambda proxy response",
        );
      }
      throw gatewayResponses.badIntegrationOutput();
    }
    const headers = [...answer.headers, ...idHeaders(passage), traceHeader(passage)];
    client.send(answer.status, headers, answer.body);
  }

  /** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html */
  #methodArn({ stage, request, path }: Passage): string {
    const { region, accountId } = this.#options;
    return `arn:aws:execute-api:${region}:${accountId}:${stage.apiId}/${stage.name}/${request.method}${path}`;
  }
}

interface Ids {
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly traceId: string;
}

function idHeaders(ids: Pick<Ids, "requestId" | "extendedRequestId">): HeaderList {
  return [
    ["x-amzn-RequestId", ids.requestId],
    ["x-amz-apigw-id", ids.extendedRequestId],
  ];
}

function traceHeader({ traceId }: Pick<Ids, "traceId">): readonly [string, string] {
  return ["X-Amzn-Trace-Id", traceId.split(";")[0] ?? ""];
}
