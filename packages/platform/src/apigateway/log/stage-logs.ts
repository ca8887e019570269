import { type AccessLogFormat, parseAccessLogFormat } from "../../access-log/format.ts";
import type { EffectiveSettings } from "../method-settings.ts";
import type { StageRequest } from "../passage.ts";
import { type ContextOrigin, contextVariables } from "./context-variables.ts";
import { ExecutionLog, executionLogGroup, logStreamOf } from "./execution-log.ts";

/** Takes an event of the log. */
export type PutLogEvent = (group: string, stream: string, message: string, timeMs: number) => void;

/**
 * Writes the access and execution logs of stages, each stage to its groups.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
export class StageLogs {
  readonly #put: PutLogEvent;
  readonly #now: () => number;
  readonly #formats = new Map<string, AccessLogFormat>();

  constructor(put: PutLogEvent, now: () => number) {
    this.#put = put;
    this.#now = now;
  }

  /** The execution log of a request; nothing if the stage has none for the method. */
  execution(arrival: StageRequest, settings: EffectiveSettings): ExecutionLog | undefined {
    const { stage, requestId } = arrival;
    const level = settings.loggingLevel ?? "OFF";
    if (level === "OFF") return undefined;
    const group = executionLogGroup(stage.apiId, stage.name);
    const stream = logStreamOf(stage.deploymentId);
    return new ExecutionLog(
      requestId,
      { level, tracesData: settings.dataTraceEnabled === true },
      (message) => {
        this.#put(group, stream, message, this.#now());
      },
    );
  }

  /** Writes the line of a request that is over. */
  access(arrival: StageRequest, origin: ContextOrigin): void {
    const { accessLog, apiId, name } = arrival.stage;
    if (accessLog === undefined) return;
    const line = this.#format(accessLog.format).render(contextVariables(arrival, origin));
    this.#put(accessLog.group, logStreamOf(`${apiId}/${name}`), line, this.#now());
  }

  #format(text: string): AccessLogFormat {
    let format = this.#formats.get(text);
    if (format === undefined) {
      // Stages come and go while a template is worked on; there are never many at once.
      if (this.#formats.size >= 100) this.#formats.clear();
      format = parseAccessLogFormat(text);
      this.#formats.set(text, format);
    }
    return format;
  }
}
