export { type Clock, systemClock } from "./clock.ts";
export type { LogEntry } from "./environment-log.ts";
export { EnvironmentPool } from "./environment-pool.ts";
export {
  type AwaitedHelp,
  type EnvironmentPorts,
  type EnvironmentSpec,
  processCommand,
  withLayers,
} from "./environment-spec.ts";
export type { InvocationReceiver, InvocationReport, InvocationRequest } from "./invocation.ts";
export type { SystemLogLevel } from "./log-lines.ts";
export type { RoleCredentials } from "./process/environment-variables.ts";
export { startSupervisedProcess } from "./process/supervised-process.ts";
export { KeptPort } from "./runtime-api/kept-port.ts";
export { type RuntimeCommand, RuntimeFinder } from "./runtimes.ts";
export { Seat } from "./seat.ts";
