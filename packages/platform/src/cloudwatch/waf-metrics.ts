import type { Verdict, WebAcl } from "../wafv2/index.ts";
import type { Dimensions, MetricStore } from "./metric-store.ts";

/** Who decides and counts, as the web ACL's properties name them for metrics. */
interface Visibility {
  readonly CloudWatchMetricsEnabled?: unknown;
  readonly MetricName?: unknown;
}

/**
 * Measures what a web ACL decided: by its default action, by the rule that decided, and by each rule that counted, as far as
 * their visibility configurations say so.
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html
 */
export function recordVerdict(metrics: MetricStore, webAcl: WebAcl, verdict: Verdict, region: string): void {
  const properties = Object(webAcl.properties) as {
    VisibilityConfig?: Visibility;
    Rules?: readonly { Name?: unknown; VisibilityConfig?: Visibility }[];
  };
  const acl = metricNameOf(properties.VisibilityConfig);
  const ruleName = (name: string) =>
    metricNameOf(properties.Rules?.find(({ Name }) => Name === name)?.VisibilityConfig);
  const record = (rule: string | undefined, metric: string) => {
    if (rule === undefined) return;
    const dimensions: Dimensions = [
      ["Region", region],
      ["Rule", rule],
      ["WebACL", acl ?? webAcl.name],
    ];
    metrics.record({ namespace: "AWS/WAFV2", dimensions: [dimensions], samples: { [metric]: [1, "Count"] } });
  };
  const metric = verdict.action === "block" ? "BlockedRequests" : "AllowedRequests";
  const byDefault = verdict.terminatingRule === "Default_Action";
  record(
    byDefault ? (acl === undefined ? undefined : "Default_Action") : ruleName(verdict.terminatingRule),
    metric,
  );
  // Of all its rules together.
  record(acl === undefined ? undefined : "ALL", metric);
  // A rule of a group is known by the group's own metrics, which belong to the group.
  for (const counted of verdict.countedRules) record(ruleName(counted), "CountedRequests");
}

function metricNameOf(visibility: Visibility | undefined): string | undefined {
  const { CloudWatchMetricsEnabled: enabled, MetricName: name } = visibility ?? {};
  return String(enabled) === "true" && typeof name === "string" ? name : undefined;
}
