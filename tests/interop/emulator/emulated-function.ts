import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { inject, onTestFinished } from "vitest";
import { type DeploymentPackage, packageFunction } from "./deployment-package.ts";
import { childrenOf, freePorts, isPortOpen } from "./system.ts";

/** How a function is set up. */
export interface FunctionConfiguration {
  /** Module that `bootstrap` runs instead of the function's bundle. */
  readonly module?: string;
  /** Variables for the emulator and, through it, for the function. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs the function as on Lambda Managed Instances, with this many invocations at once. */
  readonly maxConcurrency?: number;
}

/** What came back for an event. */
export interface InvokeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** An emulator that doesn't end within this time after SIGTERM is killed; it grants the function 2 s itself. */
const terminationMs = 5_000;

/** A function under the Lambda runtime interface emulator, in processes of its own that end with the test. */
export class EmulatedFunction {
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly #exit: Promise<number | null>;
  #hasExited = false;
  /** Emits "change" when there is more output, or no more of it. */
  readonly #progress = new EventEmitter();
  #output = "";

  /**
   * Starts an emulator for a function, which starts the function with its first event.
   * @param source - what to bundle, as a path from the root of the repository; or a package, which goes with the test.
   */
  static async start(
    source: string | DeploymentPackage,
    configuration: FunctionConfiguration = {},
  ): Promise<EmulatedFunction> {
    const { module, maxConcurrency } = configuration;
    const node = maxConcurrency === undefined ? process.execPath : "/var/node";
    const code = typeof source === "string" ? await packageFunction(source, { node, module }) : source;
    onTestFinished(() => code[Symbol.asyncDispose]());
    for (let attempt = 1; ; attempt++) {
      const emulated = new EmulatedFunction(code, configuration, await freePorts());
      // Also when the test has timed out: it may be waiting for an answer that never comes.
      onTestFinished(() => emulated.#stop());
      if (await emulated.#isListening()) return emulated;
      // Another process may have taken one of the ports in between.
      if (attempt === 3 || !emulated.output.includes("address already in use")) {
        throw new Error(`The emulator ended early:\n${emulated.output}`);
      }
    }
  }

  private constructor(
    code: DeploymentPackage,
    { environment, maxConcurrency }: FunctionConfiguration,
    [port, runtimeApiPort]: readonly [number, number],
  ) {
    const emulator = inject("emulator");
    if (emulator.missing !== undefined) throw new Error(emulator.missing);
    this.#port = port;
    const isManaged = maxConcurrency !== undefined;
    const taskRoot = isManaged ? "/var/task" : join(code.folder, "task");
    const [command = "", ...parameters] = [
      ...(isManaged ? atVar(code.folder) : []),
      emulator.tool,
      "--runtime-interface-emulator-address",
      `127.0.0.1:${port}`,
      "--runtime-api-address",
      `127.0.0.1:${runtimeApiPort}`,
      join(taskRoot, "bootstrap"),
    ];
    const child = spawn(command, parameters, {
      cwd: join(code.folder, "task"),
      env: {
        PATH: process.env["PATH"],
        LAMBDA_TASK_ROOT: taskRoot,
        ...(isManaged ? { AWS_LAMBDA_MAX_CONCURRENCY: String(maxConcurrency) } : {}),
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#exit = once(child, "close").then(([code]) => {
      this.#hasExited = true;
      this.#progress.emit("change");
      return code;
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        this.#progress.emit("change");
      });
    }
  }

  /** What the emulator and the function have written so far. */
  get output(): string {
    return this.#output;
  }

  /** Invokes the function with an event, sent as JSON, once it takes one more. */
  async invoke(event: unknown, headers: Readonly<Record<string, string>> = {}): Promise<InvokeAnswer> {
    const url = `http://127.0.0.1:${this.#port}/2015-03-31/functions/function/invocations`;
    for (;;) {
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(event) });
      const body = Buffer.from(await response.arrayBuffer());
      if (response.headers.get("error-type") !== "Runtime.Unavailable") {
        return { status: response.status, headers: response.headers, body };
      }
      // As Lambda Managed Instances the emulator refuses an event that the runtime has not asked for yet.
      await delay(10);
    }
  }

  /** Waits until the output matches. */
  async written(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (this.#hasExited) throw new Error(`${pattern} was never written, but:\n${this.#output}`);
      await once(this.#progress, "change");
    }
  }

  /** Sends the emulator SIGTERM and waits for it to end. Resolves to its exit code. */
  async terminate(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    return this.#exit;
  }

  async #stop(): Promise<void> {
    const timeUp = new AbortController();
    const late = delay(terminationMs, "late", { signal: timeUp.signal }).catch(() => "ended");
    if ((await Promise.race([this.terminate(), late])) === "late") {
      const orphans = await childrenOf(this.#child.pid);
      this.#child.kill("SIGKILL");
      for (const pid of orphans) process.kill(pid, "SIGKILL");
      await this.#exit;
    }
    timeUp.abort();
  }

  /** Waits until the emulator can be invoked. Resolves to false if it has ended instead. */
  async #isListening(): Promise<boolean> {
    while (!this.#hasExited) {
      if (await isPortOpen(this.#port)) return true;
      // The emulator writes nothing once it listens, so there is no event to wait for.
      await delay(10);
    }
    return false;
  }
}

/**
 * A command that runs another one with `folder` as `/var`, for itself alone, and this Node in it. As Lambda Managed
 * Instances the emulator starts nothing but `/var/task/bootstrap`, as a user who may not see where Node is.
 */
function atVar(folder: string): string[] {
  const script = [
    ': > "$0/node"',
    'mount --bind "$1" "$0/node"',
    'mount --rbind "$0" /var',
    "shift",
    'exec "$@"',
  ].join(" && ");
  return ["unshare", "--mount", "sh", "-c", script, folder, process.execPath];
}
