import type { PatchOperation } from "@aws-sdk/client-api-gateway";
import { badRequest } from "./refusals.ts";

/** A change that a client asks for, with its path taken apart. */
export interface Change {
  readonly op: "add" | "remove" | "replace";
  /** As it was sent. */
  readonly path: string;
  /** Decoded: `~1` stands for a slash, `~0` for a tilde. */
  readonly steps: readonly string[];
  readonly value: string | undefined;
}

/**
 * Reads the changes of a request.
 * @throws {AwsServiceError} for operations that API Gateway has nowhere, and those that aren't served here.
 * @see https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
 */
export function readChanges(operations: readonly PatchOperation[] | undefined): Change[] {
  return (operations ?? []).map(({ op, path, value }) => {
    if (op !== "add" && op !== "remove" && op !== "replace") {
      throw badRequest(
        `Invalid patch operation specified. Must be one of: [add, remove, replace] (${op ?? "none"} is not served here)`,
      );
    }
    if (path === undefined || !path.startsWith("/")) throw badRequest(`Invalid patch path ${path ?? ""}`);
    const steps = path.slice(1).split("/").map(unescaped);
    return { op, path, steps, value };
  });
}

/** What a member of something is, for changes to it. */
export type MemberKind = "text" | "number" | "flag" | "map" | "numbers" | "flags" | "list";

/**
 * Makes changes to an object.
 *
 * @param members - those that can be changed, with what they are: of maps and lists, one entry at a time.
 * @returns another object.
 * @throws {AwsServiceError} for any other.
 */
export function patched<T extends object>(
  before: T,
  changes: readonly Change[],
  members: { readonly [Name in keyof T & string]?: MemberKind },
): T {
  const after = { ...before } as Record<string, unknown>;
  for (const change of changes) {
    const [name = "", key, ...rest] = change.steps;
    const kind = (members as Readonly<Record<string, MemberKind | undefined>>)[name];
    if (kind === undefined || rest.length > 0) throw badRequest(`Invalid patch path ${change.path}`);
    if (kind === "map" || kind === "numbers" || kind === "flags")
      after[name] = inMap(after[name], change, key, kind);
    else if (kind === "list") after[name] = inList(after[name], change, key);
    else if (key !== undefined) throw badRequest(`Invalid patch path ${change.path}`);
    else after[name] = change.op === "remove" ? undefined : read(kind, change);
  }
  return after as T;
}

function inMap(map: unknown, change: Change, key: string | undefined, kind: MemberKind): unknown {
  const all = { ...Object(map) } as Record<string, unknown>;
  if (key === undefined) {
    if (change.op === "remove") return undefined;
    throw badRequest(`Invalid patch path ${change.path}`);
  }
  if (change.op === "remove") delete all[key];
  else all[key] = read(kind === "numbers" ? "number" : kind === "flags" ? "flag" : "text", change);
  return Object.keys(all).length === 0 ? undefined : all;
}

function inList(list: unknown, { op, path, value }: Change, key: string | undefined): unknown {
  const all = (Array.isArray(list) ? list : []).map(String);
  if (key === undefined) throw badRequest(`Invalid patch path ${path}`);
  const left = all.filter((each) => each !== key);
  if (op === "remove") return left;
  if (op === "add") return [...left, key];
  return all.includes(key)
    ? all.map((each) => (each === key ? (value ?? key) : each))
    : [...all, value ?? key];
}

function read(kind: MemberKind, { value = "", path }: Change): unknown {
  if (kind === "text") return value;
  if (kind === "flag") return value.toLowerCase() === "true";
  const number = Number(value);
  if (value !== "" && Number.isFinite(number)) return number;
  throw badRequest(`Invalid patch value '${value}' specified for op at ${path}. Must be a number`);
}

function unescaped(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
