import { NormalizedSchema } from "@smithy/core/schema";
import type { SchemaRef } from "@smithy/types";
import { AwsServiceError } from "../service-error.ts";
import { readScalar } from "./scalar.ts";

/** A form whose keys are paths: what stands at a key, and below it. */
export interface FormNode {
  value: string | undefined;
  readonly children: Map<string, FormNode>;
}

/** Reads `application/x-www-form-urlencoded` text into a tree. Of a key that comes twice, the last value counts. */
export function readForm(text: string): FormNode {
  const root: FormNode = { value: undefined, children: new Map() };
  for (const [key, value] of new URLSearchParams(text)) {
    let node = root;
    for (const part of key.split(".")) {
      let child = node.children.get(part);
      if (child === undefined) {
        child = { value: undefined, children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.value = value;
  }
  return root;
}

/**
 * Reads a structure from a form. Members that the schema doesn't know are ignored.
 *
 * @throws {AwsServiceError} `MalformedInput` if a value isn't of its member's type.
 * @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
export function readFormInput(schema: SchemaRef, form: FormNode): Record<string, unknown> {
  return readStructure(NormalizedSchema.of(schema), form);
}

function readStructure(schema: NormalizedSchema, form: FormNode): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const child = form.children.get(member.getMemberTraits().xmlName ?? name);
    if (child === undefined) continue;
    const read = readValue(member, child);
    if (read !== undefined) value[name] = read;
  }
  return value;
}

function readValue(schema: NormalizedSchema, form: FormNode): unknown {
  if (schema.isListSchema()) return readList(schema, form);
  if (schema.isMapSchema()) return readMap(schema, form);
  if (schema.isStructSchema()) return readStructure(schema, form);
  return form.value === undefined ? undefined : readScalar(schema, form.value, malformed);
}

/** `Name.member.1`, or `Name.1` for a flat one. A bare `Name=` is how an empty list is sent. */
function readList(schema: NormalizedSchema, form: FormNode): unknown[] {
  const isFlat = schema.getMergedTraits().xmlFlattened !== undefined;
  const item = schema.getValueSchema();
  const itemName = item.getMemberTraits().xmlName ?? "member";
  const parent = isFlat ? form : form.children.get(itemName);
  return numbered(parent).flatMap((child) => {
    const value = readValue(item, child);
    return value === undefined ? [] : [value];
  });
}

/** `Name.entry.1.key` and `Name.entry.1.value`, or `Name.1.key` for a flat one. */
function readMap(schema: NormalizedSchema, form: FormNode): Record<string, unknown> {
  const isFlat = schema.getMergedTraits().xmlFlattened !== undefined;
  const keyName = schema.getKeySchema().getMemberTraits().xmlName ?? "key";
  const valueName = schema.getValueSchema().getMemberTraits().xmlName ?? "value";
  const entries = numbered(isFlat ? form : form.children.get("entry")).flatMap((child) => {
    const key = child.children.get(keyName)?.value;
    const value = child.children.get(valueName);
    if (key === undefined || value === undefined) return [];
    return [[key, readValue(schema.getValueSchema(), value)] as const];
  });
  return Object.fromEntries(entries);
}

/** What is numbered below a node, in the order of the numbers. */
function numbered(node: FormNode | undefined): FormNode[] {
  return [...(node?.children ?? [])]
    .filter(([key]) => /^\d+$/.test(key))
    .sort(([left], [right]) => Number(left) - Number(right))
    .map(([, child]) => child);
}

function malformed(type: string): AwsServiceError {
  return new AwsServiceError("MalformedInput", 400, `STRING_VALUE can not be converted to ${type}`);
}
