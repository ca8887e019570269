import { functionDimensions } from "./function-dimensions.ts";
import type { Dimensions, MetricStore } from "./metric-store.ts";

interface MeasuredUrl {
  readonly functionName: string;
  readonly qualifier?: string | undefined;
}

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
  url: MeasuredUrl,
  status: number,
  latencyMs: number,
): void {
  metrics.record({
    namespace: "AWS/Lambda",
    dimensions: dimensionsOf(url),
    samples: {
      UrlRequestCount: [1, "Count"],
      Url4xxCount: [status >= 400 && status < 500 ? 1 : 0, "Count"],
      Url5xxCount: [status >= 500 ? 1 : 0, "Count"],
      UrlRequestLatency: [latencyMs, "Milliseconds"],
    },
  });
}

const known = new WeakMap<MeasuredUrl, readonly Dimensions[]>();

function dimensionsOf(url: MeasuredUrl): readonly Dimensions[] {
  let dimensions = known.get(url);
  if (dimensions === undefined) {
    const { functionName, qualifier } = url;
    dimensions = functionDimensions(
      functionName,
      qualifier === undefined ? functionName : `${functionName}:${qualifier}`,
    );
    known.set(url, dimensions);
  }
  return dimensions;
}
