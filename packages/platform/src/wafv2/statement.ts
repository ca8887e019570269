import { isIP } from "node:net";
import { isCrossSiteScripting } from "./cross-site-scripting.ts";
import { type FieldToMatch, readFieldToMatch } from "./field-to-match.ts";
import type { IpSet } from "./ip-set.ts";
import { readLabelMatch } from "./label.ts";
import { Properties } from "./properties.ts";
import { readRateBased } from "./rate-based.ts";
import { compileExpression, type RegularExpression } from "./regular-expression.ts";
import { isSqlInjection } from "./sql-injection.ts";
import { readTransformations } from "./transformations.ts";
import { invalidParameter, WafError, WafNotServedError } from "./waf-error.ts";
import { headerValues, type Inspection } from "./waf-request.ts";

/** A statement, ready for requests. */
export interface Statement {
  /** In web ACL capacity units. */
  readonly capacity: number;
  readonly matches: (inspection: Inspection) => boolean;
}

/** A set of regular expressions. */
export interface RegexPatternSet {
  readonly arn: string;
  readonly expressions: readonly RegularExpression[];
}

/** What statements refer to, and where they are. */
export interface StatementContext {
  /** What labels of the web ACL's or rule group's own begin with, with a colon at the end. */
  readonly labelNamespace: string;
  readonly findIpSet: (arn: string) => IpSet | undefined;
  readonly findRegexPatternSet: (arn: string) => RegexPatternSet | undefined;
}

type ReadStatement = (rule: Properties, name: string, context: StatementContext) => Statement;

const served: Readonly<Record<string, ReadStatement>> = {
  AndStatement: (holder, name, context) => readLogical(holder, name, context, "every"),
  ByteMatchStatement: readByteMatch,
  IPSetReferenceStatement: readIpSetReference,
  LabelMatchStatement: readLabelMatch,
  NotStatement: readNot,
  OrStatement: (holder, name, context) => readLogical(holder, name, context, "some"),
  RateBasedStatement: (holder, name, context) => readRateBased(holder, name, context, readStatement),
  RegexMatchStatement: readRegexMatch,
  RegexPatternSetReferenceStatement: readRegexPatternSetReference,
  SizeConstraintStatement: readSizeConstraint,
  SqliMatchStatement: readSqliMatch,
  XssMatchStatement: readXssMatch,
};

/** What AWS has besides, and why it is not here. */
const unserved: Readonly<Record<string, string>> = {
  AsnMatchStatement: "it has no table of autonomous systems. Match addresses with an AWS::WAFv2::IPSet.",
  GeoMatchStatement: "it has no table of countries. Match addresses with an AWS::WAFv2::IPSet.",
};

/** Statements that stand in a rule by themselves only. */
const topOnly = ["ManagedRuleGroupStatement", "RateBasedStatement", "RuleGroupReferenceStatement"];

const statementNames: readonly string[] = [
  ...Object.keys(served),
  ...Object.keys(unserved),
  "ManagedRuleGroupStatement",
  "RuleGroupReferenceStatement",
];

/** The one statement that `holder` has by `name`. @throws {WafError} if it has none or several. */
export function onlyStatement(holder: Properties, name: string): Properties {
  const statement = holder.object(name, statementNames);
  if (statement.names.length === 1) return statement;
  throw new WafError(
    `${statement.place}: Error reason: You have used none or multiple values for a field that requires exactly one value., field: STATEMENT`,
  );
}

/** @throws {WafError} */
export function readStatement(
  holder: Properties,
  name: string,
  context: StatementContext,
  isTop: boolean,
): Statement {
  const statement = onlyStatement(holder, name);
  const [kind = ""] = statement.names;
  const reason = unserved[kind];
  if (reason !== undefined) {
    throw new WafNotServedError(`${statement.place}: ${kind} is not served by this platform: ${reason}`);
  }
  const read = served[kind];
  if (read === undefined || (!isTop && topOnly.includes(kind))) {
    throw new WafError(`${statement.place}: ${kind} can't be nested in another statement.`);
  }
  return read(statement, kind, context);
}

function readLogical(
  holder: Properties,
  name: string,
  context: StatementContext,
  how: "every" | "some",
): Statement {
  const properties = holder.object(name, ["Statements"]);
  const list = properties.list("Statements");
  if (list.length < 2) {
    throw new WafError(
      `${properties.at("Statements")}: expected minimum item count: 2, found: ${list.length}.`,
    );
  }
  const statements = list.map((value, index) =>
    readNested(value, `${properties.place}/Statements/${index}`, context),
  );
  return {
    capacity: statements.reduce((sum, { capacity }) => sum + capacity, 0),
    matches: (inspection) => statements[how](({ matches }) => matches(inspection)),
  };
}

function readNested(value: unknown, place: string, context: StatementContext): Statement {
  // The statement has no name of its own in a list.
  const holder = new Properties({ [place]: value }, "", [place]);
  return readStatement(holder, place, context, false);
}

function readNot(holder: Properties, name: string, context: StatementContext): Statement {
  const properties = holder.object(name, ["Statement"]);
  const { capacity, matches } = readStatement(properties, "Statement", context, false);
  return { capacity, matches: (inspection) => !matches(inspection) };
}

function readByteMatch(holder: Properties, name: string): Statement {
  const properties = holder.object(name, [
    "FieldToMatch",
    "PositionalConstraint",
    "SearchString",
    "SearchStringBase64",
    "TextTransformations",
  ]);
  const encoded = properties.optionalText("SearchStringBase64");
  const sought =
    encoded === undefined
      ? Buffer.from(properties.text("SearchString"), "utf8")
      : Buffer.from(encoded, "base64");
  if (sought.length > 200) {
    throw new WafError(`${properties.at("SearchString")}: at most 200 bytes, found: ${sought.length}.`);
  }
  const search = sought.toString("latin1");
  const constraint = properties.oneOf("PositionalConstraint", [
    "EXACTLY",
    "STARTS_WITH",
    "ENDS_WITH",
    "CONTAINS",
    "CONTAINS_WORD",
  ]);
  if (constraint === "CONTAINS_WORD" && !/^\w+$/.test(search)) {
    throw invalidParameter("The parameter contains formatting that is not valid.", "SEARCH_STRING", search);
  }
  return inspecting(properties, constraint.startsWith("CONTAINS") ? 10 : 2, (bytes) => {
    if (constraint === "EXACTLY") return bytes === search;
    if (constraint === "STARTS_WITH") return bytes.startsWith(search);
    if (constraint === "ENDS_WITH") return bytes.endsWith(search);
    return constraint === "CONTAINS" ? bytes.includes(search) : hasWord(bytes, search);
  });
}

/** Whether a word stands somewhere without a letter, digit or underscore at its sides. */
function hasWord(bytes: string, word: string): boolean {
  const isPart = (character: string | undefined) => character !== undefined && /\w/.test(character);
  for (let start = bytes.indexOf(word); start !== -1; start = bytes.indexOf(word, start + 1)) {
    if (!isPart(bytes[start - 1]) && !isPart(bytes[start + word.length])) return true;
  }
  return false;
}

function readRegexMatch(holder: Properties, name: string): Statement {
  const properties = holder.object(name, ["FieldToMatch", "RegexString", "TextTransformations"]);
  const text = properties.text("RegexString", { most: 512 });
  const expression = compileExpression(text, properties.at("RegexString"));
  return inspecting(properties, 3, expression);
}

function readRegexPatternSetReference(
  holder: Properties,
  name: string,
  context: StatementContext,
): Statement {
  const properties = holder.object(name, ["Arn", "FieldToMatch", "TextTransformations"]);
  const arn = properties.text("Arn");
  const set = context.findRegexPatternSet(arn);
  if (set === undefined) throw notThere(properties, "AWS::WAFv2::RegexPatternSet", arn);
  return inspecting(properties, 25, (bytes) => set.expressions.some((matches) => matches(bytes)));
}

function readSizeConstraint(holder: Properties, name: string): Statement {
  const properties = holder.object(name, [
    "ComparisonOperator",
    "FieldToMatch",
    "Size",
    "TextTransformations",
  ]);
  const operator = properties.oneOf("ComparisonOperator", ["EQ", "NE", "LE", "LT", "GE", "GT"]);
  const size = properties.whole("Size", 0, 21_474_836_480);
  const compare = {
    EQ: (length: number) => length === size,
    NE: (length: number) => length !== size,
    LE: (length: number) => length <= size,
    LT: (length: number) => length < size,
    GE: (length: number) => length >= size,
    GT: (length: number) => length > size,
  }[operator];
  return inspecting(properties, 1, ({ length }) => compare(length));
}

function readSqliMatch(holder: Properties, name: string): Statement {
  const properties = holder.object(name, ["FieldToMatch", "SensitivityLevel", "TextTransformations"]);
  const sensitivity = properties.has("SensitivityLevel")
    ? properties.oneOf("SensitivityLevel", ["LOW", "HIGH"])
    : "LOW";
  return inspecting(properties, sensitivity === "LOW" ? 20 : 30, (bytes) =>
    isSqlInjection(bytes, sensitivity),
  );
}

function readXssMatch(holder: Properties, name: string): Statement {
  const properties = holder.object(name, ["FieldToMatch", "TextTransformations"]);
  return inspecting(properties, 40, isCrossSiteScripting);
}

function readIpSetReference(holder: Properties, name: string, context: StatementContext): Statement {
  const properties = holder.object(name, ["Arn", "IPSetForwardedIPConfig"]);
  const arn = properties.text("Arn");
  const set = context.findIpSet(arn);
  if (set === undefined) throw notThere(properties, "AWS::WAFv2::IPSet", arn);
  const forwarded = properties.optionalObject("IPSetForwardedIPConfig", [
    "FallbackBehavior",
    "HeaderName",
    "Position",
  ]);
  if (forwarded === undefined) {
    return { capacity: 1, matches: ({ request }) => set.has(request.sourceIp) };
  }
  const header = forwarded.text("HeaderName", { most: 255 }).toLowerCase();
  const fallback = forwarded.oneOf("FallbackBehavior", ["MATCH", "NO_MATCH"]) === "MATCH";
  const position = forwarded.oneOf("Position", ["FIRST", "LAST", "ANY"]);
  return {
    capacity: position === "ANY" ? 5 : 1,
    matches: (inspection) => {
      const values = headerValues(inspection.request, header);
      if (values.length === 0) {
        inspection.isRuleOff = true;
        return false;
      }
      const all = values
        .join(",")
        .split(",")
        .map((address) => address.trim());
      // Of more than ten addresses AWS looks at ten.
      const asked = position === "ANY" ? all.slice(0, 10) : [all.at(position === "FIRST" ? 0 : -1) ?? ""];
      const addresses = asked.filter((address) => isIP(address) !== 0);
      if (addresses.length === 0) return fallback;
      return addresses.some((address) => set.has(address));
    },
  };
}

function notThere(properties: Properties, type: string, arn: string): WafError {
  return new WafError(
    `${properties.at("Arn")}: AWS WAF couldn’t perform the operation because your resource doesn’t exist. There is no ${type} ${arn} in the template; write !GetAtt Name.Arn.`,
  );
}

/** A statement that looks for something in a part of the request, after its transformations. */
function inspecting(properties: Properties, base: number, isFound: (bytes: string) => boolean): Statement {
  const field = readFieldToMatch(properties);
  const transform = readTransformations(properties);
  return {
    capacity: field.capacity(base) + transform.capacity,
    matches: ({ request }) => matchesComponent(field, request, (bytes) => isFound(transform.apply(bytes))),
  };
}

function matchesComponent(
  field: FieldToMatch,
  request: Inspection["request"],
  isFound: (bytes: string) => boolean,
): boolean {
  const component = field.find(request);
  return "verdict" in component ? component.verdict : component.values.some(isFound);
}
