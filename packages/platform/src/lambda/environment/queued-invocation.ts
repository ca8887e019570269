import type { Environment } from "./environment.ts";
import { failureEnd } from "./environment-failure.ts";
import type { EnvironmentSpec } from "./environment-spec.ts";
import type { Invocation, InvocationReceiver, InvocationReport, InvocationRequest } from "./invocation.ts";
import { shutDownFailure } from "./runtime-launcher.ts";

/** An invocation that waits in line before it begins. */
export class QueuedInvocation implements Invocation {
  readonly spec: EnvironmentSpec;
  readonly requestId: string;
  readonly done: Promise<InvocationReport>;
  readonly released: Promise<void>;
  readonly #request: InvocationRequest;
  readonly #receiver: InvocationReceiver;
  readonly #done = Promise.withResolvers<InvocationReport>();
  readonly #released = Promise.withResolvers<void>();
  #invocation: Invocation | undefined;
  /** Its caller has left, before it began. */
  #left: ((invocation: Invocation) => void) | undefined;

  constructor(spec: EnvironmentSpec, request: InvocationRequest, receiver: InvocationReceiver) {
    this.spec = spec;
    this.requestId = request.requestId;
    this.#request = request;
    this.#receiver = receiver;
    this.done = this.#done.promise;
    this.released = this.#released.promise;
  }

  begin(environment: Environment): Invocation {
    const invocation = environment.invoke(this.#request, this.#receiver);
    this.#invocation = invocation;
    this.#left?.(invocation);
    this.#released.resolve(invocation.released);
    this.#done.resolve(invocation.done);
    return invocation;
  }

  /** Nothing will run it. There is nothing to report of it either. */
  refuse(): void {
    this.#receiver.end(failureEnd(shutDownFailure, this.requestId));
    this.#released.resolve();
  }

  detach(onlooker?: InvocationReceiver): void {
    this.#leave((invocation) => invocation.detach(onlooker));
  }

  abandon(onlooker?: InvocationReceiver): void {
    this.#leave((invocation) => invocation.abandon(onlooker));
  }

  #leave(leave: (invocation: Invocation) => void): void {
    if (this.#invocation === undefined) this.#left = leave;
    else leave(this.#invocation);
  }
}
