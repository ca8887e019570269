export {
  EventStreamDecoder,
  type EventStreamFrame,
  type EventStreamMessage,
  encodeEventStreamMessage,
  eventStreamContentType,
} from "./event-stream.ts";
export {
  EventStreamError,
  type EventStreamHeaders,
  type EventStreamHeaderValue,
} from "./event-stream-headers.ts";
export { isHeaderName, isHeaderValue, lowerCaseName, trimBlanks } from "./header-syntax.ts";
export {
  type DecodedHttpPrelude,
  encodeHttpPrelude,
  type HttpPrelude,
  HttpPreludeDecoder,
  type HttpPreludeProblem,
  httpIntegrationContentType,
} from "./http-prelude.ts";
export { encodeInvokeComplete, framePayloadChunk, type InvokeComplete } from "./lambda-event-stream.ts";
export * as limits from "./limits.ts";
// The runtime's, by name: with the namespace a bundled function would get all of them.
export { bufferedResponseBytes, eventBytes, shutdownWithInternalExtensionMs } from "./limits.ts";
export {
  categorizedErrorType,
  errorBodyTrailer,
  errorTrailers,
  errorTypeTrailer,
  type FunctionErrorDocument,
  fitIntoTrailers,
  runtimeApiVersion,
} from "./runtime-api.ts";
export { type TimedChunk, timedChunk } from "./timed-chunk.ts";
