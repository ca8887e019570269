import { isRecord, parseJson } from "../json-value.ts";
import { AwsServiceError } from "../service-error.ts";

/** What a rule wants of an event: keys to lists of what may stand there, or to patterns of what is in there. */
export type EventPattern = { readonly [key: string]: EventPattern | readonly unknown[] };

/** Tells whether a value is what an operator wants; the value is undefined where the event has none. */
type Operator = (value: unknown, wanted: never) => boolean;

const operators: Readonly<Record<string, Operator>> = {
  prefix: (value, wanted: string) => typeof value === "string" && value.startsWith(wanted),
  suffix: (value, wanted: string) => typeof value === "string" && value.endsWith(wanted),
  "equals-ignore-case": (value, wanted: string) =>
    typeof value === "string" && value.toLowerCase() === wanted.toLowerCase(),
  "anything-but": (value, wanted: unknown) =>
    value !== undefined && !(Array.isArray(wanted) ? wanted : [wanted]).includes(value),
  exists: (value, wanted: boolean) => (value !== undefined) === wanted,
};

/** What each operator must be given. */
const operands: Readonly<Record<string, (wanted: unknown) => boolean>> = {
  prefix: isText,
  suffix: isText,
  "equals-ignore-case": isText,
  "anything-but": (wanted) => (Array.isArray(wanted) ? wanted : [wanted]).every(isScalar),
  exists: (wanted) => typeof wanted === "boolean",
};

/**
 * Reads the pattern of a rule.
 * @throws {AwsServiceError} if it is none, or wants what this platform can't tell.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function readEventPattern(given: unknown): EventPattern {
  const pattern = typeof given === "string" ? parseJson(given) : given;
  if (!isRecord(pattern) || Object.keys(pattern).length === 0)
    throw invalid("Empty pattern or no JSON object");
  check(pattern);
  return pattern as EventPattern;
}

/** Whether a pattern wants an event. Keys that it doesn't have may be anything. */
export function matchesEvent(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    const value = isRecord(event) ? event[key] : undefined;
    if (!Array.isArray(wanted)) return matchesEvent(wanted as EventPattern, value);
    // A list in the event has what is wanted if any of its values is that.
    const candidates =
      Array.isArray(value) && value.length > 0 ? value : [Array.isArray(value) ? undefined : value];
    return wanted.some((one) => candidates.some((candidate) => isWanted(candidate, one)));
  });
}

function isWanted(value: unknown, wanted: unknown): boolean {
  if (!isRecord(wanted)) return value === wanted;
  const [name = "", operand] = Object.entries(wanted)[0] ?? [];
  return operators[name]?.(value, operand as never) === true;
}

function check(pattern: Readonly<Record<string, unknown>>): void {
  for (const [key, wanted] of Object.entries(pattern)) {
    if (key === "$or") throw notServed("$or");
    if (isRecord(wanted)) check(wanted);
    else if (!Array.isArray(wanted)) throw invalid(`"${key}" must be an object or an array`);
    else if (wanted.length === 0) throw invalid("Empty arrays are not allowed");
    else for (const one of wanted) checkWanted(key, one);
  }
}

function checkWanted(key: string, wanted: unknown): void {
  if (isScalar(wanted)) return;
  const entries = isRecord(wanted) ? Object.entries(wanted) : [];
  const [name = "", operand] = entries[0] ?? [];
  if (entries.length !== 1) throw invalid(`"${key}" has a match expression that is none`);
  const isGood = operands[name];
  if (isGood === undefined || (!isGood(operand) && isRecord(operand))) throw notServed(name);
  if (!isGood(operand)) throw invalid(`${name} match pattern must be of another type`);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isScalar(value: unknown): boolean {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function invalid(reason: string): AwsServiceError {
  return new AwsServiceError(
    "InvalidEventPatternException",
    400,
    `Event pattern is not valid. Reason: ${reason}`,
  );
}

function notServed(operator: string): AwsServiceError {
  return new AwsServiceError(
    "InvalidEventPatternException",
    400,
    `Event pattern is not valid. Reason: ${operator} is not served by this platform. It compares exact values, ${Object.keys(operators).join(", ")}.`,
  );
}
