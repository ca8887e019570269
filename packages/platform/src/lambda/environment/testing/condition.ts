/** Lets a test wait for a state, so that none has to sleep. Whoever owns the state calls `notify` after each change. */
export class Condition {
  readonly #checks = new Set<() => void>();

  /** Resolves once `read` answers something other than `undefined` or `false`. */
  until<T>(read: () => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const check = () => {
        const value = read();
        if (value === undefined || value === false) return;
        this.#checks.delete(check);
        resolve(value);
      };
      this.#checks.add(check);
      check();
    });
  }

  notify(): void {
    for (const check of this.#checks) check();
  }
}
