import { aggregateOf, merged } from "./metric-aggregate.ts";
import type { Dimensions, MetricStore } from "./metric-store.ts";

/** As the format has it, as far as it is what it says. */
interface EmbeddedDocument {
  readonly _aws?: {
    readonly Timestamp?: unknown;
    readonly CloudWatchMetrics?: readonly {
      readonly Namespace?: unknown;
      readonly Dimensions?: readonly (readonly unknown[])[];
      readonly Metrics?: readonly { readonly Name?: unknown; readonly Unit?: unknown }[];
    }[];
  };
  readonly [name: string]: unknown;
}

/**
 * Takes the metrics out of a log line, if it has any: a JSON document in CloudWatch's embedded metric format. What isn't as
 * the format has it is left out, as CloudWatch leaves it out.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function recordEmbedded(metrics: MetricStore, message: string): void {
  if (!message.includes('"_aws"')) return;
  const document = readDocument(message);
  const { Timestamp, CloudWatchMetrics } = document._aws ?? {};
  if (!Array.isArray(CloudWatchMetrics)) return;
  const timestampMs = typeof Timestamp === "number" ? Timestamp : undefined;
  for (const { Namespace, Dimensions: sets = [[]], Metrics = [] } of CloudWatchMetrics) {
    if (typeof Namespace !== "string" || !Array.isArray(Metrics) || !Array.isArray(sets)) continue;
    for (const { Name, Unit = "None" } of Metrics) {
      const given = typeof Name === "string" ? document[Name] : undefined;
      const values = (Array.isArray(given) ? given : [given]).filter((value) => Number.isFinite(value));
      if (typeof Name !== "string" || values.length === 0) continue;
      for (const set of sets) {
        metrics.put({
          namespace: Namespace,
          name: Name,
          dimensions: dimensionsOf(document, set),
          unit: String(Unit),
          timestampMs,
          values: values.map((value) => aggregateOf(value)).reduce(merged),
        });
      }
    }
  }
}

function readDocument(message: string): EmbeddedDocument {
  try {
    return Object(JSON.parse(message)) as EmbeddedDocument;
  } catch {
    return {};
  }
}

function dimensionsOf(document: EmbeddedDocument, names: unknown): Dimensions {
  if (!Array.isArray(names)) return [];
  return names.flatMap((name: unknown) => {
    const value = document[String(name)];
    return value === undefined ? [] : [[String(name), String(value)] as const];
  });
}
