import { createEnvironment, type Environment } from "./environment.ts";
import type { EnvironmentPorts, EnvironmentSpec } from "./environment-spec.ts";
import type { Invocation, InvocationReceiver, InvocationRequest } from "./invocation.ts";
import { QueuedInvocation } from "./queued-invocation.ts";

/**
 * The one execution environment that a function has while a developer attends to it: there is one debugger, or one
 * process that is started by hand. Invocations wait in line for it, those of all versions in the same.
 *
 * What the function is may change with every invocation. The environment is replaced then: once those under way are over,
 * and not before its process is gone, so that the next one finds its port free.
 */
export class Seat {
  readonly #ports: EnvironmentPorts;
  readonly #line: QueuedInvocation[] = [];
  #current: Environment | undefined;
  /** Invocations under way. */
  #running = 0;
  /** What is to be started although nobody has invoked it. */
  #ahead: EnvironmentSpec | undefined;
  #changing: Promise<void> | undefined;
  #isClosed = false;

  constructor(ports: EnvironmentPorts) {
    this.#ports = ports;
  }

  /** A place in the line, which a pool takes for an environment of its own. */
  environment(spec: EnvironmentSpec): Environment {
    return {
      spec,
      logStreamName: "",
      isAvailable: true,
      isAboutToBeFree: false,
      invoke: (request, receiver) => this.#invoke(spec, request, receiver),
      warmUp: () => Promise.resolve(),
      shutdown: () => this.#leave(spec),
    };
  }

  /**
   * Starts a process ahead of its first invocation, as soon as no other has one. Does nothing where processes are started
   * by hand.
   * @returns when nothing runs any more that was idle.
   */
  async prepare(spec: EnvironmentSpec): Promise<void> {
    if (this.#ports.byHand !== undefined) return;
    this.#ahead = spec;
    this.#next();
    await this.#changing;
  }

  /** Ends the environment; invocations under way fail, and those that wait. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const invocation of this.#line.splice(0)) invocation.refuse();
    await this.#changing;
    await this.#current?.shutdown();
  }

  #invoke(spec: EnvironmentSpec, request: InvocationRequest, receiver: InvocationReceiver): Invocation {
    const invocation = new QueuedInvocation(spec, request, receiver);
    this.#line.push(invocation);
    this.#next();
    return invocation;
  }

  /** What was there of this spec may go. A process that was started by hand is not ours to end. */
  async #leave(spec: EnvironmentSpec): Promise<void> {
    if (this.#ports.byHand === undefined && this.#running === 0 && this.#current?.spec === spec) {
      this.#change(undefined);
    }
    await this.#changing;
  }

  #next(): void {
    if (this.#changing !== undefined || this.#isClosed) return;
    const [first] = this.#line;
    const spec = first?.spec ?? this.#ahead;
    if (spec === undefined) return;
    if (this.#current === undefined || !this.#serves(this.#current, spec)) {
      if (this.#running === 0) this.#change(spec);
      return;
    }
    if (this.#ahead === this.#current.spec) this.#ahead = undefined;
    if (first === undefined || !this.#current.isAvailable) return;
    this.#line.shift();
    this.#running += 1;
    void first.begin(this.#current).released.then(() => {
      this.#running -= 1;
      this.#next();
    });
    this.#next();
  }

  /** A process that is there stays, whatever is deployed meanwhile: it is up to its owner to start it again. */
  #serves(environment: Environment, spec: EnvironmentSpec): boolean {
    return environment.spec === spec || this.#ports.byHand?.isTaken === true;
  }

  #change(spec: EnvironmentSpec | undefined): void {
    this.#changing = this.#replace(spec).then(() => {
      this.#changing = undefined;
      this.#next();
    });
  }

  async #replace(spec: EnvironmentSpec | undefined): Promise<void> {
    await this.#current?.shutdown();
    this.#current = undefined;
    if (spec === undefined || this.#isClosed) return;
    this.#current = createEnvironment(spec, this.#ports);
    if (this.#ahead === spec && this.#line.length === 0) void this.#current.warmUp().then(() => this.#next());
  }
}
