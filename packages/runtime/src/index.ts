export type { HttpPrelude } from "@sluice/protocol";
export type { CognitoIdentity, LambdaContext } from "./context.ts";
export {
  ContentTypeTooLateError,
  EventNotJsonError,
  EventValidationError,
  FinishAfterWriteAndFinishError,
  FinishTwiceError,
  InvalidHandlerError,
  InvalidHeaderError,
  InvalidServerSentEventError,
  InvalidStatusError,
  LocalServerError,
  NotAnHttpEventError,
  OutputNotSerializableError,
  PreludeTooLargeError,
  RespondError,
  ResponseClosedError,
  ResponseNotFinishedError,
  RuntimeApiConnectionError,
  RuntimeApiError,
  RuntimeApiProtocolError,
  RuntimeApiUnrecoverableError,
  SluiceError,
  StatusAfterFirstByteError,
  StatusTwiceError,
  WriteAfterFinishError,
} from "./errors.ts";
export type { EventOf, EventOption, StandardSchemaV1 } from "./event-decoder.ts";
export type {
  ApiGatewayHttpEvent,
  ApiGatewayHttpV1Event,
  ApiGatewayRestEvent,
  FunctionUrlEvent,
  HttpEvent,
} from "./events.ts";
export type { Handler } from "./handler.ts";
export { type BackgroundHandler, background } from "./handlers/background.ts";
export { type BufferedHandler, buffered } from "./handlers/buffered.ts";
export { type EventOptions, type StreamingHandler, streaming } from "./handlers/streaming.ts";
export {
  type ResponseMode,
  type WebContext,
  type WebHandler,
  type WebHandlerOptions,
  web,
} from "./handlers/web.ts";
export { currentContext } from "./invocation-scope.ts";
export type { Logger } from "./logging.ts";
export { type ManagedHandler, managed } from "./managed.ts";
export { type PipeSource, pipe } from "./pipe.ts";
export type { ResponseStreamWriter } from "./response-stream.ts";
export { type HandlerSource, LambdaRuntime, type LambdaRuntimeOptions } from "./runtime.ts";
export {
  type ServerSentEvent,
  type ServerSentEventStream,
  type ServerSentEventsOptions,
  sse,
} from "./server-sent-events.ts";
