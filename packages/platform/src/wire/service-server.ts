import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import type { ClientResponse } from "../front-door/client-response.ts";
import { type HttpRequest, headerOf, readBody } from "../front-door/http-request.ts";
import type { Caller } from "../iam/caller.ts";
import { AwsServiceError } from "../service-error.ts";
import { type VerifiedBody, withoutFraming } from "../signature/index.ts";
import { findConstraintProblem, missingMembersText } from "./constraint.ts";
import { denialOf } from "./denial.ts";
import type { CallContext } from "./service-api.ts";
import { requiredMembers, type ServedOperation, type ServiceModel } from "./service-model.ts";
import type { FoundOperation, WireAnswer, WireProtocol } from "./wire-protocol.ts";

/** What serving AWS's APIs needs of the rest of the platform. */
export interface ServiceServerOptions {
  readonly accountId: string;
  readonly region: string;
  /** Verifies a signature, if the platform asks for one. */
  readonly authenticate: (
    request: HttpRequest,
    signingName: string,
    read: () => Promise<Buffer>,
  ) => Promise<{ caller?: Caller; body: Buffer }>;
  /** The same for a body that is verified as it is read. */
  readonly authenticateStream: (
    request: HttpRequest,
    signingName: string,
    source: Readable,
  ) => Promise<{ caller?: Caller } & VerifiedBody>;
  /** Takes errors that are bugs. */
  readonly report: (error: unknown) => void;
  /** Takes what a developer should know. */
  readonly note: (requestId: string, message: string) => void;
}

/** One request on its way. */
export interface ServiceRequest {
  readonly request: HttpRequest;
  readonly message: IncomingMessage;
  readonly client: ClientResponse;
  readonly requestId: string;
  /** The body, if it has been read already. */
  readonly body?: Buffer;
}

/** Requests of most services are small. Ours, in bytes. */
const standardRequestBytes = 1024 * 1024;

/** Answers one request to a service, whatever becomes of it, in the protocol's own form. */
export async function answerService(
  options: ServiceServerOptions,
  model: ServiceModel,
  protocol: WireProtocol,
  incoming: ServiceRequest,
): Promise<void> {
  const { request, message, client, requestId } = incoming;
  const ids = [[protocol.requestIdHeader, requestId]] as const;
  try {
    const { caller, body, trailers, found } = await authenticate(options, model, protocol, incoming);
    const input = protocol.read(found, withoutFraming(request), unpacked(request, body, model));
    const left = new AbortController();
    client.onLeave(() => left.abort());
    const output = await call(model, protocol, found, input, {
      caller,
      requestId,
      region: options.region,
      accountId: options.accountId,
      endpoint: `http://${headerOf(request, "host") ?? "127.0.0.1"}`,
      request: withoutFraming(request),
      trailers,
      signal: left.signal,
      note: (text) => options.note(requestId, text),
    });
    const answer = protocol.write(model, found, output, requestId);
    await send(client, { ...answer, headers: [...answer.headers, ...ids] });
  } catch (thrown) {
    if (message.destroyed && !message.complete) return;
    const error = toWireError(thrown, protocol, options.report);
    options.note(requestId, `${model.entry.name}: ${error.status} ${error.summary}`);
    const answer = protocol.error(model, error, requestId);
    client.send(answer.status, [...answer.headers, ...ids], request.method === "HEAD" ? "" : answer.body);
    // A client that is still sending would not see the answer otherwise.
    message.resume();
  }
}

/** Who calls what. What needs no body is checked before the body is read. */
async function authenticate(
  options: ServiceServerOptions,
  model: ServiceModel,
  protocol: WireProtocol,
  { request, message, body: readAlready }: ServiceRequest,
): Promise<{
  caller: Caller | undefined;
  body: Buffer | Readable;
  trailers: CallContext["trailers"];
  found: FoundOperation;
}> {
  const { signingName } = model.entry;
  const limit = model.api.requestBytes ?? standardRequestBytes;
  const early = protocol.namesOperationInBody ? undefined : protocol.find(model, request, Buffer.alloc(0));
  if (early !== undefined && (model.entry.framesBodies || protocol.takesStream?.(early))) {
    const { caller, body, trailers } = await options.authenticateStream(request, signingName, message);
    const isStream = protocol.takesStream?.(early) === true;
    if (isStream) return { caller, body, trailers, found: early };
    const whole = await readStream(body, limit);
    model.api.checkBody?.(early.name, request, whole, trailers());
    return { caller, body: whole, trailers, found: early };
  }
  const { caller, body } = await options.authenticate(
    request,
    signingName,
    async () => readAlready ?? readWhole(message, limit),
  );
  return { caller, body, trailers: () => new Map(), found: early ?? protocol.find(model, request, body) };
}

/**
 * Clients may compress what is long, after which they sign it. Streams and S3's objects are as they are.
 * @see https://smithy.io/2.0/spec/behavior-traits.html#requestcompression-trait
 */
function unpacked(request: HttpRequest, body: Buffer | Readable, model: ServiceModel): Buffer | Readable {
  const isPacked = headerOf(request, "content-encoding")?.trim().toLowerCase() === "gzip";
  if (!Buffer.isBuffer(body) || !isPacked || model.entry.framesBodies === true) return body;
  try {
    return gunzipSync(body, { maxOutputLength: model.api.requestBytes ?? standardRequestBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLong();
    throw new AwsServiceError("SerializationException", 400, "The request's body is not what gzip makes.");
  }
}

async function readStream(source: Readable, limit: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of source) {
    length += (piece as Uint8Array).length;
    if (length > limit) throw tooLong();
    pieces.push(piece as Uint8Array);
  }
  return Buffer.concat(pieces);
}

/** Checks the input and the caller's rights as AWS does, and runs the operation. */
async function call(
  model: ServiceModel,
  protocol: WireProtocol,
  { name, schema, operation }: FoundOperation,
  input: Record<string, unknown>,
  context: CallContext,
): Promise<object> {
  const missing = requiredMembers(schema).filter((member) => input[member] === undefined);
  const code = model.api.validationCode ?? protocol.validationCode;
  if (missing.length > 0) {
    throw model.api.missingMembers?.(missing) ?? new AwsServiceError(code, 400, missingMembersText(missing));
  }
  const problem = findConstraintProblem(input, operation.constraints ?? {});
  if (problem !== undefined) throw new AwsServiceError(code, 400, problem);
  checkRights(model, protocol, { name, schema, operation }, input, context);
  return operation.run(input as never, context);
}

function checkRights(
  model: ServiceModel,
  protocol: WireProtocol,
  { name, operation }: ServedOperation,
  input: Record<string, unknown>,
  context: CallContext,
): void {
  if (context.caller === undefined) return;
  const rights = operation.rights?.(input as never, context) ?? [{ resource: "*" }];
  for (const right of rights) {
    const denial = denialOf(context, { action: model.actionOf(name), ...right });
    if (denial === undefined) continue;
    const { code, status } = protocol.accessDenied;
    throw new AwsServiceError(code, status, denial);
  }
}

async function readWhole(message: IncomingMessage, limit: number): Promise<Buffer> {
  const whole = await readBody(message, limit);
  if (whole !== undefined) return whole;
  throw tooLong();
}

function tooLong(): AwsServiceError {
  return new AwsServiceError("RequestEntityTooLargeException", 413, "The request is too long.");
}

async function send(client: ClientResponse, { status, headers, body }: WireAnswer): Promise<void> {
  if (typeof body === "string" || body instanceof Uint8Array) {
    client.send(status, headers, body);
    return;
  }
  const length = headers.find(([name]) => name.toLowerCase() === "content-length")?.[1];
  client.begin(status, headers, length === undefined ? undefined : Number(length));
  try {
    for await (const piece of body) await client.write(piece as Uint8Array);
    client.end();
  } catch (error) {
    client.breakOff();
    throw error;
  }
}

/** Anything that isn't an AWS error is a bug of the platform: logged whole, answered bare. */
function toWireError(
  thrown: unknown,
  protocol: WireProtocol,
  report: (error: unknown) => void,
): AwsServiceError {
  if (thrown instanceof AwsServiceError) return thrown;
  report(thrown);
  return new AwsServiceError(
    protocol.internalError,
    500,
    "We encountered an internal error. Please try again.",
  );
}
