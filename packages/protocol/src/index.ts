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
export { isHeaderName, isHeaderValue } from "./header-syntax.ts";
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
// By its name, too: a bundled function would get all of them with the namespace.
export { shutdownWithInternalExtensionMs } from "./limits.ts";
export {
  categorizedErrorType,
  errorBodyTrailer,
  errorTrailers,
  errorTypeTrailer,
  type FunctionErrorDocument,
  fitIntoTrailers,
  runtimeApiVersion,
} from "./runtime-api.ts";
