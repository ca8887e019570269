import { randomUUID } from "node:crypto";
import { limits as contract } from "@sluice/protocol";
import { unlimitedMs } from "../platform-limits.ts";
import { AwsServiceError } from "../service-error.ts";
import { TokenBucket } from "../throttling/token-bucket.ts";
import { anyRuntime, type HandStart, handStart } from "./attendance.ts";
import { type FunctionUse, findThrottling, type ThrottlingReason } from "./concurrency.ts";
import { DeployedFunction, type RunningVersion } from "./deployed-function.ts";
import type { Clock } from "./environment/clock.ts";
import {
  type AwaitedHelp,
  EnvironmentPool,
  type EnvironmentPorts,
  type InvocationReceiver,
  type InvocationRequest,
  type KeptPort,
  type LogEntry,
  type RuntimeFinder,
  Seat,
  startSupervisedProcess,
  systemClock,
} from "./environment/index.ts";
import { type EnvironmentSettings, environmentSpec } from "./environment-settings.ts";
import { FollowedInvocation, type InvocationWatch } from "./followed-invocation.ts";
import type { BegunInvocation, InvocationCall } from "./invocation-call.ts";
import { type LambdaFunction, nothingPublished, type Publication } from "./lambda-function.ts";
import { PacedReceiver } from "./paced-receiver.ts";

/** What the service needs of the rest of the platform. */
export interface LambdaServiceOptions extends EnvironmentSettings, InvocationWatch {
  readonly runtimes: RuntimeFinder;
  /** How long an execution environment may stay idle, in milliseconds. */
  readonly idleMs: number;
  /** Whether a caller that leaves breaks the function's response off. */
  readonly abortsOnDisconnect: boolean;
  /** For timeouts, idle environments and bandwidth; functions themselves have this machine's. That too unless given. */
  readonly clock?: Clock;
  /** Chooses between the two versions of an alias: from 0 up to 1. At random unless given. */
  readonly random?: () => number;
  readonly log: (target: LambdaFunction, entries: readonly LogEntry[]) => void;
  /** Takes the advice that goes with a function that can't run here. */
  readonly warn: (message: string) => void;
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
  readonly #followed = new Map<string, FollowedInvocation>();

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
  startByHand(target: LambdaFunction, port: KeptPort): Promise<HandStart> {
    return handStart(environmentSpec(target, this.#options), port, this.#options.runtimes);
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

  /** How many invocations of a version are provisioned for. */
  provisionedFor({ name, version }: LambdaFunction): number {
    const deployed = this.#functions.get(name)?.deployed;
    const running = deployed?.version(version);
    return deployed === undefined || running === undefined ? 0 : deployed.useOf(running).provisioned;
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
    const followed = new FollowedInvocation(target, call, this.#paced(receiver, call), this.#options);
    this.#followed.set(call.requestId, followed);
    const invocation = version.pool.invoke(this.#request(call), followed.receiver);
    if ("kind" in invocation) {
      this.#followed.delete(call.requestId);
      throw throttled("ConcurrentInvocationLimitExceeded");
    }
    followed.begin();
    call.onLeave?.(() => {
      const { recorder } = followed;
      recorder?.leave();
      if (this.#options.abortsOnDisconnect) invocation.abandon(recorder);
      else invocation.detach(recorder);
      followed.leave();
    });
    const logTail = invocation.done.then((report) => {
      this.#followed.delete(call.requestId);
      return followed.finish(report);
    });
    return { ended: followed.ended, logTail };
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
      specOf: (version) => environmentSpec(version, this.#options),
      isAttended: seat !== undefined,
      openPool: (version, current) =>
        new EnvironmentPool(environmentSpec(version, this.#options), this.#ports(current), {
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
        for (const entry of entries) {
          if (entry.requestId !== undefined) this.#followed.get(entry.requestId)?.log(entry);
        }
        this.#options.log(current(), entries);
        return undefined;
      },
    };
  }
}

function throttled(reason: ThrottlingReason): AwsServiceError {
  return new AwsServiceError("TooManyRequestsException", 429, "Rate Exceeded.", {
    Reason: reason,
    Type: "User",
  });
}
