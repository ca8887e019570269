import { type Action, type CustomResponse, readAction, readResponseBodies } from "./action.ts";
import { entityName, type IpSet } from "./ip-set.ts";
import { Properties } from "./properties.ts";
import { compileExpression } from "./regular-expression.ts";
import {
  capacityOf,
  checkVisibility,
  type GroupRule,
  type MatchRule,
  type RuleContext,
  type RuleGroup,
  readRules,
  type UnenforcedRule,
} from "./rule.ts";
import type { RegexPatternSet } from "./statement.ts";
import { invalidParameter, WafError } from "./waf-error.ts";
import type { Inspection, WafRequest } from "./waf-request.ts";

/** What a web ACL decided about a request. */
export interface Verdict {
  readonly action: "allow" | "block";
  /** The name of the rule that decided; `Default_Action` if none did, as in AWS's logs. */
  readonly terminatingRule: string;
  /** Where that stands for a rule group, the group's rule. */
  readonly terminatingGroupRule: string | undefined;
  /** Rules that matched and only counted, in order; those of groups with the group's name and a slash before. */
  readonly countedRules: readonly string[];
  /** Fully qualified, in the order in which rules added them. */
  readonly labels: readonly string[];
  /** Headers that API Gateway adds to the request. */
  readonly insertedHeaders: readonly (readonly [name: string, value: string])[];
  /** What a block answers instead of API Gateway's own. */
  readonly response: CustomResponse | undefined;
}

/** A web ACL, ready for requests. */
export interface WebAcl {
  readonly arn: string;
  readonly name: string;
  /** What its own labels begin with. */
  readonly labelNamespace: string;
  /** What its rules use of web ACL capacity units. */
  readonly capacity: number;
  /** As the template has it. */
  readonly properties: unknown;
  /** How many bytes of a body it gets. */
  readonly bodyBytes: number;
  /** Rules that look at nothing here. */
  readonly unenforced: readonly UnenforcedRule[];
  /** @param nowMs - Unix time in milliseconds, for rates. */
  inspect(request: WafRequest, nowMs: number): Verdict;
}

/** Where a resource is, and what it may refer to. */
export interface WafResources {
  readonly arn: string;
  /** The given name, or the one that CloudFormation makes. */
  readonly name: string;
  readonly accountId: string;
  readonly findIpSet: (arn: string) => IpSet | undefined;
  readonly findRegexPatternSet: (arn: string) => RegexPatternSet | undefined;
  readonly findRuleGroup: (arn: string) => RuleGroup | undefined;
}

/** Up to this a web ACL costs nothing more. */
export const capacityIncluded = 1500;
const mostCapacity = 5000;
const mostLabels = 100;

const bodySizes = { KB_16: 16, KB_32: 32, KB_48: 48, KB_64: 64 };

/**
 * Reads `AWS::WAFv2::WebACL`.
 * @throws {WafError}
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-wafv2-webacl.html
 */
export function readWebAcl(value: unknown, resources: WafResources): WebAcl {
  const properties = new Properties(value, "#", [
    "ApplicationConfig",
    "AssociationConfig",
    "CaptchaConfig",
    "ChallengeConfig",
    "CustomResponseBodies",
    "DataProtectionConfig",
    "DefaultAction",
    "Description",
    "Name",
    "OnSourceDDoSProtectionConfig",
    "Rules",
    "Scope",
    "Tags",
    "TokenDomains",
    "VisibilityConfig",
  ]);
  const { arn, name, accountId } = resources;
  const bodies = readResponseBodies(properties);
  const labelNamespace = `awswaf:${accountId}:webacl:${name}:`;
  const { rules, unenforced } = readRules(properties, { ...resources, labelNamespace, bodies });
  const defaultAction = readAction(properties, "DefaultAction", ["Allow", "Block"], bodies);
  const capacity = capacityOf(rules);
  if (capacity > mostCapacity) throw tooMuch("WEB_ACL", capacity);
  checkVisibility(properties);
  return {
    arn,
    name,
    labelNamespace,
    capacity,
    properties: value,
    bodyBytes: readBodyLimit(properties),
    unenforced,
    inspect: (request, nowMs) => inspect(rules, defaultAction, request, nowMs),
  };
}

/**
 * Reads `AWS::WAFv2::RuleGroup`.
 * @throws {WafError}
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-wafv2-rulegroup.html
 */
export function readRuleGroup(value: unknown, resources: Omit<WafResources, "findRuleGroup">): RuleGroup {
  const properties = new Properties(value, "#", [
    "AvailableLabels",
    "Capacity",
    "ConsumedLabels",
    "CustomResponseBodies",
    "Description",
    "Name",
    "Rules",
    "Scope",
    "Tags",
    "VisibilityConfig",
  ]);
  const { arn, name, accountId } = resources;
  const context: RuleContext = {
    ...resources,
    labelNamespace: `awswaf:${accountId}:rulegroup:${name}:`,
    bodies: readResponseBodies(properties),
    findRuleGroup: undefined,
  };
  const capacity = properties.whole("Capacity", 1, mostCapacity);
  checkVisibility(properties);
  const { rules, unenforced } = readRules(properties, context);
  const used = capacityOf(rules);
  if (used > capacity) throw tooMuch("RULE_GROUP", used);
  return { arn, name, capacity, rules: rules.filter((rule) => rule.kind === "match"), unenforced };
}

/**
 * Reads `AWS::WAFv2::RegexPatternSet`.
 * @throws {WafError}
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-wafv2-regexpatternset.html
 */
export function readRegexPatternSet(value: unknown, arn: string): RegexPatternSet {
  const properties = new Properties(value, "#", [
    "Description",
    "Name",
    "RegularExpressionList",
    "Scope",
    "Tags",
  ]);
  properties.optionalText("Name", entityName);
  properties.required("RegularExpressionList");
  const place = properties.at("RegularExpressionList");
  const list = properties.texts("RegularExpressionList");
  if (list.length > 10) {
    throw new WafError(`${place}: a regex pattern set has at most 10 expressions; there are ${list.length}.`);
  }
  const expressions = list.map((text, index) => {
    if (text.length >= 1 && text.length <= 512) return compileExpression(text, `${place}/${index}`);
    throw new WafError(`${place}/${index}: an expression has 1 to 512 characters, found: ${text.length}.`);
  });
  return { arn, expressions };
}

function tooMuch(field: string, capacity: number): WafError {
  return invalidParameter(
    "You exceeded the capacity limit for a rule group or web ACL.",
    field,
    String(capacity),
  );
}

function readBodyLimit(properties: Properties): number {
  const config = properties.optionalObject("AssociationConfig", ["RequestBody"]);
  const kinds = [
    "API_GATEWAY",
    "APP_RUNNER_SERVICE",
    "CLOUDFRONT",
    "COGNITO_USER_POOL",
    "VERIFIED_ACCESS_INSTANCE",
  ];
  const gateway = config
    ?.optionalObject("RequestBody", kinds)
    ?.optionalObject("API_GATEWAY", ["DefaultSizeInspectionLimit"]);
  const size = gateway?.oneOf("DefaultSizeInspectionLimit", ["KB_16", "KB_32", "KB_48", "KB_64"]) ?? "KB_16";
  return bodySizes[size] * 1024;
}

/** A request on its way through the rules, and what they did so far. */
interface Course extends Inspection {
  readonly counted: string[];
  readonly inserted: (readonly [name: string, value: string])[];
}

function inspect(
  rules: readonly (MatchRule | GroupRule)[],
  defaultAction: Action,
  request: WafRequest,
  nowMs: number,
): Verdict {
  const course: Course = { request, labels: new Set(), nowMs, isRuleOff: false, counted: [], inserted: [] };
  for (const rule of rules) {
    const decided = rule.kind === "match" ? applyRule(rule, rule.action, course) : applyGroup(rule, course);
    if (decided !== undefined) return verdict(decided.action, rule.name, decided.groupRule, course);
  }
  return verdict(defaultAction, "Default_Action", undefined, course);
}

interface Decision {
  readonly action: Action;
  readonly groupRule: string | undefined;
}

/** @returns what ends the course, unless nothing does. */
function applyRule(rule: MatchRule, action: Action, course: Course, group?: string): Decision | undefined {
  course.isRuleOff = false;
  if (!rule.statement.matches(course) || course.isRuleOff) return undefined;
  for (const label of rule.labels) {
    if (course.labels.size < mostLabels) course.labels.add(label);
  }
  if (action.kind !== "count") return { action, groupRule: group === undefined ? undefined : rule.name };
  course.counted.push(group === undefined ? rule.name : `${group}/${rule.name}`);
  course.inserted.push(...action.insertedHeaders);
  return undefined;
}

function applyGroup(reference: GroupRule, course: Course): Decision | undefined {
  for (const rule of reference.group.rules) {
    const action = reference.overrides.get(rule.name) ?? rule.action;
    const decided = applyRule(rule, action, course, reference.group.name);
    if (decided === undefined) continue;
    if (!reference.isCounted) return decided;
    // What a group decides ends it, also where it is only counted.
    course.counted.push(reference.name);
    return undefined;
  }
  return undefined;
}

function verdict(action: Action, rule: string, groupRule: string | undefined, course: Course): Verdict {
  const isBlock = action.kind === "block";
  return {
    action: isBlock ? "block" : "allow",
    terminatingRule: rule,
    terminatingGroupRule: groupRule,
    countedRules: course.counted,
    labels: [...course.labels],
    insertedHeaders: isBlock ? [] : [...course.inserted, ...action.insertedHeaders],
    response: isBlock ? action.response : undefined,
  };
}
