import type { Readable } from "node:stream";
import { NormalizedSchema } from "@smithy/core/schema";
import { splitHeader } from "@smithy/core/serde";
import type { StaticOperationSchema } from "@smithy/types";
import type { HeaderList } from "../front-door/client-response.ts";
import { type HttpRequest, headerOf } from "../front-door/http-request.ts";
import type { AwsServiceError } from "../service-error.ts";
import { readScalar, writeScalar } from "./scalar.ts";

/** How a REST protocol has its documents. */
export interface RestDocuments {
  /** @throws {AwsServiceError} if it is none. */
  readonly read: (schema: NormalizedSchema, body: Buffer) => Record<string, unknown>;
  /** @param members - what of the structure is in the document. */
  readonly write: (
    schema: NormalizedSchema,
    value: Readonly<Record<string, unknown>>,
    members: readonly string[],
  ) => string;
  readonly contentType: string;
  /** The error for a part of path, query or headers that isn't of its type. */
  readonly refuse: (type: string) => AwsServiceError;
}

/** Whether an operation takes its body as a stream. */
export function takesStream(schema: StaticOperationSchema): boolean {
  return payloadOf(schema[4])?.[1].isStreaming() === true;
}

/**
 * Reads an operation's input: labels, query, headers, and the body as the payload or as a document.
 * @see https://smithy.io/2.0/spec/http-bindings.html
 */
export function readRestInput(
  schema: StaticOperationSchema,
  labels: Readonly<Record<string, string>>,
  request: HttpRequest,
  body: Buffer | Readable,
  documents: RestDocuments,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const query = new URLSearchParams(request.rawQuery);
  const shape = NormalizedSchema.of(schema[4]);
  const boundQuery = queryNames(schema);
  const inBody: string[] = [];
  for (const [name, member] of shape.structIterator()) {
    const value = readBound(name, member, labels, query, boundQuery, request, documents);
    if (value === "in the body") inBody.push(name);
    else if (value !== undefined) input[name] = value;
  }
  const payload = payloadOf(schema[4]);
  if (payload !== undefined) {
    const [name, member] = payload;
    const value = readPayload(member, body, documents);
    if (value !== undefined) input[name] = value;
  } else if (inBody.length > 0 && Buffer.isBuffer(body) && body.length > 0) {
    const document = documents.read(shape, body);
    for (const name of inBody) if (document[name] !== undefined) input[name] = document[name];
  }
  return input;
}

function readBound(
  name: string,
  member: NormalizedSchema,
  labels: Readonly<Record<string, string>>,
  query: URLSearchParams,
  boundQuery: ReadonlySet<string>,
  request: HttpRequest,
  { refuse }: RestDocuments,
): unknown {
  const traits = member.getMergedTraits();
  if (traits.httpLabel) return readScalar(member, decodeLabel(labels[name] ?? "", refuse), refuse);
  if (traits.httpQuery !== undefined) {
    const values = query.getAll(traits.httpQuery);
    if (values[0] === undefined) return undefined;
    return member.isListSchema()
      ? values.map((value) => readScalar(member.getValueSchema(), value, refuse))
      : readScalar(member, values[0], refuse);
  }
  if (traits.httpQueryParams) return readQueryParameters(member, query, boundQuery);
  if (traits.httpHeader !== undefined) {
    const text = headerOf(request, traits.httpHeader.toLowerCase()) ?? presigned(query, traits.httpHeader);
    if (text === undefined) return undefined;
    return member.isListSchema()
      ? splitHeader(text).map((item) => readScalar(member.getValueSchema(), item.trim(), refuse))
      : readScalar(member, text, refuse);
  }
  if (traits.httpPrefixHeaders !== undefined)
    return readPrefixHeaders(traits.httpPrefixHeaders, request, query);
  return traits.httpPayload ? undefined : "in the body";
}

/** What of the query has a place of its own: in the operation's template, or in another member. */
function queryNames(schema: StaticOperationSchema): ReadonlySet<string> {
  const { http } = Object(schema[3]) as { http?: readonly [string, string, number] };
  const fixed = [...new URLSearchParams(http?.[1].split("?")[1] ?? "").keys()];
  const members = [...NormalizedSchema.of(schema[4]).structIterator()];
  return new Set([...fixed, ...members.flatMap(([, member]) => member.getMergedTraits().httpQuery ?? [])]);
}

function readQueryParameters(
  member: NormalizedSchema,
  query: URLSearchParams,
  bound: ReadonlySet<string>,
): unknown {
  const isLists = member.getValueSchema().isListSchema();
  const names = [...new Set(query.keys())].filter((key) => !bound.has(key));
  if (names.length === 0) return undefined;
  return Object.fromEntries(names.map((key) => [key, isLists ? query.getAll(key) : query.get(key)]));
}

/**
 * Signers of URLs move AWS's own headers into the query.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
function presigned(query: URLSearchParams, header: string): string | undefined {
  const isMoved = query.has("X-Amz-Signature") && /^x-amz-/i.test(header);
  return isMoved ? (query.get(header) ?? undefined) : undefined;
}

function readPrefixHeaders(
  prefix: string,
  { headers }: HttpRequest,
  query: URLSearchParams,
): Record<string, string> | undefined {
  const moved = query.has("X-Amz-Signature") ? [...query] : [];
  const entries = [...headers, ...moved]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name.startsWith(prefix.toLowerCase()))
    .map(([name, value]) => [name.slice(prefix.length), value]);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function readPayload(member: NormalizedSchema, body: Buffer | Readable, documents: RestDocuments): unknown {
  if (!Buffer.isBuffer(body)) return body;
  if (body.length === 0) return undefined;
  if (member.isBlobSchema()) return body;
  if (member.isStringSchema()) return body.toString();
  return documents.read(member, body);
}

/** Status, headers and body of an operation's output. */
export interface RestOutput {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string | Uint8Array | Readable;
}

/** Writes an operation's output into status, headers and body. */
export function writeRestOutput(
  schema: StaticOperationSchema,
  output: Readonly<Record<string, unknown>>,
  documents: RestDocuments,
): RestOutput {
  const { http } = Object(schema[3]) as { http?: readonly [string, string, number] };
  let status = http?.[2] ?? 200;
  const headers: [string, string][] = [];
  const inBody: string[] = [];
  const shape = NormalizedSchema.of(schema[5]);
  for (const [name, member] of shape.structIterator()) {
    const traits = member.getMergedTraits();
    const value = output[name];
    if (traits.httpResponseCode) {
      if (typeof value === "number") status = value;
    } else if (traits.httpHeader !== undefined) {
      if (value !== undefined && value !== null) headers.push([traits.httpHeader, headerText(member, value)]);
    } else if (traits.httpPrefixHeaders !== undefined) {
      for (const [key, text] of Object.entries(Object(value) as Record<string, string>))
        headers.push([traits.httpPrefixHeaders + key, text]);
    } else if (!traits.httpPayload) inBody.push(name);
  }
  const { body, contentType } = bodyOf(shape, output, inBody, documents);
  const hasType = headers.some(([name]) => name.toLowerCase() === "content-type");
  if (contentType !== undefined && !hasType && status !== 204) headers.unshift(["Content-Type", contentType]);
  return { status, headers, body: status === 204 ? "" : body };
}

function bodyOf(
  shape: NormalizedSchema,
  output: Readonly<Record<string, unknown>>,
  inBody: readonly string[],
  documents: RestDocuments,
): { body: RestOutput["body"]; contentType?: string } {
  const payload = payloadOf(shape);
  if (payload !== undefined) {
    const [name, member] = payload;
    const value = output[name];
    if (value === undefined || value === null) return { body: "" };
    if (member.isStructSchema() && !member.isStreaming()) {
      const all = [...member.structIterator()].map(([key]) => key);
      const document = documents.write(member, value as Readonly<Record<string, unknown>>, all);
      return { body: document, contentType: documents.contentType };
    }
    const contentType = member.isStringSchema() ? "text/plain" : "application/octet-stream";
    return { body: value as RestOutput["body"], contentType };
  }
  if (inBody.length === 0) return { body: "" };
  return { body: documents.write(shape, output, inBody), contentType: documents.contentType };
}

function payloadOf(
  schema: StaticOperationSchema[4] | NormalizedSchema,
): [string, NormalizedSchema] | undefined {
  for (const [name, member] of NormalizedSchema.of(schema).structIterator()) {
    if (member.getMergedTraits().httpPayload) return [name, member];
  }
  return undefined;
}

function headerText(member: NormalizedSchema, value: unknown): string {
  if (!member.isListSchema()) return writeScalar(member, value, "http-date");
  const item = member.getValueSchema();
  return (value as readonly unknown[]).map((entry) => writeScalar(item, entry, "http-date")).join(", ");
}

function decodeLabel(label: string, refuse: RestDocuments["refuse"]): string {
  try {
    return decodeURIComponent(label);
  } catch {
    throw refuse("a path: it holds a malformed percent escape");
  }
}
