import type { InvocationCall, InvokeFunction } from "../lambda/invocation-call.ts";
import type { InvocationTrace } from "../lambda/lambda-service.ts";
import { AwsServiceError } from "../service-error.ts";
import type { Dimensions, MetricRecording, MetricStore } from "./metric-store.ts";

type Samples = MetricRecording["samples"];

/** What Lambda measures of its functions. */
export interface FunctionMetrics {
  /** Measures the beginning of invocations, or that there was none. */
  readonly measured: (invoke: InvokeFunction) => InvokeFunction;
  /** An invocation is over. */
  readonly ended: (trace: InvocationTrace) => void;
  /** What happened to an event of an asynchronous invocation. */
  readonly event: (functionName: string, samples: Samples) => void;
}

/**
 * Measures functions as Lambda does, and from the call to the first byte of the response besides.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export function functionMetrics(metrics: MetricStore): FunctionMetrics {
  const underWay = new Map<string, number>();
  /** By request id: where the name that was called says which version or alias is meant. */
  const resources = new Map<string, string>();
  let all = 0;
  const record = (dimensions: readonly Dimensions[], samples: Samples) =>
    metrics.record({ namespace: "AWS/Lambda", dimensions, samples });

  const began = (name: string) => {
    all += 1;
    const own = (underWay.get(name) ?? 0) + 1;
    underWay.set(name, own);
    return { own, all };
  };
  const left = (name: string) => {
    all -= 1;
    const own = (underWay.get(name) ?? 1) - 1;
    if (own > 0) underWay.set(name, own);
    else underWay.delete(name);
  };

  return {
    measured: (invoke) => async (target, call, receiver) => {
      const now = began(target.name);
      resources.set(call.requestId, resourceOf(target.name, call));
      try {
        const begun = await invoke(target, call, receiver);
        record(ofFunction(target.name), { ConcurrentExecutions: [now.own, "Count"] });
        record([[]], { ConcurrentExecutions: [now.all, "Count"] });
        return begun;
      } catch (error) {
        left(target.name);
        resources.delete(call.requestId);
        if (error instanceof AwsServiceError && error.status === 429) {
          const dimensions = [...ofFunction(target.name, resourceOf(target.name, call)), []];
          record(dimensions, { Throttles: [1, "Count"] });
        }
        throw error;
      }
    },
    ended: ({ functionName, report, errorType, firstByteMs }) => {
      left(functionName);
      const resource = resources.get(report.requestId);
      resources.delete(report.requestId);
      const hasFailed = errorType !== undefined || report.status !== "success";
      record([...ofFunction(functionName, resource), []], {
        Invocations: [1, "Count"],
        Errors: [hasFailed ? 1 : 0, "Count"],
        Throttles: [0, "Count"],
        Duration: [report.durationMs, "Milliseconds"],
      });
      metrics.record({
        namespace: "Sluice",
        dimensions: [[["FunctionName", functionName]]],
        samples: {
          ...(firstByteMs === undefined ? {} : { TimeToFirstByte: [firstByteMs, "Milliseconds"] }),
          StreamedBytes: [report.producedBytes, "Bytes"],
        },
      });
    },
    event: (functionName, samples) => record([...ofFunction(functionName), []], samples),
  };
}

function ofFunction(name: string, resource?: string): Dimensions[] {
  const dimensions: Dimensions[] = [[["FunctionName", name]]];
  if (resource === undefined) return dimensions;
  return [
    ...dimensions,
    [
      ["FunctionName", name],
      ["Resource", resource],
    ],
  ];
}

/** The function's name, with version or alias if the call names one. */
function resourceOf(name: string, { invokedFunctionArn }: InvocationCall): string {
  const qualifier = invokedFunctionArn.split(":")[7];
  return qualifier === undefined || qualifier === "$LATEST" ? name : `${name}:${qualifier}`;
}
