import { median, type Order, type Timing } from "./messages.ts";

/** The order in progress: which invocation is out, and when its milestones were seen. */
export class Invocations {
  readonly order: Order;
  #delivered = 0;
  #startedAt = 0;
  #deliveredAt = 0;
  #firstByte: Float64Array;
  #response: Float64Array;

  constructor(order: Order) {
    this.order = order;
    this.#firstByte = new Float64Array(order.invocations);
    this.#response = new Float64Array(order.invocations);
  }

  get exhausted(): boolean {
    return this.#delivered === this.order.invocations;
  }

  delivering(): void {
    this.#deliveredAt = performance.now();
    if (this.#delivered++ === 0) this.#startedAt = this.#deliveredAt;
  }

  firstByteSeen(): void {
    this.#firstByte[this.#delivered - 1] = performance.now() - this.#deliveredAt;
  }

  responseSeen(): void {
    this.#response[this.#delivered - 1] = performance.now() - this.#deliveredAt;
  }

  timing(): Timing {
    return {
      totalMs: performance.now() - this.#startedAt,
      firstByteMs: median(this.#firstByte),
      responseMs: median(this.#response),
    };
  }
}
