import { isRecord, parseJson } from "../../json-value.ts";
import { type Condition, readConditions } from "./boolean-expression.ts";
import { type Operand, readComparison } from "./comparison.ts";
import { malformedPattern } from "./malformed-pattern.ts";
import { PatternReader } from "./pattern-reader.ts";

/** A step from a value to one that is in it: by name, by index, or to all of them. */
type Step = string | number | typeof everything;

const everything = Symbol("everything");

/** Selectors that stand for several values: in one of them, and in a pattern. */
const mostWildcards = { selector: 1, pattern: 3 };

/**
 * Reads a pattern for events that are JSON objects, such as `{ $.level = "ERROR" && $.ms > 10 }`. Whatever the comparison,
 * it holds for no value that is not there, is null, or is a list or an object.
 * @param text - between the braces.
 * @throws {AwsServiceError} if it is none.
 */
export function readJsonPattern(text: string): (message: string) => boolean {
  const reader = new PatternReader(text);
  let wildcards = 0;
  const matches = readConditions(reader, () => {
    const selector = readSelector(reader);
    wildcards += selector.filter((step) => step === everything).length;
    return readCondition(reader, selector);
  });
  if (!reader.isAtEnd || wildcards > mostWildcards.pattern) throw malformedPattern();
  return (message) => {
    const event = parseJson(message);
    return isRecord(event) && matches(event);
  };
}

function readCondition(reader: PatternReader, selector: readonly Step[]): Condition<unknown> {
  if (reader.match(/NOT\s+EXISTS\b/y) !== undefined) return (event) => select(event, selector).length === 0;
  const is = reader.match(/IS\s+(NULL|TRUE|FALSE)\b/y)?.[1];
  if (is !== undefined) {
    const wanted = constants[is];
    return (event) => select(event, selector).some((value) => value === wanted);
  }
  const compare = readComparison(reader);
  return (event) =>
    select(event, selector).some((value) => {
      const operand = operandOf(value);
      return operand !== undefined && compare(operand);
    });
}

const constants: Readonly<Record<string, unknown>> = { NULL: null, TRUE: true, FALSE: false };

function readSelector(reader: PatternReader): readonly Step[] {
  const text = reader.match(/\$(?:\.(?:[\p{L}\p{N}_-]+|\*)|\[(?:\d+|\*)\])+/uy)?.[0];
  if (text === undefined) throw malformedPattern();
  const steps = [...text.matchAll(/\.([^.[]+)|\[(\d+|\*)\]/g)].map(([, name, index]): Step => {
    if (name === "*" || index === "*") return everything;
    return name ?? Number(index);
  });
  if (steps.filter((step) => step === everything).length > mostWildcards.selector) throw malformedPattern();
  return steps;
}

/** Every value that a selector leads to. */
function select(event: unknown, selector: readonly Step[]): readonly unknown[] {
  let values: readonly unknown[] = [event];
  for (const step of selector) values = values.flatMap((value) => within(value, step));
  return values;
}

function within(value: unknown, step: Step): readonly unknown[] {
  if (step === everything) {
    if (Array.isArray(value)) return value;
    return isRecord(value) ? Object.values(value) : [];
  }
  if (typeof step === "number") return Array.isArray(value) && step < value.length ? [value[step]] : [];
  return isRecord(value) && Object.hasOwn(value, step) ? [value[step]] : [];
}

function operandOf(value: unknown): Operand | undefined {
  if (typeof value === "number") return { text: String(value), number: value };
  if (typeof value === "string" || typeof value === "boolean") {
    return { text: String(value), number: undefined };
  }
  return undefined;
}
