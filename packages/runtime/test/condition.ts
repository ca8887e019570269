interface Waiter {
  /** Settles the waiter if its condition now holds, or failed; answers whether it did. */
  check(): boolean;
  reject(error: Error): void;
}

/**
 * Lets a test wait for a state to be reached, so that no test has to sleep.
 *
 * Whoever owns the state calls {@link Condition.notify} after each change of it.
 */
export class Condition {
  readonly #waiters = new Set<Waiter>();
  #closed: Error | undefined;

  /**
   * Waits until `read` answers something other than `undefined` or `false`, and resolves to it.
   *
   * A rejection that nobody looks at is not reported as unhandled: a test may well end without having looked.
   *
   * @param read - Called at once, then after each change. What it throws rejects the promise.
   * @throws The reason given to {@link Condition.close}, if that comes first.
   */
  until<T>(read: () => T | undefined | false): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    promise.catch(() => {});
    const check = (): boolean => {
      try {
        const value = read();
        if (value === undefined || value === false) return false;
        resolve(value);
      } catch (error) {
        reject(error);
      }
      return true;
    };
    if (check()) return promise;
    if (this.#closed) reject(this.#closed);
    else this.#waiters.add({ check, reject });
    return promise;
  }

  /** Looks at every waiter again. */
  notify(): void {
    for (const waiter of this.#waiters) {
      if (waiter.check()) this.#waiters.delete(waiter);
    }
  }

  /** Rejects whoever still waits, and whoever comes later for something that does not hold by then. */
  close(reason: Error): void {
    this.notify();
    this.#closed = reason;
    for (const waiter of this.#waiters) waiter.reject(reason);
    this.#waiters.clear();
  }
}
