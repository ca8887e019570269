import type { InvocationTrace } from "../lambda/followed-invocation.ts";
import type { InvocationCall, InvokeFunction } from "../lambda/invocation-call.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
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
 * @param provisionedFor - how many invocations of a version are provisioned for.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export function functionMetrics(
  metrics: MetricStore,
  provisionedFor: (target: LambdaFunction) => number,
): FunctionMetrics {
  /** By function, and by function and version. */
  const underWay = new Map<string, number>();
  /** By request id. */
  const calls = new Map<string, Called>();
  let all = 0;
  const known = new Map<string, readonly Dimensions[]>();
  /** The same ones for each invocation: those are found sooner. */
  const dimensionsOf = (name: string, resource?: string): readonly Dimensions[] => {
    const key = `${name}\n${resource ?? ""}`;
    let dimensions = known.get(key);
    if (dimensions === undefined) {
      dimensions = functionDimensions(name, resource);
      known.set(key, dimensions);
    }
    return dimensions;
  };
  const record = (dimensions: readonly Dimensions[], samples: Samples) =>
    metrics.record({ namespace: "AWS/Lambda", dimensions, samples });
  /** With what all functions are measured by together. */
  const recordWithSum = (name: string, resource: string | undefined, samples: Samples) => {
    record(dimensionsOf(name, resource), samples);
    record(ofAll, samples);
  };

  const count = (name: string, change: 1 | -1): number => {
    const now = (underWay.get(name) ?? 0) + change;
    if (now > 0) underWay.set(name, now);
    else underWay.delete(name);
    return now;
  };
  const began = (target: LambdaFunction, call: InvocationCall) => {
    const { name } = target;
    const called = { resource: resourceOf(name, call), version: `${name}:${target.version}` };
    calls.set(call.requestId, called);
    all += 1;
    return { called, own: count(name, 1), ofVersion: count(called.version, 1), all };
  };
  const left = (name: string, requestId: string): Called | undefined => {
    const called = calls.get(requestId);
    calls.delete(requestId);
    all -= 1;
    count(name, -1);
    if (called !== undefined) count(called.version, -1);
    return called;
  };

  return {
    measured: (invoke) => async (target, call, receiver) => {
      const now = began(target, call);
      try {
        const begun = await invoke(target, call, receiver);
        record(dimensionsOf(target.name), { ConcurrentExecutions: [now.own, "Count"] });
        record(ofAll, { ConcurrentExecutions: [now.all, "Count"] });
        const provisioned = provisionedFor(target);
        if (provisioned > 0) {
          const samples = provisionedSamples(now.ofVersion, provisioned);
          record(dimensionsOf(target.name, now.called.resource), samples);
        }
        return begun;
      } catch (error) {
        left(target.name, call.requestId);
        if (error instanceof AwsServiceError && error.status === 429) {
          recordWithSum(target.name, now.called.resource, { Throttles: [1, "Count"] });
        }
        throw error;
      }
    },
    ended: ({ functionName, report, errorType, firstByteMs }) => {
      const resource = left(functionName, report.requestId)?.resource;
      const hasFailed = errorType !== undefined || report.status !== "success";
      recordWithSum(functionName, resource, {
        Invocations: [1, "Count"],
        Errors: [hasFailed ? 1 : 0, "Count"],
        Throttles: [0, "Count"],
        Duration: [report.durationMs, "Milliseconds"],
      });
      metrics.record({
        namespace: "Sluice",
        dimensions: dimensionsOf(functionName),
        samples: {
          TimeToFirstByte: firstByteMs === undefined ? undefined : [firstByteMs, "Milliseconds"],
          StreamedBytes: [report.producedBytes, "Bytes"],
        },
      });
    },
    event: (functionName, samples) => recordWithSum(functionName, undefined, samples),
  };
}

/** What was called. */
interface Called {
  /** The function's name, with the version or alias where one is meant. */
  readonly resource: string;
  /** Which version ran. */
  readonly version: string;
}

/**
 * Of an invocation of a version with provisioned concurrency: beyond that it spills over to what is not provisioned.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html
 */
function provisionedSamples(underWay: number, provisioned: number): Samples {
  const used = Math.min(underWay, provisioned);
  const isSpillover = underWay > provisioned;
  return {
    ProvisionedConcurrentExecutions: [used, "Count"],
    ProvisionedConcurrencyUtilization: [used / provisioned, "None"],
    [`ProvisionedConcurrency${isSpillover ? "Spillover" : ""}Invocations`]: [1, "Count"],
  };
}

/** The function's name, with version or alias if the call names one. */
function resourceOf(name: string, { invokedFunctionArn }: InvocationCall): string {
  const qualifier = invokedFunctionArn.split(":")[7];
  return qualifier === undefined || qualifier === "$LATEST" ? name : `${name}:${qualifier}`;
}
