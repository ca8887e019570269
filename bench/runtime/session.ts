import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Client, type FunctionName, taskRoot } from "./clients.ts";
import { type FromMock, monotonicMs, type Order, type Timing, type ToMock } from "./messages.ts";
import type { Cores, Placement } from "./placement.ts";
import { type Usage, usageOf } from "./process-usage.ts";

/** An order takes a few seconds; a client that is silent for this long hangs. */
const patienceMs = 60_000;

/** The mock Runtime API process. One serves the whole run, so that every client meets the same warmed-up server. */
export class MockProcess {
  #child: ChildProcess;
  #port: number;
  #receive: ((message: FromMock) => void) | undefined;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
    child.on("message", (message: FromMock) => this.#receive?.(message));
  }

  static async start(cores: Cores): Promise<MockProcess> {
    const script = fileURLToPath(new URL("./mock-runtime-api.ts", import.meta.url));
    const [command = "", ...args] = cores.mockCommand([process.execPath, script]);
    const child = spawn(command, args, {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      env: { PATH: process.env["PATH"] },
    });
    const [message]: FromMock[] = await once(child, "message");
    if (message?.type !== "listening") throw new Error("the mock Runtime API did not start");
    return new MockProcess(child, message.port);
  }

  get endpoint(): string {
    return `127.0.0.1:${this.#port}`;
  }

  order(order: Order): void {
    this.#child.send({ type: "order", order } satisfies ToMock);
  }

  /** The next message, or a rejection when the client ends before it comes. */
  async message(client: ChildProcess, stderr: () => string): Promise<FromMock> {
    const { promise, resolve, reject } = Promise.withResolvers<FromMock>();
    const ended = () => reject(new Error(`the client ended: ${stderr()}`));
    const timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs / 1_000} s`)), patienceMs);
    this.#receive = resolve;
    client.once("exit", ended);
    client.once("error", reject);
    try {
      const message = await promise;
      if (message.type === "failed") throw new Error(message.reason);
      return message;
    } finally {
      clearTimeout(timer);
      client.off("exit", ended);
      client.off("error", reject);
      this.#receive = undefined;
    }
  }

  stop(): void {
    this.#child.disconnect();
  }
}

export interface SessionOptions {
  readonly client: Client;
  readonly functionName: FunctionName;
  readonly placement: Placement;
}

/** One client process, from its start to its end, waiting in `/next` between orders. */
export class Session {
  /** From the start of the process to its first `/next`, in milliseconds. */
  readonly startMs: number;
  #mock: MockProcess;
  #child: ChildProcess;
  #stderr: () => string;

  private constructor(mock: MockProcess, child: ChildProcess, stderr: () => string, startMs: number) {
    this.#mock = mock;
    this.#child = child;
    this.#stderr = stderr;
    this.startMs = startMs;
  }

  static async start(mock: MockProcess, cores: Cores, options: SessionOptions): Promise<Session> {
    const { args, handler } = options.client.start(options.functionName);
    const [command = "", ...rest] = cores.clientCommand(options.placement, [process.execPath, ...args]);
    const before = monotonicMs();
    const child = spawn(command, rest, {
      stdio: ["ignore", "ignore", "pipe"],
      env: functionEnvironment(mock.endpoint, handler),
    });
    let text = "";
    child.stderr?.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    try {
      const message = await mock.message(child, () => text);
      if (message.type !== "waiting") throw new Error(`expected a first /next, saw ${message.type}`);
      return new Session(mock, child, () => text, message.at - before);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  async run(order: Order): Promise<Timing> {
    this.#mock.order(order);
    const message = await this.#mock.message(this.#child, this.#stderr);
    if (message.type !== "done") throw new Error(`expected the end of an order, saw ${message.type}`);
    return message.timing;
  }

  usage(): Usage | undefined {
    return this.#child.pid === undefined ? undefined : usageOf(this.#child.pid);
  }

  async end(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}

/** What Lambda sets for a function (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html). */
export function functionEnvironment(endpoint: string, handler: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    AWS_LAMBDA_RUNTIME_API: endpoint,
    _HANDLER: handler,
    LAMBDA_TASK_ROOT: taskRoot,
    AWS_REGION: "us-east-1",
    AWS_LAMBDA_FUNCTION_NAME: "bench",
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/bench",
    AWS_LAMBDA_LOG_STREAM_NAME: "2026/01/01/[$LATEST]bench",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
  };
}
