import { unlimitedMs } from "../platform-limits.ts";
import type { AwaitedHelp, EnvironmentSpec, KeptPort, RuntimeCommand } from "./environment/index.ts";
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
