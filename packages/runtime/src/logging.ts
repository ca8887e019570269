/**
 * Lambda's advanced logging controls, for a runtime that has to honour them itself.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html
 */

const levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const;

/** Severity of a log line, from the most talkative. */
export type LogLevel = (typeof levels)[number];

/** Writes log lines with `util.format`'s placeholders. */
export interface Logger {
  trace(message: unknown, ...parameters: unknown[]): void;
  debug(message: unknown, ...parameters: unknown[]): void;
  info(message: unknown, ...parameters: unknown[]): void;
  warn(message: unknown, ...parameters: unknown[]): void;
  error(message: unknown, ...parameters: unknown[]): void;
  fatal(message: unknown, ...parameters: unknown[]): void;
}

/** What a log line is about. */
export interface LogSubject {
  readonly requestId: string;
  readonly tenantId: string | undefined;
}

/** Where and how log lines are written. */
export class Log {
  readonly #isJson: boolean;
  readonly #lowest: number;
  readonly #write: (line: string) => void;

  /**
   * @param environment - `AWS_LAMBDA_LOG_FORMAT` (`Text`, the default, or `JSON`) and `AWS_LAMBDA_LOG_LEVEL` (`INFO`
   * unless set; as on Lambda it filters JSON only).
   * @param write - takes whole lines.
   */
  constructor(environment: NodeJS.ProcessEnv, write: (line: string) => void) {
    this.#isJson = environment["AWS_LAMBDA_LOG_FORMAT"]?.toUpperCase() === "JSON";
    const level = environment["AWS_LAMBDA_LOG_LEVEL"]?.toUpperCase() ?? "INFO";
    const lowest = levels.indexOf(level as LogLevel);
    this.#lowest = this.#isJson ? Math.max(0, lowest === -1 ? levels.indexOf("INFO") : lowest) : 0;
    this.#write = write;
  }

  /** Writes one line, unless its level is filtered out. */
  line(level: LogLevel, subject: LogSubject | undefined, parameters: readonly unknown[]): void {
    if (levels.indexOf(level) < this.#lowest) return;
    const format = this.#isJson ? jsonLine : textLine;
    const timestamp = new Date().toISOString();
    let line: string;
    try {
      line = format(timestamp, level, subject, parameters);
    } catch {
      // A getter, a proxy or an inspection that throws. Whoever logs may be about to report an error.
      const shown = parameters.map((value) => (Object(value) === value ? "(can't be shown)" : value));
      line = format(timestamp, level, subject, shown);
    }
    this.#write(`${line}\n`);
  }

  /**
   * A logger whose lines carry the request ID (and, in JSON, the tenant ID) of the subject.
   * @param subject - asked for each line.
   */
  logger(subject: () => LogSubject | undefined): Logger {
    const at = (level: LogLevel) => {
      return (...parameters: unknown[]) => this.line(level, subject(), parameters);
    };
    return {
      trace: at("TRACE"),
      debug: at("DEBUG"),
      info: at("INFO"),
      warn: at("WARN"),
      error: at("ERROR"),
      fatal: at("FATAL"),
    };
  }

  /**
   * Makes the global `console` write here, with the request ID of the invocation that calls it.
   * @param subject - tells which invocation that is.
   */
  adoptConsole(subject: () => LogSubject | undefined): void {
    const logger = this.logger(subject);
    // Node.js has no console.fatal; the managed runtimes add it.
    Object.assign(console, logger, { log: logger.info });
    // It does not go through log(), as table() or count() do.
    console.dir = (value, options) =>
      logger.info(process.getBuiltinModule("node:util").inspect(value, options));
  }
}

type FormatLine = (
  timestamp: string,
  level: LogLevel,
  subject: LogSubject | undefined,
  parameters: readonly unknown[],
) => string;

/** Tab-separated, as the managed Node.js runtimes write it; line breaks become `\r`, so that one entry stays one event. */
const textLine: FormatLine = (timestamp, level, subject, parameters) => {
  const message = formatMessage(parameters).replace(/\r?\n/g, "\r");
  return `${timestamp}\t${subject?.requestId ?? "-"}\t${level}\t${message}`;
};

const jsonLine: FormatLine = (timestamp, level, subject, parameters) => {
  const record: Record<string, unknown> = {
    timestamp,
    level,
    requestId: subject?.requestId,
    tenantId: subject?.tenantId,
    message: parameters.length === 1 && hasJson(parameters[0]) ? parameters[0] : formatMessage(parameters),
  };
  const error =
    parameters.length > 1 ? parameters.find((parameter) => parameter instanceof Error) : undefined;
  if (error !== undefined) Object.assign(record, errorFields(error));
  try {
    return JSON.stringify(record, (_, value) =>
      value instanceof Error ? { ...errorFields(value), ...value } : value,
    );
  } catch {
    // Circular, a BigInt, or a toJSON that throws: the text says what it can.
    return JSON.stringify({ ...record, message: formatMessage(parameters) });
  }
};

/** JSON leaves out members with these values, and the message would be lost. */
function hasJson(value: unknown): boolean {
  return value !== undefined && typeof value !== "function" && typeof value !== "symbol";
}

function errorFields(error: Error): Record<string, unknown> {
  return {
    // A name that was given is kept; what a class is called may be a minifier's choice.
    errorType: Object.hasOwn(error, "name") ? error.name : error.constructor.name || error.name,
    errorMessage: error.message,
    stackTrace: typeof error.stack === "string" ? error.stack.split("\n") : [],
  };
}

/** `node:util` is only loaded once something is logged: every cold start would pay for it otherwise. */
function formatMessage(parameters: readonly unknown[]): string {
  return process.getBuiltinModule("node:util").format(...parameters);
}
