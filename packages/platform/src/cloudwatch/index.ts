import type { ServiceEntry } from "../wire/service-api.ts";
import type { MetricStore } from "./metric-store.ts";

export { recordHttpRequest, recordRestRequest } from "./api-metrics.ts";
export { recordEmbedded } from "./embedded-metrics.ts";
export { type FunctionMetrics, functionMetrics } from "./function-metrics.ts";
export { MetricStore } from "./metric-store.ts";

/** Where CloudWatch is found. */
export function cloudWatchService(metrics: MetricStore, nowMs: () => number): ServiceEntry {
  return {
    name: "CloudWatch",
    signingName: "monitoring",
    protocols: ["rpc-v2-cbor", "json-1.0", "query"],
    target: "GraniteServiceVersion20100801",
    version: "2010-08-01",
    xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
    load: async () => (await import("./cloudwatch-api.ts")).cloudWatchApi(metrics, nowMs),
  };
}
export { recordUrlRequest } from "./url-metrics.ts";
