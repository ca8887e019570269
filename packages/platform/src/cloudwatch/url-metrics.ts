import type { Dimensions, MetricStore } from "./metric-store.ts";

/**
 * Measures a request to a function URL as Lambda does.
 *
 * @param url - the function's name, and the alias that the URL is of.
 * @param status - 0 where the client left before it got one.
 * @param latencyMs - until the status was sent.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html
 */
export function recordUrlRequest(
  metrics: MetricStore,
  { functionName, qualifier }: { readonly functionName: string; readonly qualifier?: string | undefined },
  status: number,
  latencyMs: number,
): void {
  const resource = qualifier === undefined ? functionName : `${functionName}:${qualifier}`;
  const dimensions: Dimensions[] = [
    [["FunctionName", functionName]],
    [
      ["FunctionName", functionName],
      ["Resource", resource],
    ],
  ];
  metrics.record({
    namespace: "AWS/Lambda",
    dimensions,
    samples: {
      UrlRequestCount: [1, "Count"],
      Url4xxCount: [status >= 400 && status < 500 ? 1 : 0, "Count"],
      Url5xxCount: [status >= 500 ? 1 : 0, "Count"],
      UrlRequestLatency: [latencyMs, "Milliseconds"],
    },
  });
}
