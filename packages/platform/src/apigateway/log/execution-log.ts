import { createHash } from "node:crypto";
import type { LoggingLevel } from "../method-settings.ts";

/** Longest event, in bytes. */
const eventBytes = 1_024;
const cutOff = "[TRUNCATED]";

/** How much of a stage's way through is logged. */
export interface ExecutionLogging {
  readonly level: Exclude<LoggingLevel, "OFF">;
  /** Whole requests and responses as well. */
  readonly tracesData: boolean;
}

/**
 * The lines of one request in the execution log of a stage.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
export class ExecutionLog {
  readonly #requestId: string;
  readonly #logging: ExecutionLogging;
  readonly #put: (message: string) => void;

  /** @param put - takes each line when it is written. */
  constructor(requestId: string, logging: ExecutionLogging, put: (message: string) => void) {
    this.#requestId = requestId;
    this.#logging = logging;
    this.#put = put;
  }

  info(line: string): void {
    if (this.#logging.level === "INFO") this.#write(line);
  }

  error(line: string): void {
    this.#write(line);
  }

  /** What has the client's or the function's own data in it. */
  data(line: () => string): void {
    if (this.#logging.tracesData) this.#write(line());
  }

  #write(line: string): void {
    this.#put(cut(`(${this.#requestId}) ${line}`));
  }
}

/** Name of the log group of a stage. */
export function executionLogGroup(apiId: string, stage: string): string {
  return `API-Gateway-Execution-Logs_${apiId}/${stage}`;
}

/** Name of a log stream, of the form that AWS gives. */
export function logStreamOf(name: string): string {
  return createHash("md5").update(name).digest("hex");
}

/** Headers as the log shows them: signatures and tokens only by their beginning. */
export function shownHeaders(headers: Iterable<readonly [name: string, value: string]>): string {
  const shown = [...headers].map(([name, value]) => `${name}=${isSecret(name) ? redacted(value) : value}`);
  return `{${shown.join(", ")}}`;
}

function isSecret(name: string): boolean {
  return /^(?:authorization|x-api-key|x-amz-security-token)$/i.test(name);
}

function redacted(value: string): string {
  return `${"*".repeat(Math.max(0, Math.min(value.length, 40) - 6))}${value.slice(-6)}`;
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= eventBytes) return text;
  // A character that was cut in two would become a longer one.
  const kept = new TextDecoder().decode(bytes.subarray(0, eventBytes - cutOff.length), { stream: true });
  return kept + cutOff;
}
