import type { Clock } from "./clock.ts";
import type { LogSink } from "./environment-log.ts";
import type { LogOptions } from "./log-lines.ts";
import { resolveOptPaths } from "./opt-paths.ts";
import {
  type EnvironmentVariablesSource,
  environmentVariables,
  extensionVariables,
  type RoleCredentials,
} from "./process/environment-variables.ts";
import type { ProcessCommand, StartProcess } from "./process/supervised-process.ts";
import type { KeptPort } from "./runtime-api/kept-port.ts";
import type { RuntimeCommand, RuntimeRefusal } from "./runtimes.ts";

/** A function version, as far as its execution environments need it. */
export interface EnvironmentSpec {
  readonly functionName: string;
  /** `$LATEST` or a number. */
  readonly functionVersion: string;
  /** Without qualifier. */
  readonly functionArn: string;
  /** `provided.al2023`, `nodejs24.x` and so on. */
  readonly runtime: string;
  readonly handler: string;
  readonly memoryMb: number;
  /** Of one invocation. */
  readonly timeoutMs: number;
  /** The folder with the function's code. */
  readonly taskRoot: string;
  /**
   * The folder with the content of the layers, which is `/opt` on AWS. Need not exist.
   *
   * A process can't have an `/opt` of its own. So `PATH`, `LD_LIBRARY_PATH`, `NODE_PATH` and `PYTHONPATH` name this folder
   * where AWS's name `/opt`; `extensions` and `bootstrap` are looked for in it; and a path below `/opt` that stands in a
   * variable or is the handler is changed to one of this folder if that has it. What is built into code is not: such code
   * finds nothing.
   */
  readonly layersDirectory: string;
  /** The function's own variables. */
  readonly variables: Readonly<Record<string, string>>;
  /** Variables of the platform that AWS does not have, such as `AWS_ENDPOINT_URL`. The function's own go before them. */
  readonly additionalVariables: Readonly<Record<string, string>>;
  readonly credentials: () => RoleCredentials;
  readonly log: LogOptions & {
    readonly group: string;
    /** `INFO` and so on: told to the runtime, which filters, when the format is JSON. */
    readonly applicationLogLevel: string;
  };
  /**
   * Whether a function is killed when its processes have more memory resident than it may use, as on AWS. Node.js is told
   * to keep its heap within that, as AWS tells it; other runtimes that adapt to the machine's memory may die here and
   * live on AWS: the machine has more.
   */
  readonly enforceMemory: boolean;
  /**
   * Whether the environment is frozen between invocations, as on AWS: work that the function left behind stalls until
   * the next one. Processes that moved into a session of their own run on, unlike on AWS. Nothing is frozen where there
   * is neither `setsid` nor a `/bin/sh` with job control: what guards the processes would be stopped with them.
   */
  readonly freezes: boolean;
  /**
   * How many invocations the runtime may have at once. With more than one the environment is like those of Lambda Managed
   * Instances: never frozen, logging JSON only, and going on when an invocation has timed out.
   */
  readonly maxConcurrency: number;
  /** Time for the Init phase, in milliseconds, where that is not AWS's. */
  readonly initTimeoutMs?: number;
  /** What the deadline is made from that an invocation is told, in milliseconds; `timeoutMs` unless set. */
  readonly toldTimeoutMs?: number;
  /** The port of 127.0.0.1, 0 for any, at which the process waits for a debugger before it runs code of the function. */
  readonly debugPort?: number;
  /** Why the environment is initialized: `on-demand` unless set. Managed instances have a type of their own. */
  readonly initializationType?: "provisioned-concurrency";
}

/** What an execution environment needs from the outside. */
export interface EnvironmentPorts {
  readonly clock: Clock;
  /** Ends what may last long: functions at their timeout, idle environments. `clock` unless given; a test moves it on. */
  readonly patience?: Clock;
  /** A new UUID. */
  readonly randomId: () => string;
  readonly startProcess: StartProcess;
  /** Says which command runs the function; asked at every initialisation. */
  readonly findCommand: (spec: EnvironmentSpec) => Promise<RuntimeCommand | RuntimeRefusal>;
  readonly log: LogSink;
  /** Where processes connect that are started by hand: none is started here then. */
  readonly byHand?: KeptPort;
  /** Told that somebody has to do something before a function runs. */
  readonly onAwaited?: (awaited: AwaitedHelp) => void;
  /** `PATH` of this machine. */
  readonly hostPath: string;
}

/** What a function waits for, or why it does not. */
export type AwaitedHelp =
  /** A debugger, at a port of 127.0.0.1. */
  | { readonly kind: "debugger"; readonly port: number }
  /** Somebody who starts its process. */
  | { readonly kind: "process" }
  /** Nothing: what runs can't be told to wait for a debugger. */
  | { readonly kind: "no-debugger" };

/** What functions and telemetry are told of it. */
export function initializationType({ maxConcurrency, initializationType: type }: EnvironmentSpec): string {
  return maxConcurrency > 1 ? managedInstances : (type ?? "on-demand");
}

/** The initialization type of environments that have several invocations at once. */
const managedInstances = "lambda-managed-instances";

/** The function with its paths below `/opt` resolved, as its processes need it. */
export function withLayers(spec: EnvironmentSpec): EnvironmentSpec {
  const resolve = (text: string) => resolveOptPaths(text, spec.layersDirectory);
  const variables = Object.entries(spec.variables).map(([name, value]) => [name, resolve(value)]);
  return { ...spec, handler: resolve(spec.handler), variables: Object.fromEntries(variables) };
}

/** What the processes of one execution environment are told about it. */
export interface InstanceFacts {
  readonly runtimeApi: string;
  /** A Unix socket of the Runtime API, if it has one: its name in Linux's abstract namespace. */
  readonly unixName?: string | undefined;
  readonly logStreamName: string;
  readonly marker: string;
  readonly hostPath: string;
}

/** The runtime's process in an execution environment of a function. */
export function processCommand(
  spec: EnvironmentSpec,
  command: RuntimeCommand,
  instance: InstanceFacts,
): ProcessCommand {
  const variables = environmentVariables(variablesSource(spec, command, instance));
  const { unixName } = instance;
  return {
    command: command.command,
    workingDirectory: spec.taskRoot,
    marker: instance.marker,
    // The bootstrap takes it away before the function sees it.
    environment: command.pipelines
      ? { ...variables, SLUICE_PIPELINING: unixName === undefined ? "tcp" : `unix:${unixName}` }
      : variables,
  };
}

/** The process of an external extension. Its marker is its own: it may outlive the runtime for a while. */
export function extensionCommand(
  path: string,
  spec: EnvironmentSpec,
  command: RuntimeCommand,
  instance: InstanceFacts,
): ProcessCommand {
  const { marker } = instance;
  return {
    command: [path],
    workingDirectory: spec.layersDirectory,
    marker,
    environment: { ...extensionVariables(variablesSource(spec, command, instance)), SLUICE_PROCESS: marker },
  };
}

function variablesSource(
  spec: EnvironmentSpec,
  command: RuntimeCommand,
  instance: InstanceFacts,
): EnvironmentVariablesSource {
  return {
    functionName: spec.functionName,
    functionVersion: spec.functionVersion,
    handler: spec.handler,
    memoryMb: spec.memoryMb,
    maxConcurrency: spec.maxConcurrency,
    initializationType: initializationType(spec),
    region: spec.functionArn.split(":")[3] ?? "",
    logGroup: spec.log.group,
    logStream: instance.logStreamName,
    logFormat: spec.maxConcurrency > 1 ? "JSON" : spec.log.format,
    applicationLogLevel: spec.log.applicationLogLevel,
    runtimeApi: instance.runtimeApi,
    customer: spec.variables,
    credentials: spec.credentials(),
    executionEnvironment: command.executionEnvironment,
    taskRoot: spec.taskRoot,
    runtimeDirectory: command.runtimeDirectory,
    layersDirectory: spec.layersDirectory,
    defaults: { ...command.defaults, ...spec.additionalVariables },
    hostPath: instance.hostPath,
  };
}
