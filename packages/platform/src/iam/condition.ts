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
  NumericEquals: (wanted, actual) => number(actual) === number(wanted),
  NumericLessThan: (wanted, actual) => number(actual) < number(wanted),
  NumericLessThanEquals: (wanted, actual) => number(actual) <= number(wanted),
  NumericGreaterThan: (wanted, actual) => number(actual) > number(wanted),
  NumericGreaterThanEquals: (wanted, actual) => number(actual) >= number(wanted),
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

/** Variables stand for themselves in the values of all other operators, as on AWS. */
const takesVariables = /^(?:String|Arn)/;

/** Operators whose values are patterns. */
const patternOperators = new Set(["StringLike", "ArnEquals", "ArnLike"]);

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

/** An operator with what may stand around it: `ForAnyValue:StringLikeIfExists`. */
const operatorForm = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;

/** What an operator's name says. */
interface Operator {
  readonly compare: Compare;
  readonly isNegated: boolean;
  readonly isPattern: boolean;
  readonly takesVariables: boolean;
  readonly quantifier: string | undefined;
  readonly ifExists: boolean;
}

/** The operators that were asked for: there are not many. */
const known = new Map<string, Operator>();

function findOperator(operator: string): Operator | undefined {
  const found = known.get(operator);
  if (found !== undefined) return found;
  const [, quantifier, name = "", ifExists] = operatorForm.exec(operator) ?? [];
  const plain = Object.hasOwn(negated, name) ? (negated[name] ?? name) : name;
  const compare = Object.hasOwn(operators, plain) ? operators[plain] : undefined;
  if (compare === undefined) return undefined;
  const read = {
    compare,
    isNegated: plain !== name,
    isPattern: patternOperators.has(plain),
    takesVariables: takesVariables.test(plain),
    quantifier,
    ifExists: ifExists !== undefined,
  };
  known.set(operator, read);
  return read;
}

/** Whether IAM has an operator of that name, whatever stands around it. `Null` takes nothing around it. */
export function isConditionOperator(operator: string): boolean {
  return operator === "Null" || findOperator(operator) !== undefined;
}

/** Puts policy variables into a value; into a pattern so that they can't be wildcards. */
export type Substitute = (text: string, isPattern: boolean) => string;

/**
 * Whether every condition of a statement holds.
 * @returns false also for an operator that doesn't exist: `findPolicyProblem` names it when the policy is written.
 */
export function conditionsHold(
  conditions: Statement["Condition"],
  context: RequestContext,
  substitute: Substitute,
): boolean {
  if (conditions === undefined) return true;
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      conditionHolds(operator, listOf(wanted).map(String), contextValue(context, key), substitute),
    ),
  );
}

function contextValue(context: RequestContext, key: string): ContextValue | undefined {
  if (Object.hasOwn(context, key)) return context[key];
  const wanted = key.toLowerCase();
  const found = Object.keys(context).findLast(
    (candidate) => candidate.length === key.length && candidate.toLowerCase() === wanted,
  );
  return found === undefined ? undefined : context[found];
}

function conditionHolds(
  operator: string,
  wanted: readonly string[],
  actual: ContextValue | undefined,
  substitute: Substitute,
): boolean {
  const values = actual === undefined ? [] : listOf<string | number | boolean>(actual).map(String);
  if (operator === "Null") {
    return wanted.some((value) => (value.toLowerCase() === "true") === (values.length === 0));
  }
  const found = findOperator(operator);
  if (found === undefined) return false;
  const { compare, isNegated, quantifier } = found;
  if (values.length === 0) {
    if (found.ifExists || quantifier === "ForAllValues") return true;
    // A key that isn't there differs from everything.
    return isNegated && quantifier === undefined;
  }
  const texts = found.takesVariables ? wanted.map((text) => substitute(text, found.isPattern)) : wanted;
  const holds = (value: string) => texts.some((text) => compare(text, value)) !== isNegated;
  return quantifier === "ForAnyValue" ? values.some(holds) : values.every(holds);
}

/** Not a number, and so unlike any, where `Number` would read an empty text as 0. */
function number(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

function time(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

function isInRange(range: string, address: string): boolean {
  const [network = "", bits] = range.split("/");
  const family = isIPv4(network) ? "ipv4" : "ipv6";
  if (bits !== undefined && !/^\d+$/.test(bits)) return false;
  try {
    const list = new BlockList();
    list.addSubnet(network, Number(bits ?? (family === "ipv4" ? 32 : 128)), family);
    return list.check(address, isIPv4(address) ? "ipv4" : "ipv6");
  } catch {
    // Not an address range: nothing is in it.
    return false;
  }
}
