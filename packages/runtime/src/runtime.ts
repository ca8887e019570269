import { functionIdentity } from "./context.ts";
import { InvalidHandlerError, LocalServerError } from "./errors.ts";
import { exitCodes, FatalErrors } from "./fatal-errors.ts";
import { definitionOf, type Handler, type HandlerDefinition } from "./handler.ts";
import type { Invocation, RuntimeApi } from "./invocation.ts";
import { runLoop } from "./invocation-loop.ts";
import { currentContext, separateInvocations } from "./invocation-scope.ts";
import { Log } from "./logging.ts";
import { type ConnectTo, RuntimeApiClient } from "./runtime-api/client.ts";
import { prepareShutdown, runShutdownHook } from "./shutdown.ts";

/** How a {@link LambdaRuntime} behaves. */
export interface LambdaRuntimeOptions {
  /** How long before the deadline `context.signal` aborts, in milliseconds; 500 unless set. */
  readonly deadlineMarginMs?: number;
  /**
   * Runs when the process is told to stop (SIGTERM), within 500 ms. Lambda sends SIGTERM only to functions with an
   * extension, so an internal one is registered for it: see `registerExtension`.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
   */
  readonly onShutdown?: () => void | Promise<void>;
  /**
   * Whether to register an internal extension for `onShutdown`; `true` unless set. Say `false` when the function has an
   * external extension already.
   */
  readonly registerExtension?: boolean;
}

/** A handler, or a function that makes one during the Init phase. */
export type HandlerSource = Handler | (() => Handler | Promise<Handler>);

/**
 * Runs a handler: against the Runtime API on Lambda, and behind a local server elsewhere.
 *
 * @example
 * ```ts
 * await new LambdaRuntime(handler).run();
 * ```
 */
export class LambdaRuntime {
  readonly #source: HandlerSource;
  readonly #options: LambdaRuntimeOptions;

  /**
   * @param source - a handler made with `streaming`, `buffered`, `background` or `web`, or a function that returns one:
   * what that function throws is reported as an init error.
   */
  constructor(source: HandlerSource, options: LambdaRuntimeOptions = {}) {
    this.#source = source;
    this.#options = options;
  }

  /**
   * Handles invocations until the process ends, or until `signal` aborts: then the invocation under way is finished
   * and the promise resolves.
   *
   * - With `AWS_LAMBDA_RUNTIME_API` it polls that Runtime API, as many times at once as `AWS_LAMBDA_MAX_CONCURRENCY`
   *   says. Init errors, a Runtime API that answers 500 or can't be reached, uncaught exceptions (129) and unhandled
   *   rejections (128) end the process, after they were reported.
   * - Without it, it serves `POST http://127.0.0.1:7000/invoke`. A port that is taken and a setting that can't be used
   *   end the process with a message.
   * - Under a managed Node.js runtime, which polls by itself, it returns at once: export `managed(handler)` for it.
   */
  async run({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (isManagedRuntime(process.env)) return;
    const address = process.env["AWS_LAMBDA_RUNTIME_API"];
    if (address !== undefined) return serve(address, this.#source, this.#options, signal);
    try {
      await serveLocally(this.#source, this.#options, signal);
    } catch (error) {
      const { code, name, message } = error as Partial<LocalServerError>;
      // By its code: beside a bundle, the local server has a class of its own.
      if (code !== "Runtime.LocalServer") throw error;
      // The message says it all; where in our code it comes from helps nobody.
      process.stderr.write(`${name}: ${message}\n`);
      process.exit(exitCodes.failure);
    }
  }
}

/** Whether one of Lambda's own Node.js runtimes runs this process; OS-only runtimes don't set the variable. */
function isManagedRuntime(environment: NodeJS.ProcessEnv): boolean {
  return environment["AWS_EXECUTION_ENV"]?.startsWith("AWS_Lambda_nodejs") === true;
}

interface ServeOptions extends LambdaRuntimeOptions {
  /** How the Runtime API is talked to; as any of them understands unless set. */
  readonly connectTo?: ConnectTo | undefined;
}

/** Runs a handler against the Runtime API at `address`. */
export async function serve(
  address: string,
  source: HandlerSource,
  options: ServeOptions = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const log = new Log(process.env, (line) => process.stdout.write(line));
  log.adoptConsole(currentContext);
  const active = new Set<Invocation>();
  const fail = (error: Error) => void fatal.exit(error, exitCodes.failure);
  const connect = () => new RuntimeApiClient(address, fail, options.connectTo);
  const first = connect();
  const fatal: FatalErrors = new FatalErrors(log, first, active);
  fatal.listen();
  let endShutdown: (() => void) | undefined;
  try {
    const concurrency = maxConcurrency(process.env);
    const definition = await initialize(source);
    endShutdown = await prepareShutdown(address, options, log);
    if (concurrency > 1) separateInvocations();
    fatal.initIsOver();
    const loop = {
      definition,
      identity: functionIdentity(process.env),
      log,
      context: options,
      signal,
      active,
    };
    const slots = [first, ...Array.from({ length: concurrency - 1 }, connect)];
    await Promise.all(slots.map((slot) => runLoop(slot, loop)));
  } catch (error) {
    await fatal.exit(error, exitCodes.failure);
  } finally {
    fatal.unlisten();
    endShutdown?.();
  }
}

/**
 * Runs a handler behind the local server.
 * @throws {LocalServerError} if it can't start.
 */
export async function serveLocally(
  source: HandlerSource,
  options: LambdaRuntimeOptions = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const definition = await initialize(source);
  const { startLocalServer } = await loadLocalServer();
  const api: RuntimeApi = await startLocalServer(process.env, (line) => process.stderr.write(line));
  const log = new Log(process.env, (line) => process.stderr.write(line));
  const { onShutdown } = options;
  if (onShutdown !== undefined) {
    for (const name of ["SIGTERM", "SIGINT"] as const)
      process.once(name, () => runShutdownHook(onShutdown, log));
  }
  await runLoop(api, {
    definition,
    identity: functionIdentity({
      AWS_LAMBDA_FUNCTION_NAME: "local",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      ...process.env,
    }),
    log,
    context: options,
    signal,
    active: new Set(),
  });
}

/** What the module of the local server exports. */
interface LocalServerModule {
  startLocalServer(environment: NodeJS.ProcessEnv, print: (text: string) => void): Promise<RuntimeApi>;
}

/** Bundlers can't see this import, so the local server never becomes part of a deployment package. */
async function loadLocalServer(): Promise<LocalServerModule> {
  const specifier = ["@sluice/runtime", "local"].join("/");
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ specifier);
  } catch (cause) {
    throw new LocalServerError(
      "AWS_LAMBDA_RUNTIME_API is not set, so this process does not run on Lambda, and the local server can't be loaded: " +
        "it is not part of a bundle. Install @sluice/runtime where the bundle is, or run the source instead.",
      { cause },
    );
  }
}

async function initialize(source: HandlerSource): Promise<HandlerDefinition> {
  const given = definitionOf(source);
  if (given !== undefined) return given;
  if (typeof source === "function") {
    const made = definitionOf(await (source as () => Handler | Promise<Handler>)());
    if (made !== undefined) return made;
  }
  throw new InvalidHandlerError(
    "LambdaRuntime takes a handler made with streaming(), buffered(), background() or web(), or a function that returns one.",
  );
}

function maxConcurrency(environment: NodeJS.ProcessEnv): number {
  const text = environment["AWS_LAMBDA_MAX_CONCURRENCY"];
  if (text === undefined) return 1;
  if (!/^[1-9]\d{0,3}$/.test(text)) {
    throw new RangeError(`AWS_LAMBDA_MAX_CONCURRENCY is "${text}", not a whole number from 1 to 9999.`);
  }
  return Number(text);
}
