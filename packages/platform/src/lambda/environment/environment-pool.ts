import type { Clock } from "./clock.ts";
import { createEnvironment, type Environment } from "./environment.ts";
import type { EnvironmentPorts, EnvironmentSpec } from "./environment-spec.ts";
import type { Invocation, InvocationReceiver, InvocationRequest } from "./invocation.ts";
import { QueuedInvocation } from "./queued-invocation.ts";

/** As many invocations are under way as may be. */
export interface ConcurrencyExceeded {
  readonly kind: "concurrencyExceeded";
  readonly limit: number;
}

/** How a pool behaves. */
export interface EnvironmentPoolOptions {
  /** How long an environment may stay idle before it is shut down, in milliseconds. */
  readonly idleMs: number;
  /** How many invocations may be under way at once; asked at each. */
  readonly limit: () => number;
  /** Makes an environment, where that is not one with processes of its own. */
  readonly create?: ((spec: EnvironmentSpec) => Environment) | undefined;
}

/**
 * How long an invocation waits for an environment whose runtime has answered, before it gets a new one, in milliseconds.
 * The client of an answer may send its next request before the runtime asks for its next event, on one machine nearly
 * always, and a process takes far longer to start. Ours.
 */
const handOverMs = 20;

/** How many environments are made ready at the same time: this machine has other things to do. */
const warmingAtOnce = 4;

/** A place in line. */
interface Place {
  readonly invocation: QueuedInvocation;
  /** Stops the timer that ends the waiting. */
  readonly cancel: () => void;
}

/**
 * The execution environments of one function version: as many as there are concurrent invocations, or fewer where one
 * takes several at once.
 *
 * An environment that is free is used again, the one used last first, so that what is not needed becomes idle, and one
 * that is about to be free is waited for a moment. When the
 * function changes, new invocations get new environments, and the old ones are shut down when their invocations are over.
 */
export class EnvironmentPool {
  readonly #ports: EnvironmentPorts;
  readonly #options: EnvironmentPoolOptions;
  #spec: EnvironmentSpec;
  /** The same for the environments that are kept ready. */
  #provisionedSpec: EnvironmentSpec;
  /** How many environments are kept ready. */
  #provisioned = 0;
  /** Environments that are made ready. */
  readonly #warming = new Map<Environment, Promise<void>>();
  /** Free, of the current spec: the one used last is at the end. */
  #free: { readonly environment: Environment; readonly sinceMs: number }[] = [];
  /** With the number of their invocations. */
  readonly #busy = new Map<Environment, number>();
  /** Invocations that wait for an environment that is about to be free. */
  readonly #line: Place[] = [];
  #concurrency = 0;
  /** Every environment until its process is gone. */
  readonly #alive = new Map<Environment, PromiseWithResolvers<void>>();
  /** Environments on their way out. */
  readonly #leaving = new Set<Promise<void>>();
  #cancelReaping: (() => void) | undefined;
  #isRetired = false;
  #isDisposed = false;

  constructor(spec: EnvironmentSpec, ports: EnvironmentPorts, options: EnvironmentPoolOptions) {
    this.#spec = spec;
    this.#provisionedSpec = provisionedOf(spec);
    this.#ports = ports;
    this.#options = options;
  }

  /** Invocations under way. */
  get concurrency(): number {
    return this.#concurrency;
  }

  /** Environments that wait for an invocation. */
  get idle(): number {
    return this.#free.length;
  }

  /** The function version that new invocations run. */
  get spec(): EnvironmentSpec {
    return this.#spec;
  }

  /**
   * Runs one invocation in an environment that is free, or in a new one.
   * @returns why not, if there are as many already as there may be.
   * @throws {Error} after `retire` and `dispose`.
   */
  invoke(request: InvocationRequest, receiver: InvocationReceiver): Invocation | ConcurrencyExceeded {
    if (this.#isDisposed) throw new Error("The environment pool is disposed.");
    if (this.#isRetired) throw new Error("The environment pool is retired.");
    const limit = this.#options.limit();
    if (this.#concurrency >= limit) return { kind: "concurrencyExceeded", limit };
    this.#concurrency += 1;
    const environment = this.#withRoom() ?? this.#takeFree();
    if (environment === undefined && this.#countAboutToBeFree() > this.#line.length) {
      return this.#standInLine(new QueuedInvocation(this.#spec, request, receiver));
    }
    return this.#begin(environment ?? this.#create(this.#spec), (chosen) => chosen.invoke(request, receiver));
  }

  #begin(environment: Environment, begin: (environment: Environment) => Invocation): Invocation {
    this.#busy.set(environment, (this.#busy.get(environment) ?? 0) + 1);
    const invocation = begin(environment);
    void invocation.released.then(() => this.#leave(environment));
    return invocation;
  }

  #countAboutToBeFree(): number {
    let count = 0;
    for (const environment of this.#busy.keys()) {
      if (environment.isAboutToBeFree && this.#isCurrent(environment)) count++;
    }
    return count;
  }

  #standInLine(invocation: QueuedInvocation): Invocation {
    const place: Place = {
      invocation,
      cancel: this.#ports.clock.setTimer(handOverMs, () => {
        // What has arrived meanwhile is read first: it may be what is waited for.
        setImmediate(() => this.#leaveLine(place));
      }),
    };
    this.#line.push(place);
    return invocation;
  }

  #leaveLine(place: Place): void {
    const index = this.#line.indexOf(place);
    if (index === -1) return;
    this.#line.splice(index, 1);
    place.cancel();
    this.#begin(this.#create(this.#spec), (environment) => place.invocation.begin(environment));
  }

  /** Nothing that is there now will be waited for. */
  #endLine(): void {
    for (const place of [...this.#line]) this.#leaveLine(place);
  }

  /**
   * Keeps so many environments ready: their Init phase is over before there is an invocation, and they don't end while
   * they are idle. Further ones come and go as they are needed.
   * @returns when they are ready, or failed to be: then invocations try again.
   */
  async provision(count: number): Promise<void> {
    this.#provisioned = count;
    for (let excess = this.#countProvisioned() - count; excess > 0; excess--) {
      const index = this.#free.findIndex(({ environment }) => environment.spec === this.#provisionedSpec);
      const [free] = index === -1 ? [] : this.#free.splice(index, 1);
      if (free !== undefined) this.#shutDown(free.environment);
    }
    this.#warmUp();
    while (this.#warming.size > 0) await Promise.all(this.#warming.values());
  }

  #warmUp(): void {
    if (this.#isDisposed || this.#isRetired) return;
    while (this.#countProvisioned() < this.#provisioned && this.#warming.size < warmingAtOnce) {
      const environment = this.#create(this.#provisionedSpec);
      const ready = environment.warmUp().then(() => {
        this.#warming.delete(environment);
        this.#release(environment);
        this.#warmUp();
      });
      this.#warming.set(environment, ready);
    }
  }

  #countProvisioned(): number {
    const current = [
      ...this.#warming.keys(),
      ...this.#busy.keys(),
      ...this.#free.map((free) => free.environment),
    ];
    return current.filter(({ spec }) => spec === this.#provisionedSpec).length;
  }

  /** One that is kept ready if there is one, so that those that came for a peak become idle. */
  #takeFree(): Environment | undefined {
    const index = this.#free.findLastIndex(({ environment }) => environment.spec === this.#provisionedSpec);
    return this.#free.splice(index, 1)[0]?.environment;
  }

  /** One that has invocations already, and can take one more. */
  #withRoom(): Environment | undefined {
    if (this.#spec.maxConcurrency === 1) return undefined;
    for (const environment of this.#busy.keys()) {
      if (this.#isCurrent(environment) && environment.isAvailable) return environment;
    }
    return undefined;
  }

  /** An invocation is over. */
  #leave(environment: Environment): void {
    this.#concurrency -= 1;
    const left = (this.#busy.get(environment) ?? 0) - 1;
    if (left > 0) this.#busy.set(environment, left);
    else this.#release(environment);
  }

  /**
   * The function has changed: from now on invocations run `spec`. Those under way run on to their end.
   * @returns when no environment of another spec is left, so that its code may go.
   */
  async replace(spec: EnvironmentSpec): Promise<void> {
    this.#spec = spec;
    this.#provisionedSpec = provisionedOf(spec);
    this.#endLine();
    this.#shutDownFree();
    const old = [...this.#alive].filter(([environment]) => !this.#isCurrent(environment));
    this.#warmUp();
    await Promise.all(old.map(([, { promise }]) => promise));
  }

  /**
   * The function is gone: nothing new is run, and invocations under way run on to their end.
   * @returns when no process is left.
   */
  async retire(): Promise<void> {
    this.#endLine();
    this.#isRetired = true;
    this.#shutDownFree();
    await Promise.all([...this.#alive.values()].map(({ promise }) => promise));
  }

  /** Ends every environment, invocations under way included. Resolves when no process is left. */
  async dispose(): Promise<void> {
    this.#endLine();
    this.#isDisposed = true;
    this.#cancelReaping?.();
    this.#shutDownFree();
    for (const environment of [...this.#busy.keys(), ...this.#warming.keys()]) this.#shutDown(environment);
    await Promise.all(this.#leaving);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  #create(spec: EnvironmentSpec): Environment {
    const environment = this.#options.create?.(spec) ?? createEnvironment(spec, this.#ports);
    this.#alive.set(environment, Promise.withResolvers());
    return environment;
  }

  #release(environment: Environment): void {
    this.#busy.delete(environment);
    if (this.#isDisposed) return;
    if (this.#isRetired || !this.#isCurrent(environment) || !environment.isAvailable) {
      this.#shutDown(environment);
      this.#warmUp();
      return;
    }
    const first = this.#line.shift();
    if (first !== undefined) {
      first.cancel();
      this.#begin(environment, () => first.invocation.begin(environment));
      return;
    }
    this.#free.push({ environment, sinceMs: this.#clock.monotonicMs() });
    if (this.#cancelReaping === undefined) this.#reapLater(this.#options.idleMs);
  }

  #reapLater(delayMs: number): void {
    this.#cancelReaping = this.#clock.setTimer(delayMs, () => this.#reap());
  }

  #reap(): void {
    this.#cancelReaping = undefined;
    const { idleMs } = this.#options;
    const now = this.#clock.monotonicMs();
    const mayEnd = ({ environment }: { readonly environment: Environment }) =>
      environment.spec !== this.#provisionedSpec;
    const expired = this.#free.filter((free) => mayEnd(free) && now - free.sinceMs >= idleMs);
    this.#free = this.#free.filter((free) => !expired.includes(free));
    for (const { environment } of expired) this.#shutDown(environment);
    // Those idle longest come first.
    const next = this.#free.find(mayEnd);
    if (next !== undefined) this.#reapLater(idleMs - (now - next.sinceMs));
  }

  #isCurrent({ spec }: Environment): boolean {
    return spec === this.#spec || spec === this.#provisionedSpec;
  }

  #shutDownFree(): void {
    const free = this.#free;
    this.#free = [];
    for (const { environment } of free) this.#shutDown(environment);
  }

  #shutDown(environment: Environment): void {
    const leaving: Promise<void> = environment.shutdown().finally(() => {
      this.#leaving.delete(leaving);
      this.#alive.get(environment)?.resolve();
      this.#alive.delete(environment);
    });
    this.#leaving.add(leaving);
  }

  get #clock(): Clock {
    return this.#ports.patience ?? this.#ports.clock;
  }
}

function provisionedOf(spec: EnvironmentSpec): EnvironmentSpec {
  return { ...spec, initializationType: "provisioned-concurrency" };
}
