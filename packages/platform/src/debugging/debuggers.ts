import { once } from "node:events";
import { createServer } from "node:net";
import { ListenError } from "../front-door/http-server.ts";
import type { Attendance, Attended } from "../lambda/attendance.ts";
import type { AwaitedHelp } from "../lambda/environment/index.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import { type DebugOptions, NoSuchFunctionError, type PlatformEvent } from "../platform-options.ts";
import type { FunctionAttendance } from "./function-attendance.ts";

/** The port of Node.js's inspector, which tools look for first. */
const standardPort = 9229;

/** Gives each function that can be debugged a port for its debugger, and tells when it waits there. */
export class Debuggers implements FunctionAttendance {
  readonly #options: DebugOptions;
  readonly #emit: (event: PlatformEvent) => void;
  /** By the function's name. They stay, so that a debugger finds the function again. */
  readonly #attended = new Map<string, Attended>();
  readonly #warned = new Set<string>();
  #nextPort: number;

  constructor(options: DebugOptions, emit: (event: PlatformEvent) => void) {
    this.#options = options;
    this.#emit = emit;
    this.#nextPort = options.port ?? standardPort;
  }

  async prepare(functions: readonly LambdaFunction[]): Promise<void> {
    for (const name of this.#options.functions ?? []) {
      if (!functions.some((target) => isNamed(target, name))) throw new NoSuchFunctionError(name, functions);
    }
    for (const target of functions) {
      if (!this.#isChosen(target) || this.#attended.has(target.name)) continue;
      if (/^(?:nodejs|provided\.)/.test(target.runtime)) {
        this.#attended.set(target.name, { kind: "debugger", port: await this.#takePort(target) });
      } else this.#warn(target);
    }
  }

  of(target: LambdaFunction): Attended | undefined {
    return this.#attended.get(target.name);
  }

  readonly onAwaited: Attendance["onAwaited"] = (target: LambdaFunction, awaited: AwaitedHelp) => {
    if (awaited.kind === "debugger") {
      const address = `127.0.0.1:${awaited.port}`;
      this.#emit({ kind: "waiting", functionName: target.name, awaits: "debugger", address });
    } else this.#warn(target);
  };

  async close(): Promise<void> {}

  #isChosen(target: LambdaFunction): boolean {
    const { functions } = this.#options;
    return functions === undefined || functions.some((name) => isNamed(target, name));
  }

  async #takePort({ name }: LambdaFunction): Promise<number> {
    const port = this.#nextPort;
    if (port === 0) return 0;
    const first = this.#options.port ?? standardPort;
    const server = createServer();
    try {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      await new Promise((resolve) => server.close(resolve));
    } catch (error) {
      const { code = "", message } = error as NodeJS.ErrnoException;
      const reason = code === "EADDRINUSE" ? "is in use by another program" : `can't be had: ${message}`;
      throw new ListenError(
        `Port ${port} of 127.0.0.1, where ${name} is to wait for a debugger, ${reason}. Choose other ports: --debug=${first + 100}.`,
        code,
        error,
      );
    }
    this.#nextPort += 1;
    return port;
  }

  #warn({ name, runtime }: LambdaFunction): void {
    if (this.#warned.has(name)) return;
    this.#warned.add(name);
    const message = `${name} does not wait for a debugger: only Node.js can be told to, and its runtime is ${runtime}. With --only-runtime you start it yourself, in any debugger.`;
    this.#emit({ kind: "warning", message });
  }
}

function isNamed({ name, logicalId }: LambdaFunction, text: string): boolean {
  return name === text || logicalId === text;
}
