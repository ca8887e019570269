export { type Clock, systemClock } from "./clock.ts";
export type { LogEntry, LogSink } from "./environment-log.ts";
export {
  type ConcurrencyExceeded,
  EnvironmentPool,
  type EnvironmentPoolOptions,
} from "./environment-pool.ts";
export type { EnvironmentPorts, EnvironmentSpec } from "./environment-spec.ts";
export type {
  Invocation,
  InvocationEnd,
  InvocationReceiver,
  InvocationReport,
  InvocationRequest,
  InvokeMode,
  ResponseStart,
} from "./invocation.ts";
export type { RoleCredentials } from "./process/environment-variables.ts";
export { startSupervisedProcess } from "./process/supervised-process.ts";
export {
  type RuntimeCommand,
  RuntimeFinder,
  type RuntimeFinderOptions,
  type RuntimeRefusal,
  type RuntimeRequest,
} from "./runtimes.ts";
