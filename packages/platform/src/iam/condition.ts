import { BlockList, isIPv4 } from "node:net";
import { matchesArn, matchesPattern } from "./pattern.ts";
import { listOf, type Statement } from "./policy.ts";

/** What is known about a request, by condition key. Keys are compared without regard to case. */
export type RequestContext = Readonly<Record<string, ContextValue | undefined>>;
export type ContextValue = string | number | boolean | readonly string[];

type Compare = (wanted: string, actual: string) => boolean;

/**
 * The condition operators of IAM.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
const operators: Readonly<Record<string, Compare>> = {
  StringEquals: (wanted, actual) => wanted === actual,
  StringEqualsIgnoreCase: (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase(),
  StringLike: matchesPattern,
  NumericEquals: (wanted, actual) => Number(actual) === Number(wanted),
  NumericLessThan: (wanted, actual) => Number(actual) < Number(wanted),
  NumericLessThanEquals: (wanted, actual) => Number(actual) <= Number(wanted),
  NumericGreaterThan: (wanted, actual) => Number(actual) > Number(wanted),
  NumericGreaterThanEquals: (wanted, actual) => Number(actual) >= Number(wanted),
  DateEquals: (wanted, actual) => time(actual) === time(wanted),
  DateLessThan: (wanted, actual) => time(actual) < time(wanted),
  DateLessThanEquals: (wanted, actual) => time(actual) <= time(wanted),
  DateGreaterThan: (wanted, actual) => time(actual) > time(wanted),
  DateGreaterThanEquals: (wanted, actual) => time(actual) >= time(wanted),
  Bool: (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase(),
  BinaryEquals: (wanted, actual) => wanted === actual,
  IpAddress: isInRange,
  ArnEquals: matchesArn,
  ArnLike: matchesArn,
};

/** Operators that hold when the plain one doesn't. */
const negated: Readonly<Record<string, string>> = {
  StringNotEquals: "StringEquals",
  StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
  StringNotLike: "StringLike",
  NumericNotEquals: "NumericEquals",
  DateNotEquals: "DateEquals",
  NotIpAddress: "IpAddress",
  ArnNotEquals: "ArnEquals",
  ArnNotLike: "ArnLike",
};

/**
 * Whether every condition of a statement holds.
 *
 * @param substitute - puts policy variables into a value.
 * @returns false also for an operator that doesn't exist: AWS refuses such a policy when it is written.
 */
export function conditionsHold(
  conditions: Statement["Condition"],
  context: RequestContext,
  substitute: (text: string) => string,
): boolean {
  const known = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(conditions ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      conditionHolds(
        operator,
        listOf(wanted).map((value) => substitute(String(value))),
        known.get(key.toLowerCase()),
      ),
    ),
  );
}

function conditionHolds(
  operator: string,
  wanted: readonly string[],
  actual: ContextValue | undefined,
): boolean {
  const parts = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(operator);
  const name = parts?.[2] ?? "";
  const values = actual === undefined ? [] : listOf<string | number | boolean>(actual).map(String);
  if (name === "Null")
    return wanted.some((value) => (value.toLowerCase() === "true") === (values.length === 0));
  const plain = negated[name] ?? name;
  const compare = operators[plain];
  if (compare === undefined) return false;
  const isNegated = plain !== name;
  if (values.length === 0) {
    if (parts?.[3] !== undefined || parts?.[1] === "ForAllValues") return true;
    // A key that isn't there differs from everything.
    return isNegated && parts?.[1] === undefined;
  }
  const holds = (value: string) => wanted.some((item) => compare(item, value)) !== isNegated;
  return parts?.[1] === "ForAnyValue" ? values.some(holds) : values.every(holds);
}

function time(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

function isInRange(range: string, address: string): boolean {
  const [network = "", bits] = range.split("/");
  const family = isIPv4(network) ? "ipv4" : "ipv6";
  try {
    const list = new BlockList();
    list.addSubnet(network, Number(bits ?? (family === "ipv4" ? 32 : 128)), family);
    return list.check(address, isIPv4(address) ? "ipv4" : "ipv6");
  } catch {
    // Not an address range: nothing is in it.
    return false;
  }
}
