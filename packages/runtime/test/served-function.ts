import { expect } from "vitest";
import { type HandlerSource, type LambdaRuntimeOptions, serve } from "../src/runtime.ts";
import { Condition } from "./condition.ts";
import { RuntimeApiDouble } from "./runtime-api-double.ts";

type ApiOptions = Parameters<typeof RuntimeApiDouble.start>[0];

const consoleMethods = ["trace", "debug", "log", "info", "warn", "error", "dir"] as const;

/** A handler that runs in this process against a Runtime API double of its own, and what it logs. */
export class ServedFunction implements AsyncDisposable {
  readonly api: RuntimeApiDouble;
  /** Resolves when the loop has ended. */
  readonly running: Promise<void>;
  readonly #stop = new AbortController();
  readonly #output: OutputLines;

  private constructor(
    api: RuntimeApiDouble,
    output: OutputLines,
    source: HandlerSource,
    options: LambdaRuntimeOptions,
  ) {
    this.api = api;
    this.#output = output;
    this.running = serve(api.address, source, options, this.#stop.signal);
  }

  static async start(
    source: HandlerSource,
    options: { readonly runtime?: LambdaRuntimeOptions; readonly api?: ApiOptions } = {},
  ): Promise<ServedFunction> {
    const api = await RuntimeApiDouble.start(options.api);
    return new ServedFunction(api, new OutputLines(), source, options.runtime ?? {});
  }

  /** The lines that were written to the standard output so far. */
  get lines(): readonly string[] {
    return this.#output.lines;
  }

  /** Waits for a line that matches, and resolves to it. */
  line(pattern: RegExp): Promise<string> {
    return this.#output.line(pattern);
  }

  /** Asks the loop to end after the invocation under way. */
  stop(): void {
    this.#stop.abort();
  }

  /** Whatever the test was about: what went over the wire must have been HTTP/1.1, and the loop must end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.running;
    this.#output.release();
    await this.api[Symbol.asyncDispose]();
    expect(this.api.protocolErrors).toEqual([]);
  }
}

/** Takes over the standard output, which is where a runtime logs, and the console, which a runtime adopts. */
class OutputLines {
  readonly lines: string[] = [];
  readonly #condition = new Condition();
  readonly #console = Object.fromEntries(consoleMethods.map((method) => [method, console[method]]));
  readonly #write = process.stdout.write;

  constructor() {
    process.stdout.write = (text: string | Uint8Array): boolean => {
      this.lines.push(
        ...Buffer.from(text as string)
          .toString()
          .split("\n")
          .slice(0, -1),
      );
      this.#condition.notify();
      return true;
    };
  }

  line(pattern: RegExp): Promise<string> {
    return this.#condition.until(() => this.lines.find((line) => pattern.test(line)));
  }

  release(): void {
    process.stdout.write = this.#write;
    Object.assign(console, this.#console);
  }
}

/** Runs a handler against a Runtime API double for as long as the test holds on to it. */
export function serveFunction(
  ...parameters: Parameters<typeof ServedFunction.start>
): Promise<ServedFunction> {
  return ServedFunction.start(...parameters);
}
