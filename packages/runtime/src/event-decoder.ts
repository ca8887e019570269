import { EventNotJsonError, EventValidationError } from "./errors.ts";

/**
 * The part of the Standard Schema interface that is used here; zod, valibot and arktype implement it.
 * @see https://standardschema.dev
 */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => StandardSchemaV1.Result<Output> | Promise<StandardSchemaV1.Result<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export declare namespace StandardSchemaV1 {
  /** What `validate` returns: the value, or what is wrong with it. */
  export type Result<Output> =
    | { readonly value: Output; readonly issues?: undefined }
    | { readonly issues: readonly Issue[] };

  /** One mismatch. */
  export interface Issue {
    readonly message: string;
    readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  }

  /** The type that a schema yields. */
  export type Output<Schema extends StandardSchemaV1> = NonNullable<Schema["~standard"]["types"]>["output"];
}

/** How a handler wants its event: decoded JSON, raw bytes, or JSON validated (and transformed) by a Standard Schema. */
export type EventOption = "json" | "bytes" | StandardSchemaV1;

/** The event type that an {@link EventOption} gives. */
export type EventOf<Option extends EventOption> = Option extends "bytes"
  ? Uint8Array
  : Option extends StandardSchemaV1
    ? StandardSchemaV1.Output<Option>
    : unknown;

/** An event that was JSON once and has been parsed already: a managed runtime gives its handlers no bytes. */
export class ParsedEvent {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/**
 * Decodes an event.
 * @param event - its bytes. A parsed event becomes bytes again only where bytes are wanted; white space and repeated
 * keys of the caller's are lost then.
 * @throws {EventNotJsonError} if JSON is wanted and the bytes aren't.
 * @throws {EventValidationError} (as a rejection) if the schema doesn't accept the event.
 */
export function decodeEvent(event: Buffer | ParsedEvent, option: EventOption): unknown {
  const isParsed = event instanceof ParsedEvent;
  if (option === "bytes") return isParsed ? Buffer.from(JSON.stringify(event.value) ?? "null") : event;
  const value = isParsed ? event.value : parseJson(event);
  return option === "json" ? value : validate(value, option);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (cause) {
    throw new EventNotJsonError(`The event is not JSON: ${(cause as Error).message}`, { cause });
  }
}

async function validate(value: unknown, schema: StandardSchemaV1): Promise<unknown> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  throw new EventValidationError(
    result.issues.map(({ message, path }) => ({ message, path: formatPath(path ?? []) })),
  );
}

function formatPath(path: NonNullable<StandardSchemaV1.Issue["path"]>): string {
  let text = "";
  for (const segment of path) {
    const key = typeof segment === "object" ? segment.key : segment;
    if (typeof key === "number") text += `[${key}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(String(key))) text += text === "" ? String(key) : `.${String(key)}`;
    else text += `[${JSON.stringify(String(key))}]`;
  }
  return text;
}
