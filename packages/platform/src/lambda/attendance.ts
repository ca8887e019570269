import { randomUUID } from "node:crypto";
import { unlimitedMs } from "../platform-limits.ts";
import {
  type AwaitedHelp,
  type EnvironmentSpec,
  type KeptPort,
  processCommand,
  type RuntimeCommand,
  type RuntimeFinder,
  withLayers,
} from "./environment/index.ts";
import type { LambdaFunction } from "./lambda-function.ts";

/** How a developer attends to a function. */
export type Attended =
  /** With a debugger, for which its process waits at a port of 127.0.0.1; 0 for any. */
  | { readonly kind: "debugger"; readonly port: number }
  /** By starting its process, which connects here. */
  | { readonly kind: "by-hand"; readonly port: KeptPort };

/** Developers who attend to functions. */
export interface Attendance {
  /** The same for as long as the function is there. */
  readonly of: (target: LambdaFunction) => Attended | undefined;
  readonly onAwaited: (target: LambdaFunction, awaited: AwaitedHelp) => void;
}

/** What a process needs that is started by hand. */
export interface HandStart {
  readonly environment: Readonly<Record<string, string>>;
  /** What the platform would start; nothing where it can't run the function. */
  readonly command: readonly string[] | undefined;
}

/**
 * Nothing hurries a developer: neither time nor memory ends the function, and it is never frozen, as a debugger would get
 * no answer. It is told the longest time that AWS grants.
 */
export const unhurried = {
  timeoutMs: unlimitedMs,
  initTimeoutMs: unlimitedMs,
  toldTimeoutMs: 900_000,
  enforceMemory: false,
  freezes: false,
};

/** What a process needs that runs a function, serves its Runtime API at `port` and is started by hand. */
export async function handStart(
  spec: EnvironmentSpec,
  port: KeptPort,
  runtimes: RuntimeFinder,
): Promise<HandStart> {
  const layered = withLayers(spec);
  const found = await runtimes.find(layered);
  const command = found.kind === "command" ? found : anyRuntime(layered);
  const marker = randomUUID().replaceAll("-", "");
  const { environment } = processCommand(layered, command, {
    runtimeApi: port.address,
    logStreamName: `${new Date().toISOString().slice(0, 10).replaceAll("-", "/")}/[${spec.functionVersion}]${marker}`,
    marker,
    hostPath: process.env["PATH"] ?? "",
  });
  return { environment, command: found.kind === "command" ? found.command : undefined };
}

/** For a runtime that this machine does not have, and somebody else starts. */
export function anyRuntime({ runtime }: EnvironmentSpec): RuntimeCommand {
  return {
    kind: "command",
    command: ["/var/runtime/bootstrap"],
    executionEnvironment: runtime.startsWith("provided") ? undefined : `AWS_Lambda_${runtime}`,
    runtimeDirectory: "/var/runtime",
    defaults: {},
    version: runtime,
  };
}
