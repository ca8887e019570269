export { type Clock, systemClock } from "./clock.ts";
export type { LogEntry } from "./environment-log.ts";
export { EnvironmentPool } from "./environment-pool.ts";
export type { EnvironmentPorts, EnvironmentSpec } from "./environment-spec.ts";
export type { InvocationReceiver, InvocationReport, InvocationRequest } from "./invocation.ts";
export type { RoleCredentials } from "./process/environment-variables.ts";
export { startSupervisedProcess } from "./process/supervised-process.ts";
export { RuntimeFinder } from "./runtimes.ts";
