import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { DoubleInvocation } from "./double-invocation.ts";
import { RuntimeApiDouble } from "./runtime-api-double.ts";

/** The folder with the functions that the tests start. */
export const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));

/** What starts functions: our bootstrap, from its source. */
export const bootstrap = fileURLToPath(new URL("../src/bootstrap.ts", import.meta.url));

interface FunctionProcessOptions {
  /** `_HANDLER`. */
  readonly handler?: string;
  /** `LAMBDA_TASK_ROOT`. Default: the fixtures. */
  readonly taskRoot?: string;
  /** The program that runs the function. Default: our bootstrap. */
  readonly program?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** As many invocations at once, as on Lambda Managed Instances. */
  readonly maxConcurrency?: number;
}

/** An execution environment for tests: a function in a process of its own, with a Runtime API beside it. */
export class FunctionProcess implements AsyncDisposable {
  readonly api: RuntimeApiDouble;
  /** Resolves to the exit code when the process is over and all its output is there. */
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #output = "";

  private constructor(api: RuntimeApiDouble, child: ChildProcessByStdio<null, Readable, Readable>) {
    this.api = api;
    this.#child = child;
    this.exited = once(child, "close").then(([code]) => code);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        this.#output += text;
      });
    }
  }

  /** Starts the function with nothing in its environment but what Lambda sets, `PATH`, and what is given. */
  static async start(options: FunctionProcessOptions): Promise<FunctionProcess> {
    const { maxConcurrency } = options;
    const api = await RuntimeApiDouble.start(maxConcurrency === undefined ? {} : { maxConcurrency });
    const environment = {
      PATH: process.env["PATH"],
      // Starting a function from its TypeScript source takes a third of the time.
      NODE_COMPILE_CACHE: join(tmpdir(), "sluice-tests-compile-cache"),
      AWS_LAMBDA_RUNTIME_API: api.address,
      AWS_LAMBDA_FUNCTION_NAME: "test-function",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/test-function",
      AWS_LAMBDA_LOG_STREAM_NAME: "stream",
      LAMBDA_TASK_ROOT: options.taskRoot ?? fixtures,
      ...(options.handler === undefined ? {} : { _HANDLER: options.handler }),
      ...(maxConcurrency === undefined ? {} : { AWS_LAMBDA_MAX_CONCURRENCY: String(maxConcurrency) }),
      ...options.environment,
    };
    const child = spawn(process.execPath, [options.program ?? bootstrap], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new FunctionProcess(api, child);
  }

  /**
   * Queues an event and waits for what becomes of it.
   * @throws {Error} with all that was printed, if the process ends before.
   */
  invoke(...parameters: Parameters<RuntimeApiDouble["invoke"]>): DoubleInvocation["result"] {
    const ended = this.exited.then((code) => {
      throw new Error(`the process ended with ${code}: ${this.#output}`);
    });
    return Promise.race([this.api.invoke(...parameters).result, ended]);
  }

  /** What the process has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Sends the process a signal. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ends the process, and returns all that it has printed. */
  async stop(): Promise<string> {
    this.#child.kill("SIGKILL");
    await this.exited;
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.api[Symbol.asyncDispose]();
  }
}
