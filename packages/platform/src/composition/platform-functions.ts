import { join } from "node:path";
import { type FunctionMetrics, functionMetrics, recordEmbedded } from "../cloudwatch/index.ts";
import { Debuggers } from "../debugging/debuggers.ts";
import type { FunctionAttendance } from "../debugging/function-attendance.ts";
import { HandStarts } from "../debugging/hand-starts.ts";
import { checkEnvironmentKey } from "../kms/environment-key.ts";
import { RuntimeFinder } from "../lambda/environment/index.ts";
import { FunctionCredentials } from "../lambda/function-credentials.ts";
import type { InvokeFunction } from "../lambda/invocation-call.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import { LambdaService } from "../lambda/lambda-service.ts";
import type { StackModel } from "../stack/stack-model.ts";
import { InvocationRecords } from "../trace/invocation-records.ts";
import type { PlatformPort } from "./platform-port.ts";
import type { PlatformSetting } from "./platform-setting.ts";
import type { PlatformStores } from "./platform-stores.ts";

/** How long an execution environment may stay idle, in milliseconds. AWS does not say how long it waits. */
const idleMs = 10 * 60_000;

/** What functions need of the rest of the platform. */
export interface PlatformFunctionsOptions {
  readonly setting: PlatformSetting;
  readonly stores: PlatformStores;
  /** What is deployed right now. */
  readonly model: () => StackModel | undefined;
  /** Where they find the platform. */
  readonly port: PlatformPort;
  /** Told that a function runs from this code until the promise is settled. */
  readonly onRun: (codeFolder: string, over: Promise<unknown>) => void;
}

/** Lambda's functions, with what watches them: logs, metrics, records of invocations, and developers who attend to them. */
export class PlatformFunctions {
  readonly lambda: LambdaService;
  readonly runtimes: RuntimeFinder;
  readonly metrics: FunctionMetrics;
  readonly records: InvocationRecords | undefined;
  /** Of developers; nobody attends to functions unless there is one. */
  readonly attendance: FunctionAttendance | undefined;
  readonly #options: PlatformFunctionsOptions;
  readonly #measuredInvoke: InvokeFunction;

  constructor(options: PlatformFunctionsOptions) {
    const { setting, stores } = options;
    this.#options = options;
    this.runtimes = new RuntimeFinder({
      hostPath: process.env["PATH"] ?? "",
      warn: setting.warn,
      searchFrom: [setting.templateFolder, process.cwd()],
    });
    this.metrics = functionMetrics(stores.metrics, (target) => this.lambda.provisionedFor(target));
    this.records = setting.options.recordsInvocations === false ? undefined : new InvocationRecords();
    this.attendance = this.#createAttendance();
    this.lambda = this.#createLambda();
    this.#measuredInvoke = this.metrics.measured((...call) => this.lambda.invoke(...call));
  }

  readonly invoke: InvokeFunction = async (target, call, receiver) => {
    this.#checkEnvironmentKey(target);
    const begun = await this.#measuredInvoke(target, call, receiver);
    this.#options.onRun(target.codeFolder, begun.logTail);
    return begun;
  };

  #checkEnvironmentKey(target: LambdaFunction): void {
    const { kmsKeyArn, roleArn = "" } = target;
    const { setting, stores, model } = this.#options;
    if (kmsKeyArn === undefined || setting.isUnsigned) return;
    checkEnvironmentKey(target, stores.keys.find(kmsKeyArn), model()?.roles.get(roleArn));
  }

  #createAttendance(): FunctionAttendance | undefined {
    const { options, stateFolder, emit } = this.#options.setting;
    const { debug, onlyRuntime } = options;
    if (onlyRuntime === true) {
      return new HandStarts({
        folder: join(stateFolder, "only-runtime"),
        startByHand: (target, port) => this.lambda.startByHand(target, port),
        emit,
      });
    }
    return debug === undefined ? undefined : new Debuggers(debug, emit);
  }

  #createLambda(): LambdaService {
    const { setting, stores, model, port } = this.#options;
    const { options, limits, clock, emit, warn } = setting;
    const credentials = new FunctionCredentials({
      sessions: stores.sessions,
      administrator: setting.credentials,
      findRole: (arn) => model()?.roles.get(arn),
      warn,
    });
    return new LambdaService({
      credentials: (target) => credentials.of(target),
      additionalVariables: () => ({ AWS_ENDPOINT_URL: port.url }),
      runtimes: this.runtimes,
      idleMs,
      freezes: options.freezes ?? true,
      limitsMemory: options.limitsMemory ?? true,
      abortsOnDisconnect: options.abortsOnDisconnect === true,
      limits,
      log: (target, entries) => {
        for (const { logStreamName, timeMs, message } of entries) {
          stores.logs.put(target.logGroupName, logStreamName, { timestampMs: timeMs, message });
          recordEmbedded(stores.metrics, message);
          emit({ kind: "log", functionName: target.name, message });
        }
      },
      trace: (trace) => {
        this.metrics.ended(trace);
        emit({ kind: "invocation", ...trace });
      },
      records: this.records,
      clock,
      warn,
      attendance: this.attendance,
    });
  }
}
