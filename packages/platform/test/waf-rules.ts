import { readWebAcl, type WebAcl } from "../src/wafv2/index.ts";
import type { WafRequest } from "../src/wafv2/waf-request.ts";
import type { Verdict, WafResources } from "../src/wafv2/web-acl.ts";

export const visibility = { CloudWatchMetricsEnabled: false, SampledRequestsEnabled: false, MetricName: "m" };

export const noTransformation = [{ Priority: 0, Type: "NONE" }];

/** Resources of an account in which nothing is to refer to, but for what is given. */
export function wafResources(given: Partial<WafResources> = {}): WafResources {
  return {
    arn: "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/guard/1",
    name: "guard",
    accountId: "123456789012",
    findIpSet: () => undefined,
    findRegexPatternSet: () => undefined,
    findRuleGroup: () => undefined,
    ...given,
  };
}

/** A web ACL that allows what no rule blocks. Rules get names, priorities and visibility, and block unless they say otherwise. */
export function webAclOf(
  rules: readonly object[],
  more: object = {},
  resources?: Partial<WafResources>,
): WebAcl {
  const properties = {
    Scope: "REGIONAL",
    DefaultAction: { Allow: {} },
    VisibilityConfig: visibility,
    Rules: rules.map((rule, index) => completeRule(rule, index)),
    ...more,
  };
  return readWebAcl(properties, wafResources(resources));
}

export function completeRule(rule: object, index: number): object {
  const isReference = "OverrideAction" in rule;
  return {
    Name: `rule-${index}`,
    Priority: index,
    VisibilityConfig: visibility,
    ...(isReference ? {} : { Action: { Block: {} } }),
    ...rule,
  };
}

export function wafRequest(given: Partial<WafRequest> = {}): WafRequest {
  return {
    method: "GET",
    rawPath: "/prod/",
    rawQuery: "",
    headers: [],
    sourceIp: "192.0.2.44",
    body: "",
    isBodyCut: false,
    ...given,
  };
}

/** Whether a web ACL with this one statement blocks a request. */
export function isMatch(
  statement: object,
  request: Partial<WafRequest>,
  resources?: Partial<WafResources>,
): boolean {
  return inspectOnce([{ Statement: statement }], request, resources).action === "block";
}

export function inspectOnce(
  rules: readonly object[],
  request: Partial<WafRequest> = {},
  resources?: Partial<WafResources>,
): Verdict {
  return webAclOf(rules, {}, resources).inspect(wafRequest(request), 0);
}
