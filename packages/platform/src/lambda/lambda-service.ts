import { randomUUID } from "node:crypto";
import { limits as contract } from "@sluice/protocol";
import { type PlatformLimits, unlimitedMs } from "../platform-limits.ts";
import { AwsServiceError } from "../service-error.ts";
import { TokenBucket } from "../throttling/token-bucket.ts";
import { errorOf, type InvocationRecorder } from "../trace/invocation-recorder.ts";
import type { InvocationRecords } from "../trace/invocation-records.ts";
import { type Attendance, anyRuntime, type HandStart, unhurried } from "./attendance.ts";
import { type FunctionUse, findThrottling, type ThrottlingReason } from "./concurrency.ts";
import { DeployedFunction, type RunningVersion } from "./deployed-function.ts";
import type { Clock } from "./environment/clock.ts";
import {
  type AwaitedHelp,
  EnvironmentPool,
  type EnvironmentPorts,
  type EnvironmentSpec,
  type InvocationReceiver,
  type InvocationReport,
  type InvocationRequest,
  type KeptPort,
  type LogEntry,
  processCommand,
  type RoleCredentials,
  type RuntimeFinder,
  Seat,
  startSupervisedProcess,
  systemClock,
  withLayers,
} from "./environment/index.ts";
import type { BegunInvocation, InvocationCall } from "./invocation-call.ts";
import { type LambdaFunction, nothingPublished, type Publication } from "./lambda-function.ts";
import { LogTail } from "./log-tail.ts";
import { PacedReceiver } from "./paced-receiver.ts";

/** What happened in one invocation, for whoever watches. */
export interface InvocationTrace {
  readonly functionName: string;
  /** The version that ran: `$LATEST` or a number. */
  readonly version: string;
  readonly report: InvocationReport;
  /** Pieces that the function wrote. */
  readonly chunks: number;
  /** From the call to the first byte of the response, in milliseconds. */
  readonly firstByteMs: number | undefined;
  /** Error type, whoever found the error. What has none of AWS's form is named as the function named it. */
  readonly errorType: string | undefined;
  /** HTTP status that the caller was answered with. */
  readonly status: number | undefined;
}

/** What the service needs of the rest of the platform. */
export interface LambdaServiceOptions {
  readonly accountId: string;
  readonly region: string;
  /** Credentials that a function gets for its role. */
  readonly credentials: (target: LambdaFunction) => RoleCredentials;
  /** Variables that AWS does not set, such as `AWS_ENDPOINT_URL`. */
  readonly additionalVariables: () => Readonly<Record<string, string>>;
  readonly runtimes: RuntimeFinder;
  /** How long an execution environment may stay idle, in milliseconds. */
  readonly idleMs: number;
  /** Whether execution environments are frozen between invocations, as on AWS. */
  readonly freezes: boolean;
  /** Whether a function that uses more memory than it may is killed, as on AWS. */
  readonly limitsMemory: boolean;
  /** Whether a caller that leaves breaks the function's response off. */
  readonly abortsOnDisconnect: boolean;
  /** What AWS limits, or less of it. */
  readonly limits: PlatformLimits;
  /** For timeouts, idle environments and bandwidth; functions themselves have this machine's. That too unless given. */
  readonly clock?: Clock;
  /** Chooses between the two versions of an alias: from 0 up to 1. At random unless given. */
  readonly random?: () => number;
  readonly log: (target: LambdaFunction, entries: readonly LogEntry[]) => void;
  readonly trace: (trace: InvocationTrace) => void;
  /** Remembers what happens in each invocation. Nothing is remembered where this is left out. */
  readonly records?: InvocationRecords | undefined;
  /** Takes the advice that goes with a function that can't run here. */
  readonly warn: (message: string) => void;
  /** How a developer attends to a function; nobody does unless given. */
  readonly attendance?: Attendance | undefined;
}

/** The functions of the account and their execution environments. */
export class LambdaService {
  readonly #options: LambdaServiceOptions;
  readonly #clock: Clock;
  readonly #functions = new Map<
    string,
    { readonly deployed: DeployedFunction; readonly rate: TokenBucket }
  >();
  /** By name: of functions that a developer attends to. */
  readonly #seats = new Map<string, Seat>();
  /** Deleted, with invocations under way. */
  readonly #retiring = new Set<DeployedFunction>();
  /** By request id, while an invocation is under way. */
  readonly #tails = new Map<string, LogTail>();
  /** By request id, while an invocation is under way. */
  readonly #recorders = new Map<string, InvocationRecorder>();

  constructor(options: LambdaServiceOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Creates a function, or changes it: new execution environments take over, and streams in flight finish.
   * @returns when nothing runs that was there before, versions apart.
   */
  async put(target: LambdaFunction, publication: Publication = nothingPublished): Promise<void> {
    const known = this.#functions.get(target.name);
    const deployed = known?.deployed ?? this.#deploy(target);
    if (known === undefined) {
      this.#functions.set(target.name, { deployed, rate: new TokenBucket(this.#clock) });
    }
    const replaced = deployed.replace(target, publication);
    await Promise.all([replaced, this.#seats.get(target.name)?.prepare(deployed.preferred.pool.spec)]);
  }

  /**
   * Deletes a function; invocations under way run on to their end.
   * @returns when nothing runs any more that was there before.
   */
  async delete(name: string): Promise<void> {
    const deployed = this.#functions.get(name)?.deployed;
    if (deployed === undefined) return;
    this.#functions.delete(name);
    this.#retiring.add(deployed);
    const seat = this.#seats.get(name);
    this.#seats.delete(name);
    // A debugger that holds it up, or nobody who starts it, would keep it for ever.
    await Promise.all([deployed.retire(), seat?.close()]);
    this.#retiring.delete(deployed);
  }

  /** What a process needs that runs a function and is started by hand. */
  async startByHand(target: LambdaFunction, port: KeptPort): Promise<HandStart> {
    const spec = withLayers(this.#spec(target));
    const found = await this.#options.runtimes.find(spec);
    const command = found.kind === "command" ? found : anyRuntime(spec);
    const marker = randomUUID().replaceAll("-", "");
    const { environment } = processCommand(spec, command, {
      runtimeApi: port.address,
      logStreamName: `${new Date().toISOString().slice(0, 10).replaceAll("-", "/")}/[${target.version}]${marker}`,
      marker,
      hostPath: process.env["PATH"] ?? "",
    });
    return { environment, command: found.kind === "command" ? found.command : undefined };
  }

  /**
   * What a name and a qualifier stand for right now; `$LATEST` without one. An alias of two versions stands for either,
   * by their weights, so that this is to be asked for each invocation.
   */
  find(name: string, qualifier?: string): LambdaFunction | undefined {
    return this.#functions.get(name)?.deployed.find(qualifier);
  }

  /** `$LATEST` of each, in the order in which they were created. */
  list(): LambdaFunction[] {
    return [...this.#functions.values()].map(({ deployed }) => deployed.latest);
  }

  /**
   * Begins an invocation.
   * @throws {AwsServiceError} `TooManyRequestsException` when all concurrency is used, `ResourceNotFoundException` when
   * the function is gone.
   */
  async invoke(
    target: LambdaFunction,
    call: InvocationCall,
    receiver: InvocationReceiver,
  ): Promise<BegunInvocation> {
    const known = this.#functions.get(target.name);
    const version = known?.deployed.version(target.version);
    if (known === undefined || version === undefined) {
      throw new AwsServiceError(
        "ResourceNotFoundException",
        404,
        `Function not found: ${call.invokedFunctionArn}`,
        {
          Type: "User",
        },
      );
    }
    const throttling = this.#findThrottling(known, version);
    if (throttling !== undefined) throw throttled(throttling);
    const watcher = new WatchedReceiver(this.#paced(receiver, call));
    const recorder = this.#options.records?.recorder(target.name, call, watcher);
    if (recorder !== undefined) this.#recorders.set(call.requestId, recorder);
    const tail = new LogTail();
    this.#tails.set(call.requestId, tail);
    const invocation = version.pool.invoke(this.#request(call), recorder ?? watcher);
    if ("kind" in invocation) {
      this.#tails.delete(call.requestId);
      this.#recorders.delete(call.requestId);
      throw throttled("ConcurrentInvocationLimitExceeded");
    }
    if (recorder !== undefined) this.#options.records?.begin(recorder);
    call.onLeave?.(() => {
      recorder?.leave();
      if (this.#options.abortsOnDisconnect) invocation.abandon(recorder);
      else invocation.detach(recorder);
      watcher.leave();
    });
    const logTail = invocation.done.then((report) => {
      this.#tails.delete(call.requestId);
      this.#recorders.delete(call.requestId);
      const tell = (answered: number | undefined): void => {
        const status = answered || undefined;
        this.#options.trace({
          functionName: target.name,
          version: target.version,
          report,
          status,
          ...watcher.summary(),
        });
        recorder?.finish(report, status);
      };
      const answered = call.answeredStatus?.();
      // Not waited for here: a caller that wants the log is answered after it.
      if (answered instanceof Promise) void answered.then(tell);
      else tell(answered);
      return tail.text();
    });
    return { ended: watcher.ended, logTail };
  }

  /** Ends every execution environment. */
  async close(): Promise<void> {
    const deployed = [...this.#functions.values()].map((known) => known.deployed);
    await Promise.all([
      ...[...deployed, ...this.#retiring].map((each) => each.dispose()),
      ...[...this.#seats.values()].map((seat) => seat.close()),
    ]);
    this.#functions.clear();
    this.#seats.clear();
  }

  #request(call: InvocationCall): InvocationRequest {
    const { bufferedResponseBytes, streamedResponseBytes } = this.#options.limits;
    const isStream = call.mode === "RESPONSE_STREAM";
    return {
      ...call,
      invokeMode: call.mode,
      responseLimitBytes: isStream ? streamedResponseBytes : bufferedResponseBytes,
    };
  }

  #paced(receiver: InvocationReceiver, { mode, bandwidth }: InvocationCall): InvocationReceiver {
    const bytesPerSecond = this.#options.limits.streamBytesPerSecond;
    if (mode === "BUFFERED" || bytesPerSecond === Number.POSITIVE_INFINITY) return receiver;
    const { uncappedBytes } = bandwidth ?? contract.streamBandwidth;
    return new PacedReceiver(receiver, { uncappedBytes, bytesPerSecond }, this.#clock);
  }

  #deploy(target: LambdaFunction): DeployedFunction {
    const seat = this.#seatOf(target);
    if (seat !== undefined) this.#seats.set(target.name, seat);
    return new DeployedFunction(target, {
      specOf: (version) => this.#spec(version),
      isAttended: seat !== undefined,
      openPool: (version, current) =>
        new EnvironmentPool(this.#spec(version), this.#ports(current), {
          idleMs: seat === undefined ? this.#options.idleMs : unlimitedMs,
          create: seat?.environment.bind(seat),
          // Who may run is decided here, over all pools together.
          limit: () => Number.POSITIVE_INFINITY,
        }),
      random: this.#options.random ?? Math.random,
    });
  }

  #seatOf(target: LambdaFunction): Seat | undefined {
    const { attendance } = this.#options;
    const attended = attendance?.of(target);
    if (attended === undefined) return undefined;
    const ports = this.#ports(() => this.#functions.get(target.name)?.deployed.latest ?? target);
    const onAwaited = (awaited: AwaitedHelp) => attendance?.onAwaited(target, awaited);
    return new Seat(
      attended.kind === "by-hand" ? { ...ports, byHand: attended.port, onAwaited } : { ...ports, onAwaited },
    );
  }

  #findThrottling(
    { deployed, rate }: { readonly deployed: DeployedFunction; readonly rate: TokenBucket },
    version: RunningVersion,
  ): ThrottlingReason | undefined {
    const { accountConcurrency } = this.#options.limits;
    const own = deployed.use();
    const reason = findThrottling(deployed.useOf(version), own, this.#uses(), accountConcurrency);
    if (reason !== undefined) return reason;
    // Those of one second may begin at once.
    const perSecond = contract.requestsPerSecondAndConcurrency * (own.reserved ?? accountConcurrency);
    if (rate.take({ ratePerSecond: perSecond, burst: perSecond })) {
      return undefined;
    }
    return own.reserved === undefined
      ? "FunctionInvocationRateLimitExceeded"
      : "ReservedFunctionInvocationRateLimitExceeded";
  }

  *#uses(): Iterable<FunctionUse> {
    for (const { deployed } of this.#functions.values()) yield deployed.use();
  }

  #ports(current: () => LambdaFunction): EnvironmentPorts {
    return {
      clock: systemClock,
      patience: this.#clock,
      randomId: randomUUID,
      startProcess: startSupervisedProcess,
      hostPath: process.env["PATH"] ?? "",
      findCommand: async (spec) => {
        const found = await this.#options.runtimes.find(spec);
        if (found.kind === "refused" && this.#options.attendance?.of(current())?.kind === "by-hand") {
          return anyRuntime(spec);
        }
        if (found.kind === "refused") this.#options.warn(`${current().name}: ${found.advice}`);
        return found;
      },
      log: (entries) => {
        for (const { requestId, source, message } of entries) {
          if (requestId === undefined) continue;
          this.#tails.get(requestId)?.add(message);
          if (source !== "platform") this.#recorders.get(requestId)?.log(message);
        }
        this.#options.log(current(), entries);
        return undefined;
      },
    };
  }

  #spec(target: LambdaFunction): EnvironmentSpec {
    const attended = this.#options.attendance?.of(target);
    return {
      functionName: target.name,
      functionVersion: target.version,
      functionArn: target.arn,
      runtime: target.runtime,
      handler: target.handler,
      memoryMb: target.memoryMb,
      timeoutMs: this.#options.limits.enforcesTimeouts ? target.timeoutSeconds * 1000 : unlimitedMs,
      taskRoot: target.codeFolder,
      layersDirectory: target.layersFolder,
      variables: target.environment,
      additionalVariables: this.#options.additionalVariables(),
      credentials: () => this.#options.credentials(target),
      log: {
        format: target.logFormat,
        systemLogLevel: target.systemLogLevel ?? "INFO",
        group: target.logGroupName,
        applicationLogLevel: target.applicationLogLevel ?? "INFO",
      },
      enforceMemory: this.#options.limitsMemory,
      freezes: this.#options.freezes,
      maxConcurrency: target.maxConcurrency ?? 1,
      ...(attended === undefined ? {} : unhurried),
      ...(attended?.kind === "debugger" ? { debugPort: attended.port } : {}),
    };
  }
}

function throttled(reason: ThrottlingReason): AwsServiceError {
  return new AwsServiceError("TooManyRequestsException", 429, "Rate Exceeded.", {
    Reason: reason,
    Type: "User",
  });
}

/** Counts what goes through to a receiver. */
class WatchedReceiver implements InvocationReceiver {
  readonly #receiver: InvocationReceiver;
  readonly #startedMs = performance.now();
  readonly #ended = Promise.withResolvers<void>();
  #firstByteMs: number | undefined;
  #chunks = 0;
  #errorType: string | undefined;

  constructor(receiver: InvocationReceiver) {
    this.#receiver = receiver;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  start(start: Parameters<InvocationReceiver["start"]>[0]): void {
    this.#receiver.start(start);
  }

  chunk(bytes: Uint8Array): Promise<void> | undefined {
    this.#firstByteMs ??= performance.now() - this.#startedMs;
    this.#chunks += 1;
    return this.#receiver.chunk(bytes);
  }

  end(end: Parameters<InvocationReceiver["end"]>[0]): void {
    if (end.kind !== "complete") {
      // The service knows types of its own form only; the function's document says what it was.
      this.#errorType = end.errorType.endsWith(".Unknown") ? errorOf(end).errorType : end.errorType;
    }
    this.#receiver.end(end);
    this.#ended.resolve();
  }

  /** Nobody is told the end any more. */
  leave(): void {
    this.#ended.resolve();
  }

  summary(): Pick<InvocationTrace, "chunks" | "firstByteMs" | "errorType"> {
    return { chunks: this.#chunks, firstByteMs: this.#firstByteMs, errorType: this.#errorType };
  }
}
