import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { ClientResponse, HeaderList } from "../../front-door/client-response.ts";
import { type HttpRequest, readBody } from "../../front-door/http-request.ts";
import { type Authenticator, authorize, type Caller } from "../../iam/caller.ts";
import type { RequestPrincipal } from "../../iam/evaluate.ts";
import { SteadyDecisions } from "../../iam/steady-decisions.ts";
import type { PlatformLimits } from "../../platform-limits.ts";
import { AwsServiceError } from "../../service-error.ts";
import { BufferedReceiver } from "../buffered-receiver.ts";
import { qualifiedArn } from "../function-name.ts";
import { HttpStreamReceiver, type StreamDoor } from "../http-stream-receiver.ts";
import { type InvokeFunction, newTraceId } from "../invocation-call.ts";
import type { FunctionUrl, LambdaFunction } from "../lambda-function.ts";
import { corsHeaders, isPreflight, preflightHeaders } from "./cors.ts";
import { urlEvent } from "./url-event.ts";
import { badGateway, bufferedAnswer, type HttpAnswer, streamHeads } from "./url-response.ts";

/** What the door needs of the rest of the platform. */
export interface FunctionUrlDoorOptions {
  readonly accountId: string;
  readonly region: string;
  /** Nothing for an id that doesn't exist. */
  readonly find: (urlId: string) => { url: FunctionUrl; target: LambdaFunction | undefined } | undefined;
  readonly invoke: InvokeFunction;
  readonly authenticator: Authenticator;
  /** Whether signatures and policies are left unchecked. */
  readonly isUnsigned: boolean;
  readonly limits: PlatformLimits;
  /** Takes what a developer should know and the client is not told. */
  readonly note: (requestId: string, message: string) => void;
  /** A request got its status, or 0 where its client left before. */
  readonly measure: (url: FunctionUrl, status: number, latencyMs: number) => void;
}

const forbidden: HttpAnswer = {
  status: 403,
  headers: [
    ["Content-Type", "application/json"],
    ["x-amzn-ErrorType", "AccessDeniedException"],
  ],
  body: Buffer.from(
    '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}',
  ),
};

const unknownUrl: HttpAnswer = { ...forbidden, body: Buffer.from('{"Message":null}') };

/** What the service answers to a longer body is not recorded; 413 is what the HTTP status is for. */
const tooLarge: HttpAnswer = {
  status: 413,
  headers: [
    ["Content-Type", "application/json"],
    ["x-amzn-ErrorType", "RequestEntityTooLargeException"],
  ],
  body: Buffer.from('{"Message":"Request Entity Too Large"}'),
};

/**
 * Answers requests to function URLs.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export class FunctionUrlDoor {
  readonly #options: FunctionUrlDoorOptions;
  /** About everybody. */
  readonly #decisions: SteadyDecisions;

  constructor(options: FunctionUrlDoorOptions) {
    this.#options = options;
    this.#decisions = new SteadyDecisions(options.accountId);
  }

  /** @param rawPath - the path within the URL, as sent. */
  async answer(
    urlId: string,
    rawPath: string,
    request: HttpRequest,
    message: IncomingMessage,
    client: ClientResponse,
  ): Promise<void> {
    const requestId = randomUUID();
    const found = this.#options.find(urlId);
    if (found === undefined) return send(client, unknownUrl, requestId);
    const { url, target } = found;
    const beganMs = performance.now();
    void client.answered.then((status) => this.#options.measure(url, status, performance.now() - beganMs));
    if (target === undefined) {
      this.#options.note(requestId, `403: ${url.functionName} has no alias ${url.qualifier}.`);
      return send(client, forbidden, requestId);
    }
    const { cors } = url;
    if (cors !== undefined && isPreflight(request, cors)) {
      return send(
        client,
        { status: 200, headers: preflightHeaders(request, cors), body: Buffer.alloc(0) },
        requestId,
      );
    }
    const admitted = await this.#admit(url, target, request, message, requestId);
    if ("refusal" in admitted) return send(client, admitted.refusal, requestId);

    const nowMs = Date.now();
    const traceId = newTraceId(nowMs);
    const event = urlEvent(request, admitted.body, {
      accountId: this.#options.accountId,
      urlId,
      domainName: `${urlId}.lambda-url.${this.#options.region}.on.aws`,
      rawPath,
      requestId,
      traceId,
      timeMs: nowMs,
      caller:
        admitted.caller === undefined ? undefined : { ...admitted.caller, userArn: admitted.caller.arn },
    });
    const call = {
      requestId,
      event: Buffer.from(JSON.stringify(event)),
      mode: url.invokeMode,
      invokedFunctionArn: qualifiedArn(target.arn, url.qualifier),
      traceId,
      onLeave: (listener: () => void) => client.onLeave(listener),
      answeredStatus: () => client.answered,
    };
    const extra: HeaderList = [...standardHeaders(requestId, traceId), ...corsHeaders(request, cors)];
    if (url.invokeMode === "RESPONSE_STREAM") {
      const door = streamDoor(client, extra, (text) => this.#options.note(requestId, text));
      await this.#invoke(target, call, new HttpStreamReceiver(client, door), client, requestId);
      return;
    }
    const receiver = new BufferedReceiver();
    if (!(await this.#invoke(target, call, receiver, client, requestId))) return;
    const result = await receiver.result;
    const meant = result.isFunctionError ? badGateway : bufferedAnswer(result.payload);
    if ("problem" in meant) this.#options.note(requestId, `502: ${meant.problem}`);
    const answer = "problem" in meant ? badGateway : meant;
    client.send(answer.status, [...answer.headers, ...extra], answer.body);
  }

  async #admit(
    url: FunctionUrl,
    target: LambdaFunction,
    request: HttpRequest,
    message: IncomingMessage,
    requestId: string,
  ): Promise<{ caller: Caller | undefined; body: Buffer } | { refusal: HttpAnswer }> {
    const read = async (): Promise<Buffer> => {
      const body = await readBody(message, this.#options.limits.eventBytes);
      if (body === undefined) throw new BodyTooLargeError();
      return body;
    };
    const { isUnsigned, authenticator, note } = this.#options;
    const arn = qualifiedArn(target.arn, url.qualifier);
    try {
      if (isUnsigned) return { caller: undefined, body: await read() };
      if (url.authType === "NONE") {
        return this.#isPublic(arn, target, requestId)
          ? { caller: undefined, body: await read() }
          : { refusal: forbidden };
      }
      const admitted = await authenticator.authenticate(request, "lambda", read);
      return this.#mayInvoke(admitted.caller, arn, target, requestId) ? admitted : { refusal: forbidden };
    } catch (error) {
      if (error instanceof BodyTooLargeError) return { refusal: tooLarge };
      if (!(error instanceof AwsServiceError)) throw error;
      // The client is told no more than this; the developer is.
      note(requestId, `403: ${error.summary}`);
      return { refusal: forbidden };
    }
  }

  /** Both permissions are needed since October 2025, by conditions that keep direct invocations closed. */
  #isPublic(arn: string, target: LambdaFunction, requestId: string): boolean {
    const missing = urlActions.NONE.find(({ action, context }) => {
      const request = { action, resource: arn, context, principal: everybody };
      return this.#decisions.evaluate(request, target.policies).effect !== "allow";
    });
    if (missing === undefined) return true;
    this.#options.note(
      requestId,
      `403: the resource policy of ${arn} does not allow ${missing.action} to everyone. Add an AWS::Lambda::Permission for it with Principal: "*", ${missing.permission}. AWS wants one for each of lambda:InvokeFunctionUrl and lambda:InvokeFunction.`,
    );
    return false;
  }

  #mayInvoke(caller: Caller, arn: string, target: LambdaFunction, requestId: string): boolean {
    const { accountId, note } = this.#options;
    for (const { action, context, permission } of urlActions.AWS_IAM) {
      const decision = authorize(caller, action, arn, target.policies, accountId, context);
      if (decision.effect === "allow") continue;
      note(
        requestId,
        `403: ${caller.arn} may not ${action} (${decision.effect}). Let a policy of the caller's allow it on ${arn}, or add an AWS::Lambda::Permission for that with the caller as Principal, ${permission}.`,
      );
      return false;
    }
    return true;
  }

  /** @returns whether the invocation took place. */
  async #invoke(
    target: LambdaFunction,
    call: Parameters<InvokeFunction>[1],
    receiver: Parameters<InvokeFunction>[2],
    client: ClientResponse,
    requestId: string,
  ): Promise<boolean> {
    try {
      await this.#options.invoke(target, call, receiver);
      return true;
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      // Throttled, or the function can't run: what a client gets beyond the status is not documented.
      const status = error.status === 429 ? 429 : 502;
      this.#options.note(requestId, `${status}: ${error.summary}`);
      send(client, { ...badGateway, status }, requestId);
      return false;
    }
  }
}

class BodyTooLargeError extends Error {}

/**
 * What a caller needs, and the properties of a permission that gives it.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
const urlActions = { NONE: actionsOf("NONE"), AWS_IAM: actionsOf("AWS_IAM") };

function actionsOf(authType: FunctionUrl["authType"]) {
  return [
    {
      action: "lambda:InvokeFunctionUrl",
      context: { "lambda:FunctionUrlAuthType": authType },
      permission: `Action: lambda:InvokeFunctionUrl and FunctionUrlAuthType: ${authType}`,
    },
    {
      action: "lambda:InvokeFunction",
      context: { "lambda:InvokedViaFunctionUrl": "true" },
      permission: "Action: lambda:InvokeFunction and InvokedViaFunctionUrl: true",
    },
  ];
}

const everybody: RequestPrincipal = { kind: "anonymous", name: "*", accountId: undefined };

function streamDoor(client: ClientResponse, extra: HeaderList, note: (message: string) => void): StreamDoor {
  const refuse = (answer: HttpAnswer) =>
    client.send(answer.status, [...answer.headers, ...extra], answer.body);
  return {
    ...streamHeads(extra),
    refuse: (reason) => {
      if (reason.kind === "malformed") note(`502: ${reason.problem}`);
      refuse(badGateway);
    },
  };
}

function standardHeaders(requestId: string, traceId: string): HeaderList {
  return [
    ["x-amzn-RequestId", requestId],
    ["X-Amzn-Trace-Id", traceId.split(";")[0]?.replace("Root=", "root=") ?? ""],
  ];
}

function send(client: ClientResponse, answer: HttpAnswer, requestId: string): void {
  client.send(answer.status, [...answer.headers, ["x-amzn-RequestId", requestId]], answer.body);
}
