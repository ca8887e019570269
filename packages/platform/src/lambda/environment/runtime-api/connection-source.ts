import { type AddressInfo, createServer, type Socket } from "node:net";

/** Where the connections of a Runtime API come from. Sockets are half-open. */
export interface ConnectionSource {
  /** The value of `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /**
   * Takes every connection from now on, one user at a time.
   * @returns what ends that.
   */
  accept(take: (socket: Socket) => void): () => void;
}

/**
 * Listens on a free port of 127.0.0.1, for one user alone: the port is closed when that takes no more.
 * @param maxConnections - further ones are refused.
 */
export async function openPort(maxConnections: number): Promise<ConnectionSource> {
  const server = createServer({ allowHalfOpen: true });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    accept: (take) => {
      server.on("connection", take);
      return () => server.close();
    },
  };
}
