import { inject } from "vitest";
import { EmulatedFunction, type FunctionConfiguration } from "./emulated-function.ts";

/** One of the two Lambdas that the emulator emulates: each has a Runtime API implementation of its own. */
export interface Mode {
  readonly name: string;
  readonly isMissing: boolean;
  /** Bundles a function and starts an emulator for it. See {@link EmulatedFunction.start}. */
  start(source: string, configuration?: FunctionConfiguration): Promise<EmulatedFunction>;
}

const isMissing = inject("emulator").missing !== undefined;

/** Lambda functions: one invocation at a time. It collects a streamed response, and drops its trailers. */
export const onDemand: Mode = {
  name: "on demand",
  isMissing,
  start: EmulatedFunction.start,
};

/** Lambda Managed Instances: two invocations at a time. It tells content type and mode, and reads trailers. */
export const managedInstances: Mode = {
  name: "managed instances",
  isMissing: isMissing || !inject("hasManagedInstances"),
  start: (source, configuration) => EmulatedFunction.start(source, { maxConcurrency: 2, ...configuration }),
};
