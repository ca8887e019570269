import type { IncomingMessage } from "node:http";
import { NormalizedSchema } from "@smithy/core/schema";
import type { StaticOperationSchema } from "@smithy/types";
import type { ClientResponse } from "../front-door/client-response.ts";
import { type HttpRequest, headerOf, readBody } from "../front-door/http-request.ts";
import type { Caller } from "../iam/caller.ts";
import { AwsServiceError } from "../service-error.ts";
import { jsonError, toServiceError, type WireErrorName } from "./error-response.ts";
import { readJson, writeJson } from "./json-codec.ts";

/** An operation of a JSON service: a function from the SDK's input to its output. */
export interface JsonOperation {
  readonly schema: StaticOperationSchema;
  /** @param signal - aborts when the client leaves before it is answered. */
  readonly run: (
    input: Readonly<Record<string, unknown>>,
    caller: Caller | undefined,
    signal: AbortSignal,
  ) => Promise<object> | object;
}

/** What serving a JSON service needs. */
export interface JsonServiceOptions {
  /** What precedes the operation in `X-Amz-Target`. */
  readonly target: string;
  /** 1.1 unless set. */
  readonly version?: "1.0" | "1.1";
  /** How long a request may be, in bytes; 1 MiB unless set. */
  readonly requestBytes?: number;
  /** How an error is called on the wire, where that is not its code alone. */
  readonly nameError?: (code: string) => WireErrorName;
  /** What is said where members are missing, unless it is a validation error. */
  readonly missingMembers?: (names: readonly string[]) => AwsServiceError;
  readonly operations: readonly JsonOperation[];
  /** The SDK's client module: it knows every operation that the service has on AWS. */
  readonly client: object;
  /** Verifies the signature. */
  readonly authenticate: (
    request: HttpRequest,
    read: () => Promise<Buffer>,
  ) => Promise<{ caller?: Caller; body: Buffer }>;
  /** Takes errors that are bugs. */
  readonly report: (error: unknown) => void;
  /** Takes what a developer should know. */
  readonly note: (requestId: string, message: string) => void;
}

/** Requests of most of these services are small. Ours, in bytes. */
const standardRequestBytes = 1024 * 1024;

/** The mark of an operation in the SDK's schemas. */
const operationSchema = 9;

/** Answers one request to a JSON 1.0 or 1.1 service. */
export async function answerJson(
  options: JsonServiceOptions,
  request: HttpRequest,
  message: IncomingMessage,
  client: ClientResponse,
  requestId: string,
): Promise<void> {
  const { version = "1.1", requestBytes = standardRequestBytes } = options;
  const ids = [["x-amzn-RequestId", requestId]] as const;
  const contentType = `application/x-amz-json-${version}`;
  // Not a request of this protocol: what there is to say is said without it.
  if (headerOf(request, "content-type")?.split(";")[0]?.trim().toLowerCase() !== contentType) {
    client.send(404, ids, "<UnknownOperationException/>\n");
    return;
  }
  try {
    const operation = findOperation(options, headerOf(request, "x-amz-target"));
    const { caller, body } = await options.authenticate(request, async () => {
      const whole = await readBody(message, requestBytes);
      if (whole === undefined)
        throw new AwsServiceError("RequestEntityTooLargeException", 413, "The request is too long.");
      return whole;
    });
    if (body.length === 0) throw new AwsServiceError("SerializationException", 400, "");
    const input = readJson(operation.schema[4], body);
    requireMembers(operation.schema, input, options.missingMembers ?? validationError);
    const left = new AbortController();
    client.onLeave(() => left.abort());
    const output = await operation.run(input, caller, left.signal);
    const headers = [["Content-Type", contentType] as const, ...ids];
    client.send(200, headers, writeJson(operation.schema[5], output));
  } catch (thrown) {
    if (message.destroyed && !message.complete) return;
    const error = toServiceError(thrown, options.report);
    const answer = jsonError(error, version, options.nameError?.(error.code));
    options.note(requestId, `${error.status} ${error.summary}`);
    client.send(answer.status, [...answer.headers, ...ids], answer.body);
  }
}

/** @throws {AwsServiceError} without a text where AWS has no such operation, and with one where only we have none. */
function findOperation({ target, operations, client }: JsonServiceOptions, sent = ""): JsonOperation {
  const name = sent.startsWith(`${target}.`) ? sent.slice(target.length + 1) : "";
  const operation = operations.find(({ schema }) => schema[2] === name);
  if (operation !== undefined) return operation;
  const isKnown = Object.values(client).some(
    (value) => Array.isArray(value) && value[0] === operationSchema && value[2] === name,
  );
  const served = operations.map(({ schema }) => schema[2]).join(", ");
  throw new AwsServiceError(
    "UnknownOperationException",
    400,
    isKnown ? `${name} is not served by this platform. Of ${target} it serves ${served}.` : "",
  );
}

/** The schemas say how many of the members, which come first, are required. */
function requireMembers(
  schema: StaticOperationSchema,
  input: Readonly<Record<string, unknown>>,
  refuse: (names: readonly string[]) => AwsServiceError,
): void {
  const shape = NormalizedSchema.of(schema[4]).getSchema();
  if (!Array.isArray(shape)) return;
  const names = Array.isArray(shape[4]) ? shape[4].map(String) : [];
  const count = typeof shape[6] === "number" ? shape[6] : 0;
  const missing = names.slice(0, count).filter((name) => input[name] === undefined);
  if (missing.length > 0) throw refuse(missing);
}

function validationError(missing: readonly string[]): AwsServiceError {
  const problems = missing.map(
    (name) => `Value null at '${name}' failed to satisfy constraint: Member must not be null`,
  );
  const errors = missing.length === 1 ? "error" : "errors";
  return new AwsServiceError(
    "InvalidParameterException",
    400,
    `${missing.length} validation ${errors} detected: ${problems.join("; ")}`,
  );
}
