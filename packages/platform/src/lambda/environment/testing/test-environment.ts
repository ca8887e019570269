import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { systemClock } from "../clock.ts";
import type { LogEntry, LogSink } from "../environment-log.ts";
import type { EnvironmentPorts, EnvironmentSpec } from "../environment-spec.ts";
import type { InvocationRequest } from "../invocation.ts";
import { startSupervisedProcess } from "../process/supervised-process.ts";
import { RuntimeFinder } from "../runtimes.ts";
import { Condition } from "./condition.ts";

export const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:greet";

const hostPath = process.env["PATH"] ?? "";

/** Keeps what was logged. */
export class LogRecorder {
  readonly entries: LogEntry[] = [];
  /** What the sink answers. */
  wait: Promise<void> | undefined;
  readonly #condition = new Condition();

  readonly sink: LogSink = (entries) => this.take(entries);

  take(entries: readonly LogEntry[]): Promise<void> | undefined {
    for (const entry of entries) this.entries.push(entry);
    this.#condition.notify();
    return this.wait;
  }

  get messages(): readonly string[] {
    return this.entries.map(({ message }) => message);
  }

  until<T>(read: () => T | undefined | false): Promise<T> {
    return this.#condition.until(read);
  }

  /** Resolves once a line that begins like this was logged. */
  line(start: string): Promise<LogEntry> {
    return this.until(() => this.entries.find(({ message }) => message.startsWith(start)));
  }
}

/** A function version as tests want it. */
export function testSpec(taskRoot: string, changes: Partial<EnvironmentSpec> = {}): EnvironmentSpec {
  return {
    functionName: "greet",
    functionVersion: "$LATEST",
    functionArn,
    runtime: "provided.al2023",
    handler: "index.handler",
    memoryMb: 128,
    timeoutMs: 10_000,
    taskRoot,
    layersDirectory: `${taskRoot}/layers`,
    variables: {},
    additionalVariables: {},
    credentials: () => ({ accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret", sessionToken: "token" }),
    log: { format: "Text", systemLogLevel: "INFO", applicationLogLevel: "INFO", group: "/aws/lambda/greet" },
    enforceMemory: false,
    freezes: true,
    maxConcurrency: 1,
    ...changes,
  };
}

/** Real processes; a clock and a log of the test's own, if it has any. */
export function testPorts(
  log: LogRecorder = new LogRecorder(),
  clock: Clock = systemClock,
): EnvironmentPorts {
  const finder = new RuntimeFinder({ hostPath, warn: () => {}, searchFrom: [] });
  return {
    clock,
    randomId: randomUUID,
    startProcess: startSupervisedProcess,
    findCommand: (spec) => finder.find(spec),
    log: log.sink,
    hostPath,
  };
}

export function testRequest(changes: Partial<InvocationRequest> = {}): InvocationRequest {
  return {
    requestId: randomUUID(),
    event: Buffer.from('{"name":"Ada"}'),
    invokedFunctionArn: functionArn,
    invokeMode: "RESPONSE_STREAM",
    ...changes,
  };
}
