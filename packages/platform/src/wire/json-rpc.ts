import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { NormalizedSchema } from "@smithy/core/schema";
import type { StaticOperationSchema } from "@smithy/types";
import type { ClientResponse } from "../front-door/client-response.ts";
import { type HttpRequest, headerOf, readBody } from "../front-door/http-request.ts";
import type { Caller } from "../iam/caller.ts";
import { AwsServiceError } from "../service-error.ts";
import { jsonError, toServiceError } from "./error-response.ts";
import { readJson, writeJson } from "./json-codec.ts";

/** An operation of a JSON 1.1 service: a function from the SDK's input to its output. */
export interface JsonOperation {
  readonly schema: StaticOperationSchema;
  readonly run: (
    input: Readonly<Record<string, unknown>>,
    caller: Caller | undefined,
  ) => Promise<object> | object;
}

/** What serving a JSON service needs. */
export interface JsonServiceOptions {
  /** What precedes the operation in `X-Amz-Target`. */
  readonly target: string;
  readonly operations: readonly JsonOperation[];
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

/** Requests of these services are small. Ours, in bytes. */
const requestBytes = 1024 * 1024;

/** Answers one request to a JSON 1.1 service. */
export async function answerJson(
  { target, operations, authenticate, report, note }: JsonServiceOptions,
  request: HttpRequest,
  message: IncomingMessage,
  client: ClientResponse,
  requestId: string,
): Promise<void> {
  try {
    const name = headerOf(request, "x-amz-target")?.replace(`${target}.`, "");
    const operation = operations.find(({ schema }) => schema[2] === name);
    if (operation === undefined) {
      const served = operations.map(({ schema }) => schema[2]).join(", ");
      throw new AwsServiceError(
        "UnknownOperationException",
        400,
        `${target} has no operation "${name ?? ""}" on this platform. It serves ${served}.`,
      );
    }
    const { caller, body } = await authenticate(request, async () => {
      const whole = await readBody(message, requestBytes);
      if (whole === undefined)
        throw new AwsServiceError("RequestEntityTooLargeException", 413, "The request is too long.");
      return whole;
    });
    const input = readJson(operation.schema[4], body);
    requireMembers(operation.schema, input);
    const output = await operation.run(input, caller);
    const headers = [
      ["Content-Type", "application/x-amz-json-1.1"] as const,
      ["x-amzn-RequestId", requestId] as const,
    ];
    client.send(200, headers, writeJson(operation.schema[5], output));
  } catch (thrown) {
    if (message.destroyed && !message.complete) return;
    const error = toServiceError(thrown, report);
    const answer = jsonError(error, "1.1");
    note(requestId, `${error.status} ${error.code}: ${error.message}`);
    client.send(answer.status, [...answer.headers, ["x-amzn-RequestId", requestId]], answer.body);
  }
}

/** The schemas say how many of the members, which come first, are required. */
function requireMembers(schema: StaticOperationSchema, input: Readonly<Record<string, unknown>>): void {
  const shape = NormalizedSchema.of(schema[4]).getSchema();
  if (!Array.isArray(shape)) return;
  const names = shape[4];
  const count = typeof shape[6] === "number" ? shape[6] : 0;
  const missing = (Array.isArray(names) ? names : [])
    .slice(0, count)
    .find((name) => input[String(name)] === undefined);
  if (missing === undefined) return;
  const field = String(missing);
  throw new AwsServiceError(
    "InvalidParameterException",
    400,
    `1 validation error detected: Value null at '${field}' failed to satisfy constraint: Member must not be null`,
  );
}

/** A token that pages on: opaque to clients, and only good for the query it came from. */
export function pageToken(query: string, position: number): string {
  const mark = createHash("sha256").update(query).digest("base64url").slice(0, 12);
  return `${position.toString(36)}/${mark}`;
}

/** The position in a page token. @throws {AwsServiceError} if it belongs to another query. */
export function readPageToken(query: string, token: string): number {
  const position = Number.parseInt(token, 36);
  if (!Number.isNaN(position) && token === pageToken(query, position)) return position;
  throw new AwsServiceError("InvalidParameterException", 400, "The specified nextToken is invalid.");
}
