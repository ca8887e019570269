import type { InvocationTrace } from "../lambda/followed-invocation.ts";
import type { InvocationCall, InvokeFunction } from "../lambda/invocation-call.ts";
import { AwsServiceError } from "../service-error.ts";
import { functionDimensions } from "./function-dimensions.ts";
import type { Dimensions, MetricRecording, MetricStore } from "./metric-store.ts";

type Samples = MetricRecording["samples"];

const ofAll: readonly Dimensions[] = [[]];

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

  const known = new Map<string, readonly Dimensions[]>();
  /** The same ones for each invocation. */
  const once = (key: string, make: () => readonly Dimensions[]): readonly Dimensions[] => {
    let dimensions = known.get(key);
    if (dimensions === undefined) {
      dimensions = make();
      known.set(key, dimensions);
    }
    return dimensions;
  };
  const ofFunction = (name: string) => once(name, () => functionDimensions(name));
  /** With what all functions are measured by together. */
  const withSum = (name: string, resource?: string) =>
    once(`+${name}\n${resource ?? ""}`, () => [...functionDimensions(name, resource), ...ofAll]);
  const ofSluice = (name: string) => once(`Sluice\n${name}`, () => functionDimensions(name));

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
        record(ofAll, { ConcurrentExecutions: [now.all, "Count"] });
        return begun;
      } catch (error) {
        left(target.name);
        resources.delete(call.requestId);
        if (error instanceof AwsServiceError && error.status === 429) {
          record(withSum(target.name, resourceOf(target.name, call)), { Throttles: [1, "Count"] });
        }
        throw error;
      }
    },
    ended: ({ functionName, report, errorType, firstByteMs }) => {
      left(functionName);
      const resource = resources.get(report.requestId);
      resources.delete(report.requestId);
      const hasFailed = errorType !== undefined || report.status !== "success";
      record(withSum(functionName, resource), {
        Invocations: [1, "Count"],
        Errors: [hasFailed ? 1 : 0, "Count"],
        Throttles: [0, "Count"],
        Duration: [report.durationMs, "Milliseconds"],
      });
      metrics.record({
        namespace: "Sluice",
        dimensions: ofSluice(functionName),
        samples: {
          TimeToFirstByte: firstByteMs === undefined ? undefined : [firstByteMs, "Milliseconds"],
          StreamedBytes: [report.producedBytes, "Bytes"],
        },
      });
    },
    event: (functionName, samples) => record(withSum(functionName), samples),
  };
}

/** The function's name, with version or alias if the call names one. */
function resourceOf(name: string, { invokedFunctionArn }: InvocationCall): string {
  const qualifier = invokedFunctionArn.split(":")[7];
  return qualifier === undefined || qualifier === "$LATEST" ? name : `${name}:${qualifier}`;
}
