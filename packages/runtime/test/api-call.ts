import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";

/** A call to the Runtime API as a test makes it, without a runtime. */
export interface Call {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Sends a chunked body, each entry as a chunk. */
  readonly chunks?: readonly string[];
  /** Sent after the chunks; announced only if `headers` do so. */
  readonly trailers?: Readonly<Record<string, string>>;
}

export interface CallAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Opens a request on a connection of its own; the caller sends the body, ends it, and waits for `answer`. */
export function open(
  address: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): { readonly request: ClientRequest; readonly answer: Promise<CallAnswer> } {
  const [hostname, port] = address.split(":");
  const outgoing = request({ hostname, port, method, path, headers, agent: false });
  const answer = new Promise<CallAnswer>((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      text(incoming).then(
        (body) => resolve({ status: incoming.statusCode, headers: incoming.headers, body }),
        reject,
      );
    });
  });
  answer.catch(() => {}); // for tests that break the connection, and look at the double only
  return { request: outgoing, answer };
}

/** Makes a whole call. */
export function call(address: string, method: string, path: string, options: Call = {}): Promise<CallAnswer> {
  const framing = options.chunks
    ? { "Transfer-Encoding": "chunked" }
    : { "Content-Length": String(Buffer.byteLength(options.body ?? "")) };
  const { request, answer } = open(address, method, path, { ...framing, ...options.headers });
  for (const chunk of options.chunks ?? []) request.write(chunk);
  if (options.trailers) request.addTrailers(Object.entries(options.trailers));
  request.end(options.body);
  return answer;
}

/** Writes bytes to a new connection, and collects what comes back until it closes. */
export function exchange(
  address: string,
  bytes: string,
  options: { readonly end?: boolean } = {},
): { readonly socket: Socket; readonly received: Promise<string> } {
  const [host, port] = address.split(":");
  const socket = connect({ host: host ?? "", port: Number(port) });
  socket.write(bytes);
  if (options.end) socket.end();
  const received = text(socket);
  received.catch(() => {});
  return { socket, received };
}
