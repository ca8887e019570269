/**
 * A Runtime API for measuring: one process, plain sockets, no HTTP parser and no checks beyond what keeps a client honest
 * (request id, body length, no error report). The driver orders batches of invocations over IPC; between batches `/next` is
 * left open, as in a real environment that waits for work.
 */
import { createServer, type Socket } from "node:net";
import { Invocations } from "./invocations.ts";
import { type FromMock, monotonicMs, type ToMock } from "./messages.ts";
import { nextAnswer, requestIdOf } from "./next-answer.ts";
import { ResponseReader } from "./response-reader.ts";

const prefix = "/2018-06-01/runtime/invocation/";
const headEnd = "\r\n\r\n";
const date = new Date().toUTCString();
const accepted = `HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nDate: ${date}\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n`;

let batch: Invocations | undefined;
let waiting: Socket | undefined;
let requestId = "";
let sequence = 0;

function tell(message: FromMock): void {
  process.send?.(message);
}

/** An invocation for the function, with an id of its own. */
function next(event: string): string {
  requestId = requestIdOf(sequence++);
  return nextAnswer(requestId, event);
}

function serve(socket: Socket): void {
  let reader: ResponseReader | undefined;
  let closeAfter = false;
  let partialHead: Buffer | undefined;
  socket.setNoDelay(true);

  socket.on("data", (read) => {
    let data = read;
    if (partialHead !== undefined) {
      data = Buffer.concat([partialHead, read]);
      partialHead = undefined;
    }
    let answer = "";
    let delivering = false;
    let position = 0;
    while (position < data.length) {
      if (reader === undefined) {
        const end = data.indexOf(headEnd, position, "latin1");
        if (end < 0) {
          partialHead = data.subarray(position);
          break;
        }
        const head = data.toString("latin1", position, end);
        position = end + headEnd.length;
        if (head.startsWith(`GET ${prefix}next `)) {
          const event = takeNext(socket);
          delivering = event !== undefined;
          answer += event ?? "";
        } else if (head.startsWith(`POST ${prefix}${requestId}/response `)) {
          reader = new ResponseReader(contentLength(head));
          closeAfter = /^connection: *close/im.test(head);
        } else {
          tell({
            type: "failed",
            reason: `unexpected request: ${head} ${data.toString("latin1", position)}`,
          });
          socket.destroy();
          return;
        }
      }
      if (reader !== undefined) {
        const startedBefore = reader.started;
        position = reader.read(data, position);
        if (reader.started && !startedBefore) batch?.firstByteSeen();
        if (reader.done) {
          finish(reader);
          reader = undefined;
          answer += accepted;
        }
      }
    }
    if (answer === "") return;
    if (delivering) batch?.delivering();
    socket.write(answer, "latin1");
    if (closeAfter) socket.end();
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    if (waiting === socket) waiting = undefined;
  });
}

function takeNext(socket: Socket): string | undefined {
  if (batch !== undefined && !batch.exhausted) return next(batch.order.event);
  waiting = socket;
  if (batch !== undefined) {
    tell({ type: "done", timing: batch.timing() });
    batch = undefined;
  } else {
    tell({ type: "waiting", at: monotonicMs() });
  }
  return undefined;
}

function finish(reader: ResponseReader): void {
  batch?.responseSeen();
  if (reader.trailer !== "") tell({ type: "failed", reason: `the function failed: ${reader.trailer}` });
  const expected = batch?.order.responseBytes;
  if (reader.bodyBytes !== expected) {
    tell({ type: "failed", reason: `response of ${reader.bodyBytes} bytes, expected ${expected}` });
  }
}

function contentLength(head: string): number | undefined {
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  return length === undefined ? undefined : Number(length);
}

process.on("message", ({ order }: ToMock) => {
  batch = new Invocations(order);
  if (waiting === undefined) {
    tell({ type: "failed", reason: "no function waits for work" });
    return;
  }
  const socket = waiting;
  waiting = undefined;
  const answer = next(order.event);
  batch.delivering();
  socket.write(answer, "latin1");
});
process.on("disconnect", () => process.exit());

const server = createServer(serve);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") tell({ type: "listening", port: address.port });
});
