import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { ClientResponse, HeaderList } from "../front-door/client-response.ts";
import { type HttpRequest, headerOf, readBody } from "../front-door/http-request.ts";
import type { PlatformLimits } from "../platform-limits.ts";
import { AwsServiceError } from "../service-error.ts";
import { readClientContext } from "./client-context.ts";
import { checkEventJson } from "./event-json.ts";
import { qualifiedArn, splitFunctionReference } from "./function-name.ts";
import { streamHeads } from "./function-url/url-response.ts";
import { HttpStreamReceiver, type StreamDoor } from "./http-stream-receiver.ts";
import { type InvokeFunction, newTraceId } from "./invocation-call.ts";
import type { LambdaFunction } from "./lambda-function.ts";
import { RawStreamReceiver } from "./raw-stream-receiver.ts";

/** What the door needs of the rest of the platform. */
export interface LocalInvokeDoorOptions {
  /** The function of that name or logical id, perhaps with `:` and a qualifier; the first one if none is given. */
  readonly find: (name: string | undefined) => LambdaFunction | undefined;
  readonly invoke: InvokeFunction;
  readonly limits: PlatformLimits;
}

/**
 * `POST /invoke` and `POST /invoke/{name}`: unsigned, for this machine only, and no part of AWS. The event is the body;
 * the answer streams as the function writes it, with the status and headers that it sets. The header `Sluice-View: raw`, or
 * `?view=raw`, asks for the stream as it is, prelude included. A failed function answers as `Invoke` does.
 */
export class LocalInvokeDoor {
  readonly #options: LocalInvokeDoorOptions;

  constructor(options: LocalInvokeDoorOptions) {
    this.#options = options;
  }

  async answer(
    functionName: string | undefined,
    request: HttpRequest,
    message: IncomingMessage,
    client: ClientResponse,
  ): Promise<void> {
    const requestId = randomUUID();
    try {
      await this.#answer(functionName, request, message, client, requestId);
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      const headers: HeaderList = [
        ["Content-Type", "application/json"],
        ["x-amzn-ErrorType", error.code],
        ["x-amzn-RequestId", requestId],
        ...(error.status === 405 ? [["Allow", "POST"] as const] : []),
      ];
      client.send(error.status, headers, JSON.stringify({ ...error.members, message: error.message }));
    }
  }

  async #answer(
    functionName: string | undefined,
    request: HttpRequest,
    message: IncomingMessage,
    client: ClientResponse,
    requestId: string,
  ): Promise<void> {
    if (request.method !== "POST") {
      throw new AwsServiceError("MethodNotAllowed", 405, "Send a POST request whose body is the event.");
    }
    const target = this.#options.find(functionName);
    if (target === undefined) {
      const named =
        functionName === undefined
          ? "The template has no function."
          : `There is no function ${functionName}.`;
      throw new AwsServiceError("ResourceNotFoundException", 404, named, { Type: "User" });
    }
    const { eventBytes } = this.#options.limits;
    const body = await readBody(message, eventBytes);
    if (body === undefined) {
      throw new AwsServiceError(
        "RequestTooLargeException",
        413,
        `Request must be smaller than ${eventBytes} bytes for the InvokeFunction operation`,
        { Type: "User" },
      );
    }
    const event = body.length === 0 ? Buffer.from("{}") : body;
    checkEventJson(event);
    const extra: HeaderList = [
      ["x-amzn-RequestId", requestId],
      ["X-Amz-Executed-Version", target.version],
    ];
    const qualifier = functionName === undefined ? undefined : splitFunctionReference(functionName).qualifier;
    const call = {
      requestId,
      event,
      mode: "RESPONSE_STREAM" as const,
      invokedFunctionArn: qualifiedArn(target.arn, qualifier),
      traceId: newTraceId(Date.now()),
      clientContext: readClientContext(headerOf(request, "x-amz-client-context")),
      tenantId: headerOf(request, "x-amz-tenant-id"),
      onLeave: (listener: () => void) => client.onLeave(listener),
      answeredStatus: () => client.answered,
    };
    const door = localDoor(client, extra);
    const receiver = wantsRawStream(request)
      ? new RawStreamReceiver(client, extra, door.refuse)
      : new HttpStreamReceiver(client, door);
    await this.#options.invoke(target, call, receiver);
  }
}

/** Whether the client wants to see what the function writes, as `@sluice/runtime`'s local server has it. */
function wantsRawStream(request: HttpRequest): boolean {
  return (
    headerOf(request, "sluice-view") === "raw" || new URLSearchParams(request.rawQuery).get("view") === "raw"
  );
}

function localDoor(client: ClientResponse, extra: HeaderList): StreamDoor {
  return {
    ...streamHeads(extra),
    refuse: (reason) => {
      if (reason.kind === "malformed") {
        client.send(
          502,
          [["Content-Type", "text/plain"], ...extra],
          `Internal Server Error\n${reason.problem}\n`,
        );
        return;
      }
      const headers = [
        ["Content-Type", "application/json"],
        ...extra,
        ["X-Amz-Function-Error", "Unhandled"],
      ] as const;
      client.send(200, headers, reason.payload);
    },
  };
}
