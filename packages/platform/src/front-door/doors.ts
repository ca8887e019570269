import { findStage } from "../apigateway/find-stage.ts";
import { RestApiDoor, type RestApiDoorOptions } from "../apigateway/rest-api-door.ts";
import { type TestInvocations, testInvoke } from "../apigateway/test-invocation.ts";
import {
  type MetricStore,
  recordHttpRequest,
  recordRestRequest,
  recordUrlRequest,
} from "../cloudwatch/index.ts";
import { ExplainDoor } from "../explain/explain-door.ts";
import type { FindActingRole } from "../explain/explanation.ts";
import type { RequestTraces } from "../explain/request-traces.ts";
import { findHttpStage } from "../httpapi/find-stage.ts";
import { HttpApiDoor } from "../httpapi/http-api-door.ts";
import type { Authenticator, Caller } from "../iam/caller.ts";
import { currentTrace } from "../iam/request-trace.ts";
import type { AsynchronousInvoker } from "../lambda/asynchronous/index.ts";
import type { Clock } from "../lambda/environment/index.ts";
import { splitFunctionReference } from "../lambda/function-name.ts";
import { FunctionUrlDoor } from "../lambda/function-url/function-url-door.ts";
import type { InvokeFunction } from "../lambda/invocation-call.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import type { LambdaService } from "../lambda/lambda-service.ts";
import { LocalInvokeDoor } from "../lambda/local-invoke-door.ts";
import type { LogStore } from "../logs/log-store.ts";
import type { PlatformLimits } from "../platform-limits.ts";
import type { PlatformEvent } from "../platform-options.ts";
import type { StackModel } from "../stack/stack-model.ts";
import { TokenBucket } from "../throttling/token-bucket.ts";
import type { UserPoolKeys } from "../tokens/user-pool-keys.ts";
import type { ServiceEntry } from "../wire/service-api.ts";
import type { ServiceDoor } from "./service-door.ts";

/** What is behind the doors. */
export interface DoorsOptions {
  readonly accountId: string;
  readonly region: string;
  readonly isUnsigned: boolean;
  readonly limits: PlatformLimits;
  /** For the timeouts of integrations. */
  readonly clock: Clock;
  readonly userPoolKeys: UserPoolKeys;
  readonly authenticator: Authenticator;
  /** Owner of the platform's own credentials. */
  readonly administrator: () => Caller;
  readonly findActingRole: FindActingRole;
  readonly lambda: LambdaService;
  readonly invoke: InvokeFunction;
  readonly asynchronous: AsynchronousInvoker;
  readonly logs: LogStore;
  readonly metrics: MetricStore;
  /** Services of AWS besides the invocation of functions. */
  readonly services: readonly ServiceEntry[];
  /** What is deployed right now. */
  readonly model: () => StackModel | undefined;
  readonly emit: (event: PlatformEvent) => void;
}

/** Who answers requests. */
export interface Doors {
  readonly rest: RestApiDoor;
  /** REST APIs, for the operations that ask those who serve them. */
  readonly restApis: TestInvocations;
  readonly http: HttpApiDoor;
  readonly url: FunctionUrlDoor;
  /** AWS's services. What they need is loaded with the first call: most requests are to none of them. */
  readonly services: () => Promise<ServiceDoor>;
  readonly local: LocalInvokeDoor;
  readonly explain: ExplainDoor;
}

/** @param note - takes what a developer should know about a request and its client is not told. */
export function openDoors(
  options: DoorsOptions,
  traces: RequestTraces,
  note: (requestId: string, message: string) => void,
): Doors {
  const { accountId, region, authenticator, isUnsigned, limits, clock, lambda, logs, metrics, model } =
    options;
  const common = {
    accountId,
    region,
    invoke: traced(options.invoke),
    authenticator,
    isUnsigned,
    limits,
    note,
    report: (error: unknown) => options.emit({ kind: "bug", error }),
  };
  const ofApis = {
    ...common,
    clock,
    accountRequests: new TokenBucket(clock),
    findFunction: (arn: string) => {
      const { name, qualifier } = splitFunctionReference(arn);
      return lambda.find(name, qualifier);
    },
    rolePolicies: (arn: string) => model()?.roles.get(arn),
  };
  const ofRestApis: RestApiDoorOptions = {
    ...ofApis,
    find: (apiId, stageName) => {
      const deployed = model();
      return deployed && findStage(deployed, options, apiId, stageName);
    },
    userPoolKeys: options.userPoolKeys,
    putLog: (group, stream, message, timestampMs) => logs.put(group, stream, { timestampMs, message }),
    onOver: (arrival, nowMs) => {
      const { apiId } = arrival.stage;
      const apiName = model()?.apis.get(apiId)?.name ?? apiId;
      recordRestRequest(metrics, { apiName, region }, arrival, nowMs);
    },
    usagePlans: () => {
      const { apiKeys = [], usagePlans = [], usagePlanKeys = [] } = model() ?? {};
      return { keys: apiKeys, plans: usagePlans, planKeys: usagePlanKeys };
    },
  };
  const rest = new RestApiDoor(ofRestApis);
  return {
    rest,
    restApis: {
      invoke: (test) => testInvoke(ofRestApis, test),
      flushAuthorizers: (apiId, stageName) => rest.flushAuthorizers(apiId, stageName),
      usage: (planId, keyId) => rest.usage(planId, keyId),
    },
    http: new HttpApiDoor({
      ...ofApis,
      find: (apiId, stageName) => {
        const deployed = model();
        return deployed && findHttpStage(deployed, apiId, stageName);
      },
      log: (group, stream, event) => logs.put(group, stream, event),
      onOver: (answered) => recordHttpRequest(metrics, answered),
    }),
    url: new FunctionUrlDoor({
      ...common,
      find: (urlId) => {
        const url = model()?.urls.find(({ id }) => id === urlId);
        return url && { url, target: lambda.find(url.functionName, url.qualifier) };
      },
      measure: (url, status, latencyMs) => recordUrlRequest(metrics, url, status, latencyMs),
    }),
    services: once(async () => {
      const { ServiceDoor } = await import("./service-door.ts");
      return new ServiceDoor({
        ...common,
        services: options.services,
        emit: options.emit,
        accept: (event) => options.asynchronous.accept(event),
        find: (name, qualifier) => lambda.find(name, qualifier),
      });
    }),
    local: new LocalInvokeDoor({ ...common, find: (reference) => findByAnyName(lambda, reference) }),
    explain: new ExplainDoor({
      traces,
      authenticator,
      administrator: options.administrator,
      findRole: options.findActingRole,
    }),
  };
}

/** Writes invocations into the trace of the request that they are made for. */
function traced(invoke: InvokeFunction): InvokeFunction {
  return (target, call, receiver) => {
    const { requestId } = call;
    currentTrace()?.add({ kind: "invocation", functionName: target.name, requestId }, requestId);
    return invoke(target, call, receiver);
  };
}

/** By name or logical id, with or without a qualifier; the first function where none is named. */
function findByAnyName(lambda: LambdaService, reference: string | undefined): LambdaFunction | undefined {
  const functions = lambda.list();
  if (reference === undefined) return functions[0];
  const { name, qualifier } = splitFunctionReference(reference);
  const found = functions.find((target) => target.name === name || target.logicalId === name);
  return found && lambda.find(found.name, qualifier);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
