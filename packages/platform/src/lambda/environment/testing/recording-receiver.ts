import type { InvocationEnd, InvocationReceiver, ResponseStart } from "../invocation.ts";
import { Condition } from "./condition.ts";

/** Keeps what an invocation's caller is told. */
export class RecordingReceiver implements InvocationReceiver {
  started: ResponseStart | undefined;
  readonly chunks: string[] = [];
  bytes = 0;
  ended: InvocationEnd | undefined;
  /** What `chunk` answers. */
  wait: Promise<void> | undefined;
  readonly #condition = new Condition();

  get text(): string {
    return this.chunks.join("");
  }

  start(start: ResponseStart): void {
    if (this.started !== undefined || this.ended !== undefined) throw new Error("started out of turn");
    this.started = start;
    this.#condition.notify();
  }

  chunk(bytes: Uint8Array): Promise<void> | undefined {
    if (this.started === undefined || this.ended !== undefined) throw new Error("a chunk out of turn");
    this.bytes += bytes.length;
    if (this.chunks.length < 10_000) this.chunks.push(Buffer.from(bytes).toString());
    this.#condition.notify();
    return this.wait;
  }

  end(end: InvocationEnd): void {
    if (this.ended !== undefined) throw new Error("ended twice");
    this.ended = end;
    this.#condition.notify();
  }

  until<T>(read: () => T | undefined | false): Promise<T> {
    return this.#condition.until(read);
  }

  /** The end in a form that tests compare: payloads as text. */
  get outcome(): unknown {
    const end = this.ended;
    if (end === undefined || !("payload" in end)) return end;
    return { ...end, payload: Buffer.from(end.payload).toString() };
  }
}
