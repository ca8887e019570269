import { connect, type Socket } from "node:net";
import { Agent, request } from "../../../http-of-node.ts";
import type { TelemetryDestination } from "./subscription.ts";

/** Brings batches to a subscriber. */
export interface TelemetrySender {
  /**
   * Sends events, each of them JSON.
   * @returns when the subscriber has them: with HTTP when it answers, with TCP when the connection has taken them.
   * @throws {Error} if it can't be reached, or answers with an error.
   */
  send(events: readonly string[]): Promise<void>;
  close(): void;
}

export function telemetrySender(destination: TelemetryDestination): TelemetrySender {
  return destination.protocol === "HTTP"
    ? new HttpSender(destination.port, destination.path)
    : new TcpSender(destination.port);
}

const host = "127.0.0.1";

class HttpSender implements TelemetrySender {
  readonly #port: number;
  readonly #path: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(port: number, path: string) {
    this.#port = port;
    this.#path = path;
  }

  send(events: readonly string[]): Promise<void> {
    const body = Buffer.from(`[${events.join(",")}]`);
    return new Promise((resolve, reject) => {
      const headers = {
        Host: `sandbox.localdomain:${this.#port}`,
        "Content-Type": "application/json",
        "Content-Length": body.length,
      };
      const options = {
        host,
        port: this.#port,
        path: this.#path,
        method: "POST",
        headers,
        agent: this.#agent,
      };
      request(options, (response) => {
        const { statusCode = 0 } = response;
        response.on("error", reject).resume();
        response.on("end", () => {
          if (statusCode < 400) resolve();
          else reject(new Error(`The subscriber answered ${statusCode}`));
        });
      })
        .on("error", reject)
        .end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

class TcpSender implements TelemetrySender {
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  send(events: readonly string[]): Promise<void> {
    const socket = this.#connect();
    return new Promise((resolve, reject) => {
      const broken = () => reject(new Error("The subscriber's connection broke"));
      socket.once("close", broken);
      socket.write(`${events.join("\n")}\n`, (error) => {
        socket.off("close", broken);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    if (this.#socket !== undefined && !this.#socket.destroyed) return this.#socket;
    const socket = connect({ host, port: this.#port });
    // "close" follows.
    socket.on("error", () => {});
    socket.resume();
    this.#socket = socket;
    return socket;
  }
}
