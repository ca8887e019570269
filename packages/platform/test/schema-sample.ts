import { NormalizedSchema } from "@smithy/core/schema";

/** Whole seconds, since dates in headers have no more. */
const time = new Date(1_700_000_000_000);

/**
 * A value of a schema, with something in every member; of a union, in the first. What repeats itself ends after a few levels.
 * @param role - texts of an input differ from those of an output.
 * @param omitted - names of members that are left out at the top.
 */
export function sampleOf(schema: unknown, role: "input" | "output", omitted?: RegExp): unknown {
  const value = sample(NormalizedSchema.of(schema as never), role, 0) ?? {};
  const members = Object.entries(value).filter(([name]) => omitted?.test(name) !== true);
  return Object.fromEntries(members);
}

/** Whether an operation has no streams of events. */
export function withoutStreams(operation: readonly unknown[]): boolean {
  return [operation[4], operation[5]].every((schema) =>
    [...NormalizedSchema.of(schema as never).structIterator()].every(
      ([, member]) => !(member.isStreaming() && member.isStructSchema()),
    ),
  );
}

const deepest = 4;

function sample(schema: NormalizedSchema, role: "input" | "output", depth: number): unknown {
  if (schema.isUnitSchema()) return {};
  if (schema.isListSchema()) {
    const item = depth > deepest ? undefined : sample(schema.getValueSchema(), role, depth + 1);
    return item === undefined ? undefined : [item, item];
  }
  if (schema.isMapSchema()) {
    const item = depth > deepest ? undefined : sample(schema.getValueSchema(), role, depth + 1);
    return item === undefined ? undefined : { key: item };
  }
  if (schema.isDocumentSchema()) return { some: ["document", 1] };
  if (schema.isUnionSchema() || schema.isStructSchema()) return sampleStructure(schema, role, depth);
  return sampleScalar(schema, role);
}

function sampleStructure(schema: NormalizedSchema, role: "input" | "output", depth: number): unknown {
  if (depth > deepest) return undefined;
  const members = [...schema.structIterator()].flatMap(([name, member]) => {
    const value = sample(member, role, depth + 1);
    return value === undefined ? [] : [[name, value] as const];
  });
  if (members.length === 0) return undefined;
  return Object.fromEntries(schema.isUnionSchema() ? members.slice(0, 1) : members);
}

function sampleScalar(schema: NormalizedSchema, role: "input" | "output"): unknown {
  if (schema.isTimestampSchema()) return time;
  if (schema.isBooleanSchema()) return true;
  if (schema.isBlobSchema()) return new Uint8Array(Buffer.from(`bytes of the ${role}`));
  if (schema.isNumericSchema()) return schema.getMergedTraits().httpResponseCode ? 200 : 7;
  return `${role} <&> "é"`.slice(0, schema.getMergedTraits().httpHeader === undefined ? undefined : 6).trim();
}
