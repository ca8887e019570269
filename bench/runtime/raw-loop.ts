/**
 * The limit: what plain `node:net` can do with the Runtime API when everything a real client must do is left out. No error
 * handling, no context, no handler call, one read buffer, JSON only where a stream order has to be understood.
 * `_HANDLER` is `raw.echo` or `raw.stream`; with `raw-pipelined` the response and the next poll leave in one write.
 */
import { connect } from "node:net";
import type { StreamOrder } from "./functions/stream-order.ts";

const api = process.env["AWS_LAMBDA_RUNTIME_API"] ?? "";
const [variant, mode] = (process.env["_HANDLER"] ?? "").split(".");
const pipelined = variant === "raw-pipelined";
const next = `GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: ${api}\r\n\r\n`;
const idHeader = "Lambda-Runtime-Aws-Request-Id: ";
const lengthHeader = "Content-Length: ";
const flushAt = 64 * 1024;

let carry = "";

const socket = connect({
  host: api.slice(0, api.indexOf(":")),
  port: Number(api.slice(api.indexOf(":") + 1)),
  noDelay: true,
  onread: { buffer: Buffer.allocUnsafe(64 * 1024), callback: onRead },
});
socket.write(next);

function onRead(length: number, buffer: Uint8Array): boolean {
  carry += Buffer.from(buffer.buffer, buffer.byteOffset, length).toString("latin1");
  for (;;) {
    const headEnd = carry.indexOf("\r\n\r\n");
    if (headEnd < 0) return true;
    const lengthAt = carry.indexOf(lengthHeader) + lengthHeader.length;
    const end = headEnd + 4 + Number.parseInt(carry.slice(lengthAt, lengthAt + 10), 10);
    if (carry.length < end) return true;
    const answer = carry.slice(0, end);
    carry = carry.slice(end);
    if (answer.startsWith("HTTP/1.1 200")) respond(answer, answer.slice(headEnd + 4));
    else if (!pipelined) socket.write(next);
  }
}

function respond(answer: string, event: string): void {
  const idAt = answer.indexOf(idHeader) + idHeader.length;
  const head = `POST /2018-06-01/runtime/invocation/${answer.slice(idAt, idAt + 36)}/response HTTP/1.1\r\nHost: ${api}\r\n`;
  const after = pipelined ? next : "";
  if (mode === "stream") {
    void stream(head, after, JSON.parse(event) as StreamOrder);
  } else {
    socket.write(
      `${head}Content-Type: application/json\r\nContent-Length: ${event.length}\r\n\r\n${event}${after}`,
      "latin1",
    );
  }
}

async function stream(head: string, after: string, { chunks, size }: StreamOrder): Promise<void> {
  const start = `${head}Content-Type: application/octet-stream\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const chunk = "x".repeat(size);
  const large = size > 1024 ? Buffer.from(`${size.toString(16)}\r\n${chunk}\r\n`, "latin1") : undefined;
  let text = start;
  for (let written = 0; written < chunks; written++) {
    let flowing = true;
    if (large === undefined) {
      text += `${size.toString(16)}\r\n${chunk}\r\n`;
      if (text.length < flushAt) continue;
      flowing = socket.write(text, "latin1");
      text = "";
    } else {
      if (text !== "") socket.write(text, "latin1");
      text = "";
      flowing = socket.write(large);
    }
    if (!flowing) await new Promise((resolve) => socket.once("drain", resolve));
  }
  socket.write(`${text}0\r\n\r\n${after}`, "latin1");
}
