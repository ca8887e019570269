/**
 * The limit for streams: what any platform with functions in processes of their own must do at least. It pipes the answer
 * of an origin process to the client. `node two-hop-proxy.ts <port>`
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import { pipeline } from "node:stream";
import { fileURLToPath } from "node:url";

const origin = fork(fileURLToPath(new URL("./two-hop-origin.ts", import.meta.url)));
const [port]: number[] = await once(origin, "message");
const agent = new Agent({ keepAlive: true });

createServer((message, response) => {
  const { method, url: path, headers } = message;
  const forwarded = request({ host: "127.0.0.1", port, agent, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    // A client that leaves is no error of the proxy.
    pipeline(answer, response, () => {});
  });
  forwarded.on("error", () => response.destroy());
  message.pipe(forwarded);
}).listen(Number(process.argv[2]), "127.0.0.1");
