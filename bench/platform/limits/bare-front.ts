/**
 * The limit for requests: a front on plain sockets that gives each to a child which waits at its Runtime API, one child for
 * each request at once. No routing, no event, no checks, no log, no freezing: the child answers with the event it is given.
 *
 * `node bare-front.ts <port> <child's environment as JSON> <child's arguments ...>`
 */
import { spawn } from "node:child_process";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { nextAnswer, requestIdOf } from "../../runtime/next-answer.ts";

const [port = "", environment = "{}", ...child] = process.argv.slice(2);
const event = JSON.stringify({ statusCode: 200, body: "ok" });
const accepted =
  'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n';
const headEnd = "\r\n\r\n";

/** Children that wait for an event, clients that wait for a child of their own to start, and for its answer. */
const idle: Socket[] = [];
const waiting: Socket[] = [];
const running = new Map<string, Socket>();
let sequence = 0;

const runtimeApi = createServer({ noDelay: true }, (socket) => {
  let isNew = true;
  readRequests(socket, (head, body) => {
    if (head.startsWith("GET ")) {
      // As on Lambda: whoever had a child started waits for that one, though another becomes free earlier.
      const client = isNew ? waiting.shift() : undefined;
      isNew = false;
      if (client === undefined) idle.push(socket);
      else deliver(client, socket);
    } else {
      socket.write(accepted, "latin1");
      answer(head.slice(head.indexOf("invocation/") + 11, head.indexOf("/response")), JSON.parse(body));
    }
  });
});
runtimeApi.listen(0, "127.0.0.1", () => {
  createServer({ noDelay: true }, (client) => {
    readRequests(client, () => {
      const runtime = idle.pop();
      if (runtime !== undefined) deliver(client, runtime);
      else {
        waiting.push(client);
        start();
      }
    });
  }).listen(Number(port), "127.0.0.1");
});

function deliver(client: Socket, runtime: Socket): void {
  const id = requestIdOf(sequence++);
  running.set(id, client);
  runtime.write(nextAnswer(id, event), "latin1");
}

function answer(
  id: string,
  { statusCode, body }: { readonly statusCode: number; readonly body: string },
): void {
  const head = `HTTP/1.1 ${statusCode} OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}`;
  running.get(id)?.write(`${head}${headEnd}${body}`, "latin1");
  running.delete(id);
}

function start(): void {
  const address = `127.0.0.1:${(runtimeApi.address() as AddressInfo).port}`;
  spawn(process.execPath, child, {
    stdio: "inherit",
    env: { ...JSON.parse(environment), AWS_LAMBDA_RUNTIME_API: address },
  });
}

function readRequests(socket: Socket, take: (head: string, body: string) => void): void {
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
    for (;;) {
      const end = text.indexOf(headEnd);
      if (end < 0) return;
      const head = text.slice(0, end);
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      const next = end + headEnd.length + length;
      if (text.length < next) return;
      const body = text.slice(end + headEnd.length, next);
      text = text.slice(next);
      take(head, body);
    }
  });
  socket.on("error", () => socket.destroy());
}
