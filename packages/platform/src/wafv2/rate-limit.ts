/** AWS follows this many values of a rule's keys at a time. */
const mostInstances = 10_000;

/** The resolution of a window. */
const slotMs = 1000;

interface Slot {
  readonly number: number;
  count: number;
}

/**
 * Counts requests by key, over a window that slides.
 *
 * AWS looks at its counts every few seconds, so that some requests beyond a limit come through and some within it don't;
 * here the first one beyond the limit is the first to be limited.
 */
export class RateCounter {
  readonly #windowMs: number;
  readonly #limit: number;
  /** The one that was least recently counted comes first. */
  readonly #instances = new Map<string, Slot[]>();

  constructor(limit: number, windowSeconds: number) {
    this.#limit = limit;
    this.#windowMs = windowSeconds * 1000;
  }

  /** Counts one request. @returns whether there are more than the limit in the window that ends now. */
  count(key: string, nowMs: number): boolean {
    const now = Math.floor(nowMs / slotMs);
    const oldest = now - this.#windowMs / slotMs;
    const slots = (this.#instances.get(key) ?? []).filter(({ number }) => number > oldest);
    const last = slots.at(-1);
    if (last?.number === now) last.count += 1;
    else slots.push({ number: now, count: 1 });
    this.#instances.delete(key);
    this.#instances.set(key, slots);
    if (this.#instances.size > mostInstances) {
      const [forgotten = ""] = this.#instances.keys();
      this.#instances.delete(forgotten);
    }
    return slots.reduce((sum, { count }) => sum + count, 0) > this.#limit;
  }
}
