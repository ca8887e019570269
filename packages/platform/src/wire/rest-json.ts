import { FromStringShapeDeserializer } from "@smithy/core/protocols";
import { NormalizedSchema } from "@smithy/core/schema";
import type { StaticOperationSchema } from "@smithy/types";
import type { HttpRequest } from "../front-door/http-request.ts";
import { AwsServiceError } from "../service-error.ts";
import { readJson } from "./json-codec.ts";

/** An operation of a REST service with its route. */
export interface RestOperation {
  readonly name: string;
  readonly schema: StaticOperationSchema;
  readonly method: string;
  /** Matches an undecoded path; one group for each label. */
  readonly path: RegExp;
  readonly labels: readonly string[];
}

const text = new FromStringShapeDeserializer({
  httpBindings: true,
  timestampFormat: { useTrait: true, default: 7 },
});

/** Reads an operation's route from its schema. */
export function restOperation(schema: StaticOperationSchema): RestOperation {
  const traits = NormalizedSchema.of(schema[4]);
  const operationTraits = schema[3];
  const http = typeof operationTraits === "object" ? operationTraits.http : undefined;
  if (http === undefined)
    throw new TypeError(`${schema[2]} has no HTTP binding (${traits.getName() ?? ""}).`);
  const [method, template] = http;
  const labels: string[] = [];
  const pattern = (template.split("?")[0] ?? "").replace(
    /\{([^}+]+)(\+?)\}|[.*+?^$()|[\]\\]/g,
    (whole, label, greedy) => {
      if (label === undefined) return `\\${whole}`;
      labels.push(label);
      return greedy === "+" ? "(.+)" : "([^/]+)";
    },
  );
  return { name: schema[2], schema, method, path: new RegExp(`^${pattern}/?$`), labels };
}

/** Finds the operation of a request by method and undecoded path. */
export function findOperation(
  operations: readonly RestOperation[],
  request: HttpRequest,
): { operation: RestOperation; labels: Record<string, string> } | undefined {
  for (const operation of operations) {
    if (operation.method !== request.method) continue;
    const match = operation.path.exec(request.rawPath);
    if (match === null) continue;
    const labels: Record<string, string> = {};
    for (const [index, label] of operation.labels.entries())
      labels[label] = decodeLabel(match[index + 1] ?? "");
    return { operation, labels };
  }
  return undefined;
}

/**
 * Reads an operation's input: labels, query, headers, and the body as the payload or as JSON.
 * @throws {AwsServiceError} `SerializationException` if a part can't be read.
 */
export function readInput(
  operation: RestOperation,
  labels: Readonly<Record<string, string>>,
  request: HttpRequest,
  body: Buffer,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const query = new URLSearchParams(request.rawQuery);
  const schema = NormalizedSchema.of(operation.schema[4]);
  let isBodyTaken = false;
  for (const [name, member] of schema.structIterator()) {
    const traits = member.getMergedTraits();
    if (traits.httpLabel) input[name] = text.read(member, labels[name] ?? "");
    else if (traits.httpQuery) {
      const values = query.getAll(traits.httpQuery);
      if (values[0] === undefined) continue;
      input[name] = member.isListSchema()
        ? values.map((value) => text.read(member.getValueSchema(), value))
        : text.read(member, values[0]);
    } else if (traits.httpHeader) {
      const header = traits.httpHeader.toLowerCase();
      const value = request.headers.find(([candidate]) => candidate.toLowerCase() === header)?.[1];
      if (value !== undefined) input[name] = text.read(member, value);
    } else if (traits.httpPayload) {
      isBodyTaken = true;
      if (member.isBlobSchema()) input[name] = body;
      else if (body.length > 0) input[name] = readJson(member, body);
    }
  }
  if (!isBodyTaken && body.length > 0) {
    const bodySchema = operation.schema[4];
    const fromBody = readJson(bodySchema, body);
    for (const [name, value] of Object.entries(fromBody)) input[name] ??= value;
  }
  return input;
}

function decodeLabel(label: string): string {
  try {
    return decodeURIComponent(label);
  } catch {
    throw new AwsServiceError("SerializationException", 400, "The path holds a malformed percent escape.");
  }
}
