/** The origin behind the two-hop proxy: the streaming function itself, writing into an HTTP answer. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Handler = (event: unknown, response: ServerResponse) => Promise<void>;

Object.assign(globalThis, { awslambda: { streamifyResponse: (handler: Handler) => handler } });
const { default: module } = (await import(new URL("../project/stream.js", import.meta.url).href)) as {
  readonly default: { readonly handler: Handler };
};

const server = createServer((message, response) => {
  const { searchParams } = new URL(message.url ?? "/", "http://localhost");
  response.writeHead(200, { "Content-Type": "application/octet-stream" });
  // A client that leaves lets it wait for `drain` forever, which is no harm here.
  void module.handler({ queryStringParameters: Object.fromEntries(searchParams) }, response);
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
