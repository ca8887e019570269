import { type Action, actionNames, type ResponseBodies, readAction } from "./action.ts";
import { entityName } from "./ip-set.ts";
import { labelName } from "./label.ts";
import { Properties } from "./properties.ts";
import { onlyStatement, readStatement, type Statement, type StatementContext } from "./statement.ts";
import { WafError, WafNotServedError } from "./waf-error.ts";

/** A rule of one's own, in a web ACL or rule group. */
export interface MatchRule {
  readonly kind: "match";
  readonly name: string;
  readonly statement: Statement;
  readonly action: Action;
  /** Fully qualified. */
  readonly labels: readonly string[];
}

/** A rule of a web ACL that stands for the rules of a group. */
export interface GroupRule {
  readonly kind: "group";
  readonly name: string;
  readonly group: RuleGroup;
  /** What its rules do, by their names, instead of what they say. */
  readonly overrides: ReadonlyMap<string, Action>;
  /** Whether what the group decides is only counted. */
  readonly isCounted: boolean;
}

/** Rules that web ACLs share. */
export interface RuleGroup {
  readonly arn: string;
  readonly name: string;
  readonly capacity: number;
  readonly rules: readonly MatchRule[];
  /** Rules that look at nothing here. */
  readonly unenforced: readonly UnenforcedRule[];
}

/** What the rules of a web ACL or rule group are read with. */
export interface RuleContext extends StatementContext {
  readonly bodies: ResponseBodies;
  /** Nothing within a rule group: it can't have another. */
  readonly findRuleGroup: ((arn: string) => RuleGroup | undefined) | undefined;
}

/** A rule that AWS enforces and this platform does not. */
export interface UnenforcedRule {
  readonly name: string;
  /** What of it is not served, by its name, and why. */
  readonly reason: string;
}

/** The `Rules` of a web ACL or rule group. */
export interface ReadRules {
  /** In the order of their priorities. */
  readonly rules: readonly (MatchRule | GroupRule)[];
  /** In the order of the template. */
  readonly unenforced: readonly UnenforcedRule[];
}

/**
 * Reads the `Rules` of a web ACL or rule group. Those with something that this platform does not serve are set apart: what
 * they would have done must not keep the others from biting.
 * @throws {WafError} for mistakes.
 */
export function readRules(owner: Properties, context: RuleContext): ReadRules {
  const unenforced: UnenforcedRule[] = [];
  const rules = owner.list("Rules").map((value, index) => {
    const rule = new Properties(value, `${owner.at("Rules")}/${index}`, [
      "Action",
      "CaptchaConfig",
      "ChallengeConfig",
      "Name",
      "OverrideAction",
      "Priority",
      "RuleLabels",
      "Statement",
      "VisibilityConfig",
    ]);
    const priority = rule.whole("Priority", 0, 2 ** 31 - 1);
    const name = rule.text("Name", entityName);
    try {
      return { priority, name, rule: readRule(rule, name, context) };
    } catch (error) {
      if (!(error instanceof WafNotServedError)) throw error;
      unenforced.push({ name, reason: error.message });
      return { priority, name, rule: undefined };
    }
  });
  const seen = { names: new Set<string>(), priorities: new Set<number>() };
  for (const { priority, name } of rules) {
    if (seen.names.has(name) || seen.priorities.has(priority)) {
      throw new WafError(
        `${owner.at("Rules")}: names and priorities must all be different; ${name} with priority ${priority} is not.`,
      );
    }
    seen.names.add(name);
    seen.priorities.add(priority);
  }
  const inOrder = rules.sort((one, other) => one.priority - other.priority);
  return { rules: inOrder.flatMap(({ rule }) => rule ?? []), unenforced };
}

/** What rules cost together. */
export function capacityOf(rules: readonly (MatchRule | GroupRule)[]): number {
  return rules.reduce(
    (sum, rule) => sum + (rule.kind === "match" ? rule.statement.capacity : rule.group.capacity),
    0,
  );
}

/** Reads a `VisibilityConfig`, which changes nothing here. */
export function checkVisibility(owner: Properties): void {
  const visibility = owner.object("VisibilityConfig", [
    "CloudWatchMetricsEnabled",
    "MetricName",
    "SampledRequestsEnabled",
  ]);
  visibility.required("CloudWatchMetricsEnabled");
  visibility.required("SampledRequestsEnabled");
  visibility.text("MetricName", { most: 255, pattern: /^[\w#:./-]+$/ });
}

function readRule(rule: Properties, name: string, context: RuleContext): MatchRule | GroupRule {
  checkVisibility(rule);
  const kind = onlyStatement(rule, "Statement").names[0];
  if (kind === "RuleGroupReferenceStatement") return { ...readReference(rule, context), name };
  if (kind === "ManagedRuleGroupStatement") refuseManaged(rule, context);
  const statement = readStatement(rule, "Statement", context, true);
  if (rule.has("OverrideAction")) {
    throw new WafError(
      `${rule.at("OverrideAction")}: only rules that refer to rule groups have it; write Action.`,
    );
  }
  const action = readAction(rule, "Action", actionNames, context.bodies);
  const labels = rule.list("RuleLabels").map((value, index) => {
    const label = new Properties(value, `${rule.at("RuleLabels")}/${index}`, ["Name"]);
    return `${context.labelNamespace}${label.text("Name", labelName)}`;
  });
  return { kind: "match", name, statement, action, labels };
}

function readReference(rule: Properties, context: RuleContext): Omit<GroupRule, "name"> {
  const statement = rule
    .object("Statement", ["RuleGroupReferenceStatement"])
    .object("RuleGroupReferenceStatement", ["Arn", "ExcludedRules", "RuleActionOverrides"]);
  if (context.findRuleGroup === undefined) {
    throw new WafError(`${statement.place}: a rule group can't refer to another one.`);
  }
  const arn = statement.text("Arn");
  const group = context.findRuleGroup(arn);
  if (group === undefined) {
    throw new WafError(
      `${statement.at("Arn")}: AWS WAF couldn’t perform the operation because your resource doesn’t exist. There is no AWS::WAFv2::RuleGroup ${arn} in the template; write !GetAtt Name.Arn.`,
    );
  }
  return {
    kind: "group",
    group,
    overrides: readOverrides(statement, group, context),
    isCounted: readOverrideAction(rule) === "Count",
  };
}

/** A mistake in it is told all the same: on AWS it would keep the whole web ACL from being made. */
function refuseManaged(rule: Properties, context: RuleContext): never {
  const statement = rule
    .object("Statement", ["ManagedRuleGroupStatement"])
    .object("ManagedRuleGroupStatement", [
      "ExcludedRules",
      "ManagedRuleGroupConfigs",
      "Name",
      "RuleActionOverrides",
      "ScopeDownStatement",
      "VendorName",
      "Version",
    ]);
  if (context.findRuleGroup === undefined) {
    throw new WafError(`${statement.place}: a rule group can't refer to another one.`);
  }
  const group = `${statement.text("VendorName", { most: 128 })} ${statement.text("Name", entityName)}`;
  readOverrideAction(rule);
  if (statement.has("ScopeDownStatement")) readStatement(statement, "ScopeDownStatement", context, false);
  throw new WafNotServedError(
    `${rule.at("Statement")}: ManagedRuleGroupStatement ${group} is not served by this platform: the rules of managed rule groups are their vendors' own.`,
  );
}

function readOverrideAction(rule: Properties): string {
  if (rule.has("Action")) {
    throw new WafError(
      `${rule.at("Action")}: a rule that refers to a rule group has OverrideAction instead.`,
    );
  }
  const override = rule.object("OverrideAction", ["Count", "None"]);
  const [kind, ...others] = override.names;
  if (kind !== undefined && others.length === 0) return kind;
  throw new WafError(`${override.place}: give exactly one of Count and None.`);
}

function readOverrides(
  statement: Properties,
  group: RuleGroup,
  context: RuleContext,
): ReadonlyMap<string, Action> {
  const overrides = new Map<string, Action>();
  const add = (properties: Properties, action: Action) => {
    const name = properties.text("Name", entityName);
    if (![...group.rules, ...group.unenforced].some((rule) => rule.name === name)) {
      throw new WafError(`${properties.at("Name")}: the rule group ${group.name} has no rule ${name}.`);
    }
    overrides.set(name, action);
  };
  for (const [index, value] of statement.list("ExcludedRules").entries()) {
    const excluded = new Properties(value, `${statement.at("ExcludedRules")}/${index}`, ["Name"]);
    add(excluded, { kind: "count", insertedHeaders: [] });
  }
  for (const [index, value] of statement.list("RuleActionOverrides").entries()) {
    const place = `${statement.at("RuleActionOverrides")}/${index}`;
    const override = new Properties(value, place, ["ActionToUse", "Name"]);
    add(override, readAction(override, "ActionToUse", actionNames, context.bodies));
  }
  return overrides;
}
