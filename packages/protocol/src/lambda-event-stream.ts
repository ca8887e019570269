/**
 * The two events that `InvokeWithResponseStream` sends.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
 */

import { type EventStreamFrame, encodeEventStreamMessage, frameOf } from "./event-stream.ts";
import {
  type EventStreamHeaders,
  type EventStreamHeaderValue,
  encodeEventStreamHeaders,
} from "./event-stream-headers.ts";

/** How a streamed invocation ended. Without members it succeeded. */
export interface InvokeComplete {
  /** The type of the function's or the platform's error, as the runtime or the platform named it. */
  readonly ErrorCode?: string | undefined;
  /** The JSON document that describes the error, as text. */
  readonly ErrorDetails?: string | undefined;
  /** Base64 of the last 4 KB of the log, when the caller asked for `LogType: Tail`. */
  readonly LogResult?: string | undefined;
}

/**
 * What goes around bytes of the function's output to make them a `PayloadChunk` event. The bytes are not copied: write
 * `head`, `payload`, `tail`.
 *
 * @throws {EventStreamError} if the payload takes more than 25,165,824 bytes.
 */
export function framePayloadChunk(payload: Uint8Array): EventStreamFrame {
  payloadChunkHeaders ??= encodeEventStreamHeaders(headersOf("PayloadChunk", "application/octet-stream"));
  return frameOf(payloadChunkHeaders, payload);
}

/** The event that ends the stream. Nothing may follow it. */
export function encodeInvokeComplete(complete: InvokeComplete): Buffer {
  const { ErrorCode, ErrorDetails, LogResult } = complete;
  return encodeEventStreamMessage({
    headers: headersOf("InvokeComplete", "application/json"),
    payload: Buffer.from(JSON.stringify({ ErrorCode, ErrorDetails, LogResult })),
  });
}

// Encoded on first use, so that importing the package costs nothing.
let payloadChunkHeaders: Buffer | undefined;

function headersOf(eventType: string, contentType: string): EventStreamHeaders {
  const text = (value: string): EventStreamHeaderValue => ({ type: "string", value });
  return new Map([
    [":event-type", text(eventType)],
    [":content-type", text(contentType)],
    [":message-type", text("event")],
  ]);
}
