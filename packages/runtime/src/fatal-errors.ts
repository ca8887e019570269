import { describeError } from "./errors.ts";
import type { Invocation, RuntimeApi } from "./invocation.ts";
import { currentContext } from "./invocation-scope.ts";
import type { Log } from "./logging.ts";

/** What the process exits with; the last two are the official Node.js client's. */
export const exitCodes = { failure: 1, unhandledRejection: 128, uncaughtException: 129 } as const;

/** How long the process waits for its last report to be taken. Ours: the environment is going down anyway. */
const reportTimeoutMs = 1_000;

/** Errors that nobody catches: they are reported for whatever is under way, and end the process. */
export class FatalErrors {
  readonly #log: Log;
  readonly #api: RuntimeApi;
  readonly #active: ReadonlySet<Invocation>;
  #isInit = true;
  #exiting: Promise<never> | undefined;
  readonly #onException = (error: unknown): void => {
    this.exit(error, exitCodes.uncaughtException, "Uncaught Exception");
  };
  readonly #onRejection = (error: unknown): void => {
    this.exit(error, exitCodes.unhandledRejection, "Unhandled Promise Rejection");
  };

  constructor(log: Log, api: RuntimeApi, active: ReadonlySet<Invocation>) {
    this.#log = log;
    this.#api = api;
    this.#active = active;
  }

  listen(): void {
    process.on("uncaughtException", this.#onException);
    process.on("unhandledRejection", this.#onRejection);
  }

  unlisten(): void {
    process.off("uncaughtException", this.#onException);
    process.off("unhandledRejection", this.#onRejection);
  }

  initIsOver(): void {
    this.#isInit = false;
  }

  /** Logs, reports and exits. The first error counts: what still runs meanwhile may well cause more. */
  exit(error: unknown, code: number, title = "Runtime Error"): Promise<never> {
    this.#exiting ??= this.#exit(error, code, title);
    return this.#exiting;
  }

  async #exit(error: unknown, code: number, title: string): Promise<never> {
    // Whether the report arrives or not, the process ends; Lambda reports the exit itself.
    setTimeout(() => process.exit(code), reportTimeoutMs);
    try {
      this.#log.line("FATAL", currentContext(), [title, error]);
      await this.#report(error);
    } finally {
      process.exit(code);
    }
  }

  async #report(error: unknown): Promise<void> {
    const document = describeError(error);
    // A Runtime API that can't recover takes no report, and asks for an exit at once.
    const reports =
      document.errorType === "Runtime.ApiUnrecoverable"
        ? []
        : this.#isInit
          ? [this.#api.reportInitError(document)]
          : [...this.#active].map((invocation) => invocation.abort(document));
    await Promise.allSettled(reports);
  }
}
