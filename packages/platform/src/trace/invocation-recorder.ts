import {
  type HttpPrelude,
  HttpPreludeDecoder,
  httpIntegrationContentType,
  type TimedChunk,
  timedChunk,
} from "@sluice/protocol";
import type { InvocationReport } from "../lambda/environment/index.ts";
import type { InvocationEnd, InvocationReceiver, ResponseStart } from "../lambda/environment/invocation.ts";
import type { InvocationCall } from "../lambda/invocation-call.ts";
import type { InvocationError, InvocationRecord } from "./invocation-record.ts";
import type { RecordingLimits } from "./recording-limits.ts";

/** Writes down what happens in an invocation, on the way of its response to its receiver. */
export class InvocationRecorder implements InvocationReceiver {
  readonly record: Recording;
  #receiver: InvocationReceiver | undefined;
  readonly #limits: RecordingLimits;
  readonly #expectsPrelude: boolean | undefined;
  readonly #startedMs = performance.now();
  readonly #over = Promise.withResolvers<InvocationRecord>();
  #decoder: HttpPreludeDecoder | undefined;
  #eventBytes = 0;
  /** Of the body, as far as it is kept. */
  #bodyBytes = 0;
  #logBytes = 0;

  constructor(
    functionName: string,
    call: InvocationCall,
    receiver: InvocationReceiver,
    limits: RecordingLimits,
  ) {
    this.#receiver = receiver;
    this.#limits = limits;
    this.#expectsPrelude = call.expectsPrelude;
    const keepsEvent = call.event.length <= limits.bytesOfEach;
    this.record = new Recording(functionName, call, keepsEvent ? call.event : undefined);
    if (keepsEvent) this.#eventBytes = call.event.length;
    else this.record.isCut = true;
  }

  /** Resolves when the invocation is over. */
  get over(): Promise<InvocationRecord> {
    return this.#over.promise;
  }

  /** Memory that the record takes, nearly. */
  get keptBytes(): number {
    return this.#eventBytes + this.#bodyBytes + this.#logBytes;
  }

  start(start: ResponseStart): void {
    this.record.contentType = start.contentType;
    this.record.kind = start.isStreaming ? "stream" : "buffered";
    const announces = start.contentType === httpIntegrationContentType;
    if (this.#expectsPrelude ?? announces) this.#decoder = new HttpPreludeDecoder();
    this.#receiver?.start(start);
  }

  chunk(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#decoder === undefined) this.#keep(bytes);
    else this.#decode(this.#decoder, bytes);
    return this.#receiver?.chunk(bytes);
  }

  end(end: InvocationEnd): void {
    this.record.endedAtMs = this.#nowMs();
    if (end.kind !== "complete") {
      if (end.kind !== "streamError") this.record.kind = "error";
      this.record.error = errorOf(end);
    }
    this.#receiver?.end(end);
  }

  /** The receiver is told nothing any more; what the function still writes is written down. */
  leave(): void {
    this.#receiver = undefined;
    this.record.leftAtMs ??= this.#nowMs();
  }

  /** Takes a line of the log. */
  log(line: string): void {
    const { logs } = this.record;
    const bytes = Buffer.byteLength(line);
    const { bytesOfEach, piecesOfEach } = this.#limits;
    if (logs.length >= piecesOfEach || this.#logBytes + bytes > bytesOfEach) {
      this.record.isCut = true;
      return;
    }
    this.#logBytes += bytes;
    // The newline belongs to the line on its way, not to what it says.
    logs.push(line.replace(/[\r\n]+$/, ""));
  }

  /** The invocation is over and its log is complete. */
  finish(report: InvocationReport, status: number | undefined): void {
    this.record.report = report;
    this.record.status = status;
    this.#over.resolve(this.record);
  }

  #decode(decoder: HttpPreludeDecoder, bytes: Uint8Array): void {
    const decoded = decoder.push(bytes);
    if (decoded.kind === "incomplete") return;
    this.#decoder = undefined;
    // What the function wrote in its place is said by the front door; here it is body.
    if (decoded.kind === "invalid") this.#keep(bytes);
    else {
      this.record.prelude = decoded.prelude;
      this.record.preludeAtMs = this.#nowMs();
      if (decoded.rest.length > 0) this.#keep(decoded.rest);
    }
  }

  #keep(bytes: Uint8Array): void {
    const { record } = this;
    const { bytesOfEach, piecesOfEach } = this.#limits;
    record.bodyBytes += bytes.length;
    if (record.chunks.length >= piecesOfEach) {
      record.isCut = true;
      return;
    }
    const room = Math.max(0, bytesOfEach - this.#bodyBytes);
    if (bytes.length > room) record.isCut = true;
    const kept = bytes.subarray(0, room);
    this.#bodyBytes += kept.length;
    record.chunks.push(timedChunk(kept, this.#nowMs(), bytes.length));
  }

  #nowMs(): number {
    return performance.now() - this.#startedMs;
  }
}

/** A record that is being written. */
class Recording implements InvocationRecord {
  readonly requestId: string;
  readonly functionName: string;
  readonly traceRoot: string | undefined;
  readonly apiRequestId: string | undefined;
  readonly mode: InvocationRecord["mode"];
  kind: InvocationRecord["kind"];
  contentType: string | undefined;
  prelude: Partial<HttpPrelude> | undefined;
  preludeAtMs: number | undefined;
  readonly chunks: TimedChunk[] = [];
  bodyBytes = 0;
  error: InvocationError | undefined;
  readonly logs: string[] = [];
  endedAtMs: number | undefined;
  leftAtMs: number | undefined;
  status: number | undefined;
  report: InvocationReport | undefined;
  isCut = false;
  readonly #event: Uint8Array | undefined;

  constructor(functionName: string, call: InvocationCall, event: Uint8Array | undefined) {
    this.requestId = call.requestId;
    this.functionName = functionName;
    this.traceRoot = traceRootOf(call.traceId);
    this.apiRequestId = call.apiRequestId;
    this.mode = call.mode;
    this.#event = event;
  }

  get event(): unknown {
    return this.#event === undefined ? undefined : JSON.parse(Buffer.from(this.#event).toString());
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

/** What became known of an invocation's error. */
export function errorOf(end: Exclude<InvocationEnd, { kind: "complete" }>): InvocationError {
  switch (end.kind) {
    case "functionError":
      return { ...documentOf(Buffer.from(end.payload).toString(), end.errorType), reported: "response" };
    case "streamError":
      return {
        ...documentOf(end.errorBody, end.errorType),
        // A failure that the platform found brings no document.
        reported: end.errorBody === "" ? "platform" : "trailers",
      };
    case "platformError":
      return { errorType: end.errorType, errorMessage: end.errorMessage, trace: [], reported: "platform" };
  }
}

/** What an error document says, which may be anything that a runtime sent. */
function documentOf(text: string, errorType: string): Omit<InvocationError, "reported"> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { errorType, errorMessage: text, trace: [] };
  }
  const document = (typeof parsed === "object" && parsed !== null ? parsed : {}) as Record<string, unknown>;
  const textOf = (value: unknown) => (typeof value === "string" ? value : undefined);
  const trace = document["trace"] ?? document["stackTrace"];
  return {
    errorType: textOf(document["errorType"]) ?? errorType,
    errorMessage: textOf(document["errorMessage"]) ?? "",
    trace: Array.isArray(trace) ? trace.map(String) : [],
  };
}

/** The root in an X-Ray header, whoever wrote it. */
export function traceRootOf(header: string): string | undefined {
  return /\broot=([^;]+)/i.exec(header)?.[1];
}
