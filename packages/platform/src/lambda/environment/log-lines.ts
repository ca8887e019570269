import type { TelemetryEvent } from "./telemetry/telemetry-hub.ts";

/** Whether the platform writes lines or JSON objects. */
type LogFormat = "Text" | "JSON";

/** From the most talkative. */
/** The least serious events of Lambda that a JSON log has. */
export type SystemLogLevel = "DEBUG" | "INFO" | "WARN";

/** Which phase an initialisation belongs to. */
export type InitPhase = "init" | "invoke";

/** How something of the platform ended. */
export type LogStatus = "success" | "error" | "timeout";

/** Something that the platform says in a function's log. */
export type PlatformEvent =
  | {
      readonly type: "initStart";
      readonly phase: InitPhase;
      readonly runtimeVersion: string;
      readonly runtimeVersionArn: string;
      readonly functionName: string;
      readonly functionVersion: string;
      readonly instanceId: string;
      readonly memorySizeMb: number;
    }
  | {
      readonly type: "initRuntimeDone";
      readonly phase: InitPhase;
      readonly status: LogStatus;
      readonly errorType: string | undefined;
    }
  | {
      readonly type: "initReport";
      readonly phase: InitPhase;
      readonly status: LogStatus;
      readonly errorType: string | undefined;
      readonly durationMs: number;
    }
  | {
      readonly type: "extension";
      readonly name: string;
      readonly state: string;
      /** What it registered for. */
      readonly events: readonly string[];
      readonly errorType: string | undefined;
    }
  | {
      readonly type: "telemetrySubscription";
      /** Of the extension. */
      readonly name: string;
      readonly types: readonly string[];
    }
  | {
      readonly type: "logsDropped";
      readonly reason: string;
      readonly droppedRecords: number;
      readonly droppedBytes: number;
    }
  | {
      readonly type: "start";
      readonly requestId: string;
      readonly version: string;
      readonly functionArn: string;
      readonly tracing: Tracing | undefined;
    }
  | {
      readonly type: "runtimeDone";
      readonly requestId: string;
      readonly status: LogStatus;
      readonly errorType: string | undefined;
      readonly durationMs: number;
      readonly producedBytes: number;
      readonly spans: readonly Span[];
      readonly tracing: Tracing | undefined;
    }
  | {
      readonly type: "report";
      readonly requestId: string;
      readonly status: LogStatus;
      readonly errorType: string | undefined;
      readonly durationMs: number;
      readonly billedDurationMs: number;
      readonly memorySizeMb: number;
      readonly maxMemoryUsedMb: number;
      readonly initDurationMs: number | undefined;
      readonly tracing: Tracing | undefined;
    };

/** A part of an invocation's time. */
export interface Span {
  readonly name: "responseLatency" | "responseDuration" | "runtimeOverhead";
  /** Unix time in milliseconds. */
  readonly startMs: number;
  readonly durationMs: number;
}

/** What an X-Ray header says. */
export interface Tracing {
  /** The header itself. */
  readonly value: string;
  /** Its `Root`. */
  readonly traceId: string;
  /** Its `Parent`: the segment of the function. */
  readonly segmentId: string;
}

/** How a function's log is written. */
export interface LogOptions {
  readonly format: LogFormat;
  /** Filters JSON only, as on AWS. */
  readonly systemLogLevel: SystemLogLevel;
  /** `on-demand` unless set. */
  readonly initializationType?: string;
}

/**
 * Writes an event of the platform as log lines, without line feeds at their ends.
 *
 * @param timeMs - Unix time in milliseconds.
 * @returns no line when the format has none for the event, or the level filters it out.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html
 */
export function platformLines(event: PlatformEvent, timeMs: number, options: LogOptions): readonly string[] {
  if (options.format === "Text") return textLines(event);
  if (levels.indexOf(levelOf(event)) < levels.indexOf(options.systemLogLevel)) return [];
  return [JSON.stringify(platformRecord(event, timeMs, options))];
}

/**
 * An event of the platform as the Telemetry API has it.
 * @param timeMs - Unix time in milliseconds.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 */
export function platformRecord(
  event: PlatformEvent,
  timeMs: number,
  { initializationType = "on-demand" }: LogOptions,
): TelemetryEvent {
  const record = recordOf(event, initializationType);
  return { time: isoTime(timeMs), type: `platform.${event.type}`, record };
}

/**
 * What a sampled X-Ray header says.
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export function parseTracing(traceHeader: string | undefined): Tracing | undefined {
  if (traceHeader?.includes("Sampled=1") !== true) return undefined;
  const fields = new Map(traceHeader.split(";").map((field) => splitOnce(field.trim())));
  const traceId = fields.get("Root");
  if (traceId === undefined || fields.get("Sampled") !== "1") return undefined;
  return { value: traceHeader, traceId, segmentId: fields.get("Parent") ?? "" };
}

const levels: readonly SystemLogLevel[] = ["DEBUG", "INFO", "WARN"];

/**
 * The level of each event. An initialisation on demand that went well is reported at DEBUG only.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 */
function levelOf(event: PlatformEvent): SystemLogLevel {
  switch (event.type) {
    case "initStart":
    case "start":
    case "extension":
    case "telemetrySubscription":
      return "INFO";
    case "logsDropped":
      return "WARN";
    case "report":
      return event.status === "success" ? "INFO" : "WARN";
    default:
      return event.status === "success" ? "DEBUG" : "WARN";
  }
}

function textLines(event: PlatformEvent): readonly string[] {
  switch (event.type) {
    case "initStart":
      if (event.phase !== "init") return [];
      return [
        `INIT_START Runtime Version: ${event.runtimeVersion}\tRuntime Version ARN: ${event.runtimeVersionArn}`,
      ];
    case "initReport":
      if (event.status === "success") return [];
      return [
        `INIT_REPORT Init Duration: ${event.durationMs.toFixed(2)} ms\tPhase: ${event.phase}\t${statusText(event)}`,
      ];
    case "extension":
      return [extensionLine(event)];
    case "telemetrySubscription":
      return [
        `TELEMETRY\tName: ${event.name}\tState: Subscribed\tTypes: [${event.types.map(capitalized).join(", ")}]`,
      ];
    case "start":
      return [`START RequestId: ${event.requestId} Version: ${event.version}`];
    case "report":
      return [`END RequestId: ${event.requestId}`, reportLine(event)];
    case "initRuntimeDone":
    case "runtimeDone":
    case "logsDropped":
      return [];
  }
}

function extensionLine(event: Extract<PlatformEvent, { type: "extension" }>): string {
  const line = `EXTENSION\tName: ${event.name}\tState: ${event.state}\tEvents: [${event.events.join(", ")}]`;
  return event.errorType === undefined ? line : `${line}\tError Type: ${event.errorType}`;
}

function reportLine(event: Extract<PlatformEvent, { type: "report" }>): string {
  const fields = [
    `REPORT RequestId: ${event.requestId}`,
    `Duration: ${event.durationMs.toFixed(2)} ms`,
    `Billed Duration: ${event.billedDurationMs} ms`,
    `Memory Size: ${event.memorySizeMb} MB`,
    `Max Memory Used: ${event.maxMemoryUsedMb} MB`,
  ];
  if (event.initDurationMs !== undefined) fields.push(`Init Duration: ${event.initDurationMs.toFixed(2)} ms`);
  // A tab ends the line, unless a status does.
  fields.push(event.status === "success" ? "" : statusText(event));
  const { tracing } = event;
  if (tracing === undefined) return fields.join("\t");
  const trace = `XRAY TraceId: ${tracing.traceId}\tSegmentId: ${tracing.segmentId}\tSampled: true\t`;
  return `${fields.join("\t")}\n${trace}`;
}

function statusText(event: { readonly status: LogStatus; readonly errorType: string | undefined }): string {
  return event.status === "error"
    ? `Status: error\tError Type: ${event.errorType}`
    : `Status: ${event.status}`;
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html */
function recordOf(event: PlatformEvent, initializationType: string): Record<string, unknown> {
  const errorType = "status" in event && event.status === "error" ? event.errorType : undefined;
  switch (event.type) {
    case "initStart":
      return {
        initializationType,
        phase: event.phase,
        runtimeVersion: event.runtimeVersion,
        runtimeVersionArn: event.runtimeVersionArn,
        functionName: event.functionName,
        functionVersion: event.functionVersion,
        instanceId: event.instanceId,
        instanceMaxMemory: event.memorySizeMb * 1024 * 1024,
      };
    case "initRuntimeDone":
      return { initializationType, phase: event.phase, status: event.status, errorType };
    case "initReport":
      return {
        initializationType,
        phase: event.phase,
        status: event.status,
        errorType,
        metrics: { durationMs: thousandths(event.durationMs) },
      };
    case "extension":
      return { name: event.name, state: event.state, events: event.events, errorType: event.errorType };
    case "telemetrySubscription":
      return { name: event.name, state: "Subscribed", types: event.types };
    case "logsDropped":
      return {
        reason: event.reason,
        droppedRecords: event.droppedRecords,
        droppedBytes: event.droppedBytes,
      };
    case "start":
      return {
        requestId: event.requestId,
        functionArn: event.functionArn,
        version: event.version,
        tracing: tracingRecord(event.tracing),
      };
    case "runtimeDone":
      return {
        requestId: event.requestId,
        status: event.status,
        errorType,
        metrics: { durationMs: thousandths(event.durationMs), producedBytes: event.producedBytes },
        spans: event.spans.map(({ name, startMs, durationMs }) => {
          return { name, start: isoTime(startMs), durationMs: thousandths(durationMs) };
        }),
        tracing: tracingRecord(event.tracing),
      };
    case "report":
      return {
        requestId: event.requestId,
        metrics: {
          durationMs: thousandths(event.durationMs),
          billedDurationMs: event.billedDurationMs,
          memorySizeMB: event.memorySizeMb,
          maxMemoryUsedMB: event.maxMemoryUsedMb,
          initDurationMs: event.initDurationMs === undefined ? undefined : thousandths(event.initDurationMs),
        },
        tracing: tracingRecord(event.tracing),
        status: event.status,
        errorType,
      };
  }
}

function tracingRecord(tracing: Tracing | undefined): Record<string, string> | undefined {
  if (tracing === undefined) return undefined;
  return { spanId: tracing.segmentId, type: "X-Amzn-Trace-Id", value: tracing.value };
}

function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

/** ISO 8601, with milliseconds. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function thousandths(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}

function splitOnce(field: string): [string, string] {
  const at = field.indexOf("=");
  return at === -1 ? [field, ""] : [field.slice(0, at), field.slice(at + 1)];
}
