import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Order, Reply, Results } from "./orders.ts";

/** An order takes a few seconds; a server that keeps its client waiting for this long hangs. */
const patienceMs = 60_000;

/** The load generator's process. One serves the whole run, so that every server meets the same client. */
export class LoadClient implements Disposable {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = spawn(process.execPath, [fileURLToPath(new URL("./load-generator.ts", import.meta.url))], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      env: { PATH: process.env["PATH"] },
    });
  }

  /** @throws {Error} if the server answers anything but what is expected, or not at all. */
  async order<K extends Order["kind"]>(order: Extract<Order, { kind: K }>): Promise<Results[K]> {
    const { promise, resolve, reject } = Promise.withResolvers<Results[K]>();
    const timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs / 1_000} s`)), patienceMs);
    const take = (reply: Reply) => {
      if (reply.kind === "done") resolve(reply.result as Results[K]);
      else reject(new Error(reply.reason));
    };
    this.#child.once("message", take);
    this.#child.send(order);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#child.off("message", take);
    }
  }

  [Symbol.dispose](): void {
    this.#child.disconnect();
  }
}
