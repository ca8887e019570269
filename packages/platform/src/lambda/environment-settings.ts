import { type PlatformLimits, unlimitedMs } from "../platform-limits.ts";
import { type Attendance, unhurried } from "./attendance.ts";
import type { EnvironmentSpec, RoleCredentials } from "./environment/index.ts";
import type { LambdaFunction } from "./lambda-function.ts";

/** What execution environments of all functions have in common. */
export interface EnvironmentSettings {
  /** Credentials that a function gets for its role. */
  readonly credentials: (target: LambdaFunction) => RoleCredentials;
  /** Variables that AWS does not set, such as `AWS_ENDPOINT_URL`. */
  readonly additionalVariables: () => Readonly<Record<string, string>>;
  /** Whether execution environments are frozen between invocations, as on AWS. */
  readonly freezes: boolean;
  /** Whether a function that uses more memory than it may is killed, as on AWS. */
  readonly limitsMemory: boolean;
  /** What AWS limits, or less of it. */
  readonly limits: PlatformLimits;
  /** How a developer attends to a function; nobody does unless given. */
  readonly attendance?: Attendance | undefined;
}

/** What an execution environment of a function is like. */
export function environmentSpec(target: LambdaFunction, settings: EnvironmentSettings): EnvironmentSpec {
  const attended = settings.attendance?.of(target);
  return {
    functionName: target.name,
    functionVersion: target.version,
    functionArn: target.arn,
    runtime: target.runtime,
    handler: target.handler,
    memoryMb: target.memoryMb,
    timeoutMs: settings.limits.enforcesTimeouts ? target.timeoutSeconds * 1000 : unlimitedMs,
    taskRoot: target.codeFolder,
    layersDirectory: target.layersFolder,
    variables: target.environment,
    additionalVariables: settings.additionalVariables(),
    credentials: () => settings.credentials(target),
    log: {
      format: target.logFormat,
      systemLogLevel: target.systemLogLevel ?? "INFO",
      group: target.logGroupName,
      applicationLogLevel: target.applicationLogLevel ?? "INFO",
    },
    enforceMemory: settings.limitsMemory,
    freezes: settings.freezes,
    maxConcurrency: target.maxConcurrency ?? 1,
    ...(attended === undefined ? {} : unhurried),
    ...(attended?.kind === "debugger" ? { debugPort: attended.port } : {}),
  };
}
