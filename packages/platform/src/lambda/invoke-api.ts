import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import * as lambdaClient from "@aws-sdk/client-lambda";
import { Invoke$, InvokeAsync$, InvokeWithResponseStream$ } from "@aws-sdk/client-lambda";
import { limits } from "@sluice/protocol";
import type { ClientResponse, HeaderList } from "../front-door/client-response.ts";
import { type HttpRequest, headerOf, readBody } from "../front-door/http-request.ts";
import { type Authenticator, authorize } from "../iam/caller.ts";
import { denialReason } from "../iam/evaluate.ts";
import type { PlatformLimits } from "../platform-limits.ts";
import { AwsServiceError } from "../service-error.ts";
import { errorTextMembers, restJsonError, toServiceError } from "../wire/error-response.ts";
import { readRestInput } from "../wire/rest-binding.ts";
import { jsonDocuments } from "../wire/rest-json-protocol.ts";
import { findRoute, inOrder, restRoute } from "../wire/rest-route.ts";
import type { NewEvent } from "./asynchronous/index.ts";
import { BufferedReceiver } from "./buffered-receiver.ts";
import { readClientContext } from "./client-context.ts";
import { checkEventJson } from "./event-json.ts";
import { EventStreamReceiver } from "./event-stream-receiver.ts";
import { qualifiedArn, readFunctionReference } from "./function-name.ts";
import { type InvocationCall, type InvokeFunction, newTraceId } from "./invocation-call.ts";
import type { LambdaFunction } from "./lambda-function.ts";
import type { LogTail } from "./log-tail.ts";

/** What the API needs of the rest of the platform. */
export interface InvokeApiOptions {
  readonly accountId: string;
  readonly region: string;
  /** What a name and a qualifier stand for right now; `$LATEST` without one. */
  readonly find: (name: string, qualifier: string | undefined) => LambdaFunction | undefined;
  readonly invoke: InvokeFunction;
  /** Accepts an event of an asynchronous invocation. Throws if it can't be kept. */
  readonly accept: (event: NewEvent) => void;
  readonly authenticator: Authenticator;
  readonly isUnsigned: boolean;
  readonly limits: PlatformLimits;
  /** Takes what a developer should know. */
  readonly note: (requestId: string, message: string) => void;
  /** Takes errors that are bugs. */
  readonly report: (error: unknown) => void;
}

/** An input of either operation, as far as it is used. */
interface InvokeInput {
  readonly FunctionName: string;
  readonly Qualifier?: string;
  readonly InvocationType?: string;
  readonly LogType?: string;
  readonly ClientContext?: string;
  readonly TenantId?: string;
  readonly DurableExecutionName?: string;
  readonly Payload?: Buffer;
  /** The event of `InvokeAsync`. */
  readonly InvokeArgs?: Buffer;
}

/** An invocation that was found good. */
interface Accepted {
  readonly target: LambdaFunction;
  readonly call: InvocationCall;
  readonly wantsLog: boolean;
}

const routes = inOrder(
  [Invoke$, InvokeWithResponseStream$, InvokeAsync$].flatMap((schema) => restRoute(schema) ?? []),
);
const textMembers = errorTextMembers(lambdaClient);

/**
 * The operations `Invoke`, `InvokeWithResponseStream` and the deprecated `InvokeAsync` of the Lambda service.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
 */
export class InvokeApi {
  readonly #options: InvokeApiOptions;

  constructor(options: InvokeApiOptions) {
    this.#options = options;
  }

  /** Whether a request to Lambda is to one of these operations. */
  static serves(request: HttpRequest): boolean {
    return findRoute(routes, request) !== undefined;
  }

  async answer(request: HttpRequest, message: IncomingMessage, client: ClientResponse): Promise<void> {
    const requestId = adoptRequestId(request);
    try {
      await this.#answer(request, message, client, requestId);
    } catch (thrown) {
      // A client that broke its request off can't be answered.
      if (message.destroyed && !message.complete) return;
      const error = toServiceError(thrown, this.#options.report);
      const answer = restJsonError(error, textMembers);
      this.#options.note(requestId, `${error.status} ${error.summary}`);
      client.send(answer.status, [...answer.headers, ["x-amzn-RequestId", requestId]], answer.body);
    }
  }

  async #answer(
    request: HttpRequest,
    message: IncomingMessage,
    client: ClientResponse,
    requestId: string,
  ): Promise<void> {
    const found = findRoute(routes, request);
    if (found === undefined) {
      throw new AwsServiceError(
        "UnknownOperationException",
        404,
        `${request.method} ${request.rawPath} is no operation that this platform serves. Of the Lambda API it serves Invoke, InvokeWithResponseStream and InvokeAsync.`,
      );
    }
    const accepted = await this.#accept(found, request, message, requestId, client);
    if (accepted === "dry run") {
      // Everything was found good, and nothing runs.
      client.begin(204, [["x-amzn-RequestId", requestId]]);
      client.end();
      return;
    }
    if (accepted === "queued") {
      const remapped = ["x-amzn-Remapped-Content-Length", "0"] as const;
      client.send(202, [["x-amzn-RequestId", requestId], remapped], "");
      return;
    }
    const headers = answerHeaders(requestId, accepted.call.traceId, accepted.target.version);
    if (accepted.call.mode === "RESPONSE_STREAM") await this.#stream(accepted, headers, client);
    else await this.#buffer(accepted, headers, client);
  }

  /** Checks everything that is checked before a function runs, and keeps the event of one that runs later. */
  async #accept(
    { route, labels }: NonNullable<ReturnType<typeof findRoute>>,
    request: HttpRequest,
    message: IncomingMessage,
    requestId: string,
    client: ClientResponse,
  ): Promise<Accepted | "dry run" | "queued"> {
    const { accountId, region, authenticator, isUnsigned } = this.#options;
    const read = () => readEvent(message, this.#options.limits.eventBytes);
    const { caller, body } = isUnsigned
      ? { caller: undefined, body: await read() }
      : await authenticator.authenticate(request, "lambda", read);
    const input = readRestInput(route.schema, labels, request, body, jsonDocuments) as unknown as InvokeInput;
    const isStream = route.name === "InvokeWithResponseStream";
    const isAsync = route.name === "InvokeAsync";
    const action = isAsync ? "lambda:InvokeAsync" : "lambda:InvokeFunction";
    checkEnum("invocationType", input.InvocationType, isStream ? streamTypes : invocationTypes);
    checkEnum("logType", input.LogType, ["None", "Tail"]);
    const reference = readFunctionReference(input.FunctionName, input.Qualifier, region);
    const { name, qualifier } = reference;
    const unqualified = `arn:aws:lambda:${region}:${reference.accountId ?? accountId}:function:${name}`;
    const arn = qualifiedArn(unqualified, qualifier);
    if (
      caller !== undefined &&
      reference.accountId !== undefined &&
      reference.accountId !== caller.accountId
    ) {
      // Nobody here has a function that lets in another account.
      throw notAuthorized(
        caller.arn,
        action,
        arn,
        `because no resource-based policy allows the ${action} action`,
      );
    }
    const target = this.#options.find(name, qualifier);
    if (target === undefined) {
      const missing = `Function not found: ${unqualified}:${qualifier ?? "$LATEST"}`;
      throw new AwsServiceError("ResourceNotFoundException", 404, missing, { Type: "User" });
    }
    if (caller !== undefined) {
      const decision = authorize(caller, action, arn, target.policies, accountId);
      if (decision.effect !== "allow") {
        throw notAuthorized(caller.arn, action, arn, denialReason(decision, action));
      }
    }
    if (input.DurableExecutionName !== undefined) {
      throw unsupported(
        "Durable executions are not served by this platform. Leave out X-Amz-Durable-Execution-Name.",
      );
    }
    if (input.InvocationType === "DryRun") return "dry run";
    const payload = input.Payload ?? input.InvokeArgs ?? Buffer.alloc(0);
    const event = payload.length === 0 ? Buffer.from("{}") : payload;
    checkEventJson(event);
    const traceId = headerOf(request, "x-amzn-trace-id") ?? newTraceId(Date.now());
    if (isAsync || input.InvocationType === "Event") {
      checkAsynchronousSize(event);
      this.#options.accept({
        functionName: name,
        qualifier,
        invokedArn: arn,
        requestId,
        traceId,
        tenantId: input.TenantId,
        payload: event,
      });
      return "queued";
    }
    return {
      target,
      wantsLog: input.LogType === "Tail",
      call: {
        requestId,
        event,
        mode: isStream ? "RESPONSE_STREAM" : "BUFFERED",
        invokedFunctionArn: arn,
        traceId,
        clientContext: readClientContext(input.ClientContext),
        tenantId: input.TenantId,
        onLeave: (listener) => client.onLeave(listener),
        answeredStatus: () => client.answered,
      },
    };
  }

  async #buffer(
    { target, call, wantsLog }: Accepted,
    headers: HeaderList,
    client: ClientResponse,
  ): Promise<void> {
    const receiver = new BufferedReceiver();
    const { logTail } = await this.#options.invoke(target, call, receiver);
    const result = await receiver.result;
    const more: [string, string][] = [];
    if (result.isFunctionError) more.push(["X-Amz-Function-Error", "Unhandled"]);
    if (wantsLog) more.push(["X-Amz-Log-Result", base64(await logTail)]);
    const remapped = ["x-amzn-Remapped-Content-Length", "0"] as const;
    client.send(200, [["Content-Type", "application/json"], ...headers, remapped, ...more], result.payload);
  }

  async #stream(
    { target, call, wantsLog }: Accepted,
    headers: HeaderList,
    client: ClientResponse,
  ): Promise<void> {
    const receiver = new EventStreamReceiver(client);
    const begin = () =>
      client.begin(200, [["Content-Type", "application/vnd.amazon.eventstream"], ...headers]);
    const invocation = this.#options.invoke(target, call, {
      // A refusal must still be able to become an HTTP error, so the head waits for the function's first sign.
      start: () => begin(),
      chunk: (bytes) => receiver.chunk(bytes),
      end: (end) => {
        begin();
        receiver.end(end);
      },
    });
    const { ended, logTail } = await invocation;
    await ended;
    receiver.complete(wantsLog ? base64(await logTail) : undefined);
  }
}

function base64(log: LogTail): string {
  return Buffer.from(log.text()).toString("base64");
}

const invocationTypes = ["Event", "RequestResponse", "DryRun"];
const streamTypes = ["RequestResponse", "DryRun"];

async function readEvent(message: IncomingMessage, eventBytes: number): Promise<Buffer> {
  const body = await readBody(message, eventBytes);
  if (body !== undefined) return body;
  throw new AwsServiceError(
    "RequestTooLargeException",
    413,
    `Request must be smaller than ${eventBytes} bytes for the InvokeFunction operation`,
    { Type: "User" },
  );
}

function checkAsynchronousSize({ length }: Uint8Array): void {
  if (length <= limits.asynchronousEventBytes) return;
  throw new AwsServiceError(
    "RequestTooLargeException",
    413,
    `${length} byte payload is too large for the Event invocation type (limit ${limits.asynchronousEventBytes} bytes)`,
    { Type: "User" },
  );
}

function checkEnum(field: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw new AwsServiceError(
    "ValidationException",
    400,
    `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(", ")}]`,
  );
}

function unsupported(message: string): AwsServiceError {
  return new AwsServiceError("InvalidParameterValueException", 400, message, { Type: "User" });
}

function notAuthorized(callerArn: string, action: string, arn: string, reason: string): AwsServiceError {
  return new AwsServiceError(
    "AccessDeniedException",
    403,
    `User: ${callerArn} is not authorized to perform: ${action} on resource: ${arn} ${reason}`,
  );
}

/** A UUID that the client sends is taken over. */
function adoptRequestId(request: HttpRequest): string {
  const sent = headerOf(request, "x-amzn-requestid");
  return sent !== undefined && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(sent)
    ? sent
    : randomUUID();
}

function answerHeaders(requestId: string, traceId: string, executedVersion: string): HeaderList {
  return [
    ["x-amzn-RequestId", requestId],
    ["X-Amzn-Trace-Id", traceId.split(";")[0]?.replace("Root=", "root=") ?? ""],
    ["X-Amz-Executed-Version", executedVersion],
  ];
}
