import type { InvocationReceiver } from "../lambda/environment/invocation.ts";
import type { InvocationCall } from "../lambda/invocation-call.ts";
import type { InvocationRecord } from "./invocation-record.ts";
import { InvocationRecorder, traceRootOf } from "./invocation-recorder.ts";
import { type RecordingLimits, recordingLimits } from "./recording-limits.ts";

/** The invocations that a platform remembers, within limits. */
export class InvocationRecords {
  readonly #limits: RecordingLimits;
  /** In the order in which they began. */
  readonly #recorders = new Set<InvocationRecorder>();
  /** Those that nobody has asked for yet. */
  readonly #unclaimed = new Set<InvocationRecorder>();
  /** By function: who asked for an invocation before there was one. */
  readonly #waiting = new Map<string, PromiseWithResolvers<InvocationRecorder>[]>();
  /** That records of invocations that are over take. */
  #endedBytes = 0;
  #closed: Error | undefined;

  constructor(limits: Partial<RecordingLimits> = {}) {
    this.#limits = { ...recordingLimits, ...limits };
  }

  /** @returns what is to stand in the receiver's place; `begin` is to be told if the invocation begins. */
  recorder(functionName: string, call: InvocationCall, receiver: InvocationReceiver): InvocationRecorder {
    return new InvocationRecorder(functionName, call, receiver, this.#limits);
  }

  /** An invocation has begun. */
  begin(recorder: InvocationRecorder): void {
    this.#recorders.add(recorder);
    const claim = this.#waiting.get(recorder.record.functionName)?.shift();
    if (claim === undefined) this.#unclaimed.add(recorder);
    else claim.resolve(recorder);
    void recorder.over.then(() => {
      this.#endedBytes += recorder.keptBytes;
      this.#forget();
    });
  }

  /** Of one function, or all. */
  list(functionName?: string): InvocationRecord[] {
    return [...this.#recorders]
      .map(({ record }) => record)
      .filter((record) => functionName === undefined || record.functionName === functionName);
  }

  /** Resolves when the invocation is over that was the first to begin of those that nobody has been given yet. */
  async next(functionName: string): Promise<InvocationRecord> {
    for (const recorder of this.#unclaimed) {
      if (recorder.record.functionName !== functionName) continue;
      this.#unclaimed.delete(recorder);
      return recorder.over;
    }
    if (this.#closed !== undefined) throw this.#closed;
    const claim = Promise.withResolvers<InvocationRecorder>();
    const waiting = this.#waiting.get(functionName) ?? [];
    waiting.push(claim);
    this.#waiting.set(functionName, waiting);
    return (await claim.promise).over;
  }

  /**
   * Resolves when the invocation with that request id is over.
   * @returns nothing where it never began, or is forgotten already.
   */
  whenOver(requestId: string): Promise<InvocationRecord> | undefined {
    return this.#claim((record) => record.requestId === requestId);
  }

  /**
   * Resolves when the invocation is over that a front door answered for.
   * @returns nothing where there was none, or it is forgotten already.
   */
  whenAnsweredOver(headers: Headers): Promise<InvocationRecord> | undefined {
    const apiRequestId = headers.get("apigw-requestid");
    if (apiRequestId !== null) return this.#claim((record) => record.apiRequestId === apiRequestId);
    const root = traceRootOf(headers.get("x-amzn-trace-id") ?? "");
    return root === undefined ? undefined : this.#claim((record) => record.traceRoot === root);
  }

  /** Nothing will begin any more. */
  close(): void {
    const closed = new Error("The platform was closed before there was another invocation.");
    this.#closed = closed;
    for (const claims of this.#waiting.values()) for (const { reject } of claims) reject(closed);
    this.#waiting.clear();
  }

  /** The last to begin of those that fit. */
  #claim(fits: (record: InvocationRecord) => boolean): Promise<InvocationRecord> | undefined {
    const recorder = [...this.#recorders].findLast(({ record }) => fits(record));
    if (recorder === undefined) return undefined;
    this.#unclaimed.delete(recorder);
    return recorder.over;
  }

  /** Those that have ended make room for others. */
  #forget(): void {
    const { invocations, totalBytes } = this.#limits;
    for (const recorder of this.#recorders) {
      if (this.#recorders.size <= invocations && this.#endedBytes <= totalBytes) return;
      if (recorder.record.report === undefined) continue;
      this.#endedBytes -= recorder.keptBytes;
      this.#recorders.delete(recorder);
      this.#unclaimed.delete(recorder);
    }
  }
}
