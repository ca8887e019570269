import type { Socket } from "node:net";
import { encodeAnswer } from "./answer.ts";
import { type MalformedRequestError, type RequestHead, RequestParser } from "./request-parser.ts";

/** Takes the body of one request. */
export interface BodyReader {
  /** @returns a promise while no more should come. The bytes are a view that stays as it is. */
  data(bytes: Buffer): Promise<void> | undefined;
  end(trailers: ReadonlyMap<string, string>): void;
  /** The body will not end: the connection was lost, or what came is not HTTP. */
  broken(): void;
}

/** Decides what becomes of a request once its head is there. Without a reader its body is discarded. */
export type RequestHandler = (exchange: Exchange) => BodyReader | undefined;

/** Bytes that a runtime may send ahead of an answer. Ours. */
const maxAheadBytes = 64 * 1024;

const continued = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n");
const nothing = Buffer.alloc(0);

/** One request and its answer. */
export class Exchange {
  readonly head: RequestHead;
  readonly #connection: RuntimeApiConnection;
  #onGone: (() => void) | undefined;
  #isOver = false;

  constructor(connection: RuntimeApiConnection, head: RequestHead) {
    this.#connection = connection;
    this.head = head;
  }

  /** Answers, also before the body is there: the rest of it is discarded then. Does nothing the second time. */
  answer(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onGone = undefined;
    this.#connection.answer(bytes, this.head.keepAlive);
  }

  /** Answers, and lets the connection carry no other request. */
  answerLast(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onGone = undefined;
    this.#connection.answer(bytes, false);
  }

  /** Which connection it is on. */
  get connection(): RuntimeApiConnection {
    return this.#connection;
  }

  /** Breaks the connection off. */
  breakOff(): void {
    this.#connection.destroy();
  }

  /** Calls back if the client ends the connection, even only its own side, before it was answered. */
  onGone(listener: () => void): void {
    this.#onGone = listener;
  }

  /** This is an extension's connection, which may outlive the runtime. */
  belongsToExtension(): void {
    this.#connection.isOfExtension = true;
  }

  /** For the connection. */
  gone(): void {
    const listener = this.#onGone;
    this.#onGone = undefined;
    listener?.();
  }
}

/** One connection that a runtime opened: requests are taken one after the other. Owns its socket. */
export class RuntimeApiConnection {
  /** Whether an extension has used it. */
  isOfExtension = false;
  readonly #socket: Socket;
  readonly #handle: RequestHandler;
  readonly #parser: RequestParser;
  readonly #pipelines: boolean;
  #exchange: Exchange | undefined;
  #reader: BodyReader | undefined;
  #isBodyOpen = false;
  #isAnswered = false;
  #hasEnded = false;
  #mustClose = false;
  /** An answer whose request was followed by the next one at once. */
  #unsent: Buffer | undefined;

  /**
   * @param socket - half-open, so that a runtime that ended its side can still be answered.
   * @param pipelines - whether such an answer waits for the next one and leaves with it, however long that takes: to be
   * woken twice is most of what a short invocation costs a runtime.
   */
  constructor(socket: Socket, handle: RequestHandler, pipelines: boolean) {
    this.#socket = socket;
    this.#pipelines = pipelines;
    this.#handle = handle;
    this.#parser = new RequestParser({
      head: (head) => this.#begin(head),
      body: (bytes) => this.#data(bytes),
      end: (trailers) => this.#end(trailers),
      malformed: (error) => this.#malformed(error),
    });
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => this.#push(bytes));
    socket.on("end", () => this.#ended());
    socket.on("close", () => this.#ended());
    // "close" follows, and says all there is to say.
    socket.on("error", () => {});
  }

  /** For the exchange. */
  answer(bytes: Buffer, keepAlive: boolean): void {
    this.#isAnswered = true;
    this.#reader = undefined;
    if (!keepAlive) this.#mustClose = true;
    const isFollowed = !this.#mustClose && !this.#isBodyOpen && this.#parser.heldBytes > 0;
    this.#write(bytes, this.#pipelines && isFollowed);
    if (!this.#isBodyOpen) this.#finish();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #push(bytes: Buffer): void {
    this.#parser.push(bytes);
    if (this.#parser.heldBytes > maxAheadBytes) this.#socket.pause();
  }

  #begin(head: RequestHead): void {
    this.#isAnswered = false;
    this.#isBodyOpen = head.hasBody;
    this.#exchange = new Exchange(this, head);
    const reader = this.#handle(this.#exchange);
    if (this.#isAnswered) return;
    this.#reader = reader;
    if (head.hasBody && head.headers.get("expect")?.toLowerCase() === "100-continue") {
      this.#write(continued);
    }
  }

  #data(bytes: Buffer): void {
    const wait = this.#reader?.data(bytes);
    if (wait === undefined) return;
    this.#parser.pause();
    this.#socket.pause();
    const resume = () => {
      this.#parser.resume();
      if (!this.#parser.isPaused) this.#socket.resume();
    };
    wait.then(resume, resume);
  }

  #end(trailers: ReadonlyMap<string, string>): void {
    this.#isBodyOpen = false;
    const reader = this.#reader;
    this.#reader = undefined;
    if (this.#isAnswered) this.#finish();
    else reader?.end(trailers);
  }

  /** The request is read and answered. */
  #finish(): void {
    this.#exchange = undefined;
    if (this.#mustClose) this.#close();
    // What was read ahead is not parsed within the call that answered.
    else if (this.#parser.heldBytes > 0) process.nextTick(() => this.#nextRequest());
    else this.#nextRequest();
  }

  #write(bytes: Buffer, isHeld = false): void {
    const whole = this.#unsent === undefined ? bytes : Buffer.concat([this.#unsent, bytes]);
    this.#unsent = isHeld ? whole : undefined;
    if (!isHeld && this.#socket.writable) this.#socket.write(whole);
  }

  #nextRequest(): void {
    this.#parser.next();
    this.#socket.resume();
  }

  #malformed(error: MalformedRequestError): void {
    if (this.#isBodyOpen) {
      this.#breakBody();
      return;
    }
    const headers = "Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n";
    this.#write(encodeAnswer(error.status, headers, `${error.message}\n`));
    this.#close();
  }

  /** The other side sends no more. Whatever it sent is parsed by now. */
  #ended(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#isBodyOpen) this.#breakBody();
    else this.#exchange?.gone();
    this.#close();
  }

  #breakBody(): void {
    this.#isBodyOpen = false;
    this.#mustClose = true;
    const reader = this.#reader;
    this.#reader = undefined;
    if (this.#isAnswered) this.#finish();
    else reader?.broken();
  }

  #close(): void {
    if (this.#unsent !== undefined) this.#write(nothing);
    this.#socket.end();
    // What still comes is discarded: to close with unread bytes would break the answer off.
    this.#socket.resume();
  }
}
