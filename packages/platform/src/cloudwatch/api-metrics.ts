import type { StageRequest as RestRequest } from "../apigateway/passage.ts";
import { headerOf } from "../front-door/http-request.ts";
import type { AnsweredRequest } from "../httpapi/access-log.ts";
import type { Dimensions, MetricStore } from "./metric-store.ts";
import { recordVerdict } from "./waf-metrics.ts";

/**
 * Measures a request to a REST API as API Gateway does, and from its arrival to the first byte of the answer's body besides.
 *
 * @param api - with the name by which its metrics are found.
 * @param nowMs - on the clock of the request's journal.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
 */
export function recordRestRequest(
  metrics: MetricStore,
  { apiName, region }: { readonly apiName: string; readonly region: string },
  { stage, journal, client }: RestRequest,
  nowMs: number,
): void {
  const { integration, routed, beganMs } = journal;
  const latencyMs = nowMs - beganMs;
  const ofStage: Dimensions[] = [
    [["ApiName", apiName]],
    [
      ["ApiName", apiName],
      ["Stage", stage.name],
    ],
  ];
  const ofMethod: Dimensions[] =
    routed?.settings.metricsEnabled === true
      ? [
          [
            ["ApiName", apiName],
            ["Stage", stage.name],
            ["Resource", routed.resource.path],
            ["Method", routed.method.httpMethod],
          ],
        ]
      : [];
  const status = client.status;
  metrics.record({
    namespace: "AWS/ApiGateway",
    dimensions: [...ofStage, ...ofMethod],
    samples: {
      Count: [1, "Count"],
      "4XXError": [status >= 400 && status < 500 ? 1 : 0, "Count"],
      "5XXError": [status >= 500 ? 1 : 0, "Count"],
      Latency: [latencyMs, "Milliseconds"],
      ...(integration?.latencyMs === undefined
        ? {}
        : { IntegrationLatency: [integration.latencyMs, "Milliseconds"] }),
    },
  });
  if (stage.webAcl !== undefined && journal.waf !== undefined) {
    recordVerdict(metrics, stage.webAcl, journal.waf.verdict, region);
  }
  const firstMs = integration?.timeToFirstContentMs;
  const isStream = integration?.responseTransferMode === "STREAMED";
  metrics.record({
    namespace: "Sluice",
    dimensions: ofStage,
    samples: {
      TimeToFirstByte: [
        // What doesn't stream leaves whole at its end.
        integration === undefined || firstMs === undefined
          ? latencyMs
          : integration.beganMs - beganMs + firstMs,
        "Milliseconds",
      ],
      ...(isStream ? { StreamedBytes: [client.bodyBytes, "Bytes"] } : {}),
    },
  });
}

/**
 * Measures a request to an HTTP API as API Gateway does.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
 */
export function recordHttpRequest(metrics: MetricStore, answered: AnsweredRequest): void {
  const { arrival, status, responseBytes, latencyMs } = answered;
  const { stage, request, journal } = arrival;
  const dimensions: Dimensions[] = [
    [["ApiId", stage.apiId]],
    [
      ["ApiId", stage.apiId],
      ["Stage", stage.name],
    ],
  ];
  const integrationMs = journal.integration?.latencyMs;
  metrics.record({
    namespace: "AWS/ApiGateway",
    dimensions,
    samples: {
      Count: [1, "Count"],
      "4xx": [status >= 400 && status < 500 ? 1 : 0, "Count"],
      "5xx": [status >= 500 ? 1 : 0, "Count"],
      DataProcessed: [Number(headerOf(request, "content-length") ?? 0) + responseBytes, "Bytes"],
      Latency: [latencyMs, "Milliseconds"],
      ...(integrationMs === undefined ? {} : { IntegrationLatency: [integrationMs, "Milliseconds"] }),
    },
  });
  metrics.record({
    namespace: "Sluice",
    dimensions,
    samples: { TimeToFirstByte: [latencyMs, "Milliseconds"] },
  });
}
