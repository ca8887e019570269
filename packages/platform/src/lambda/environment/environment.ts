import { ConcurrentEnvironment } from "./concurrent-environment.ts";
import type { EnvironmentPorts, EnvironmentSpec } from "./environment-spec.ts";
import { ExecutionEnvironment } from "./execution-environment.ts";
import type { Invocation, InvocationReceiver, InvocationRequest } from "./invocation.ts";

/** An execution environment, as its pool sees it. */
export interface Environment {
  readonly spec: EnvironmentSpec;
  readonly logStreamName: string;
  /** Whether it can take an invocation. */
  readonly isAvailable: boolean;
  /** Whether its one invocation is answered: before long the runtime asks for the next event, as a rule. */
  readonly isAboutToBeFree: boolean;
  /**
   * Runs one invocation.
   *
   * @param receiver - told what the runtime answers. It must not throw.
   * @throws {Error} if the environment is not available: that is the caller's mistake.
   */
  invoke(request: InvocationRequest, receiver: InvocationReceiver): Invocation;
  /** Runs the Init phase ahead of the first invocation. Resolves when it is over; if it failed, invocations try again. */
  warmUp(): Promise<void>;
  /** Ends the environment: invocations under way fail, every process is gone when the promise resolves. */
  shutdown(): Promise<void>;
}

/** An environment of the kind that the function asks for. */
export function createEnvironment(spec: EnvironmentSpec, ports: EnvironmentPorts): Environment {
  return spec.maxConcurrency > 1
    ? new ConcurrentEnvironment(spec, ports)
    : new ExecutionEnvironment(spec, ports);
}
