import { randomUUID } from "node:crypto";
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from "node:net";

/** Where the connections of a Runtime API come from. Sockets are half-open. */
export interface ConnectionSource {
  /** The value of `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** A Unix socket besides, for a runtime that is told of it: its name in Linux's abstract namespace. */
  readonly unixName?: string | undefined;
  /**
   * Takes every connection from now on, one user at a time.
   * @returns what ends that.
   */
  accept(take: (socket: Socket) => void): () => void;
}

/**
 * Listens on a free port of 127.0.0.1, for one user alone: the port is closed when that takes no more.
 * @param maxConnections - further ones are refused.
 * @param hasUnix - whether to listen on a Unix socket as well, where there are some that need no file: what goes through
 * one takes the kernel half of the time.
 */
export async function openPort(maxConnections: number, hasUnix: boolean): Promise<ConnectionSource> {
  const port = await listen(maxConnections, { port: 0, host: "127.0.0.1" });
  const servers = [port];
  const unixName = hasUnix && process.platform === "linux" ? `sluice-${randomUUID()}` : undefined;
  try {
    if (unixName !== undefined) servers.push(await listen(maxConnections, { path: `\0${unixName}` }));
  } catch (error) {
    port.close();
    throw error;
  }
  return {
    address: `127.0.0.1:${(port.address() as AddressInfo).port}`,
    unixName,
    accept: (take) => {
      for (const server of servers) server.on("connection", take);
      return () => {
        for (const server of servers) server.close();
      };
    },
  };
}

async function listen(maxConnections: number, options: ListenOptions): Promise<Server> {
  const server = createServer({ allowHalfOpen: true });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options, resolve);
  });
  return server;
}
