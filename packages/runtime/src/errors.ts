import type { FunctionErrorDocument } from "@sluice/protocol";

/**
 * Every error that this package throws. `code` is also the error type that Lambda reports, and never changes; match
 * on it, not on the message.
 */
export abstract class SluiceError extends Error {
  abstract readonly code: `Runtime.${string}`;
  /** Name of the class, said in full: a minifier changes what the class itself is called. */
  abstract override readonly name: string;
}

/** `write` or `writeStatusAndHeaders` was called after `finish` or `writeAndFinish`. */
export class WriteAfterFinishError extends SluiceError {
  readonly code = "Runtime.WriteAfterFinish";
  override readonly name = "WriteAfterFinishError";
  constructor() {
    super("The response is finished; nothing more can be written to it.");
  }
}

/** `finish` was called a second time. */
export class FinishTwiceError extends SluiceError {
  readonly code = "Runtime.FinishTwice";
  override readonly name = "FinishTwiceError";
  constructor() {
    super("The response is already finished. Call finish() once.");
  }
}

/** `finish` was called after `writeAndFinish`. */
export class FinishAfterWriteAndFinishError extends SluiceError {
  readonly code = "Runtime.FinishAfterWriteAndFinish";
  override readonly name = "FinishAfterWriteAndFinishError";
  constructor() {
    super("writeAndFinish() has finished the response already. Leave out the finish() after it.");
  }
}

/** `writeStatusAndHeaders` was called after body bytes were written. */
export class StatusAfterFirstByteError extends SluiceError {
  readonly code = "Runtime.StatusAfterFirstByte";
  override readonly name = "StatusAfterFirstByteError";
  constructor() {
    super("Status and headers come before the first byte of the body, and the body has begun.");
  }
}

/** `writeStatusAndHeaders` was called a second time. */
export class StatusTwiceError extends SluiceError {
  readonly code = "Runtime.StatusTwice";
  override readonly name = "StatusTwiceError";
  constructor() {
    super("Status and headers were written already. Call writeStatusAndHeaders() once.");
  }
}

/** `setContentType` was called after the response had begun. */
export class ContentTypeTooLateError extends SluiceError {
  readonly code = "Runtime.ContentTypeTooLate";
  override readonly name = "ContentTypeTooLateError";
  constructor() {
    super("The content type can't be set any more: the response has begun.");
  }
}

/** The status is not an integer from 200 to 599. */
export class InvalidStatusError extends SluiceError {
  readonly code = "Runtime.InvalidStatus";
  override readonly name = "InvalidStatusError";
}

/** A header name or value, or a cookie, that HTTP can't carry. */
export class InvalidHeaderError extends SluiceError {
  readonly code = "Runtime.InvalidHeader";
  override readonly name = "InvalidHeaderError";
}

/** Status and headers take more than 16,384 bytes with their eight NUL bytes. */
export class PreludeTooLargeError extends SluiceError {
  readonly code = "Runtime.PreludeTooLarge";
  override readonly name = "PreludeTooLargeError";
}

/** The handler returned without finishing its response. */
export class ResponseNotFinishedError extends SluiceError {
  readonly code = "Runtime.ResponseNotFinished";
  override readonly name = "ResponseNotFinishedError";
  constructor() {
    super("The handler returned before the response was finished. Call finish() or writeAndFinish().");
  }
}

/** The response can't be delivered any more: it was failed, or the way to the Runtime API is gone. */
export class ResponseClosedError extends SluiceError {
  readonly code = "Runtime.ResponseClosed";
  override readonly name = "ResponseClosedError";
}

/** A background handler returned without having called `respond`, or called it twice. */
export class RespondError extends SluiceError {
  readonly code = "Runtime.RespondOnce";
  override readonly name = "RespondError";
}

/** What a buffered or background handler returned can't be written as JSON. */
export class OutputNotSerializableError extends SluiceError {
  readonly code = "Runtime.OutputNotSerializable";
  override readonly name = "OutputNotSerializableError";
}

/** What a handler reads as JSON isn't JSON. */
export class EventNotJsonError extends SluiceError {
  readonly code = "Runtime.EventNotJson";
  override readonly name = "EventNotJsonError";
}

/** The event doesn't match the handler's schema. The message names each place in the event. */
export class EventValidationError extends SluiceError {
  readonly code = "Runtime.EventValidation";
  override readonly name = "EventValidationError";
  /** Each mismatch with its place in the event, such as `order.items[2].price`; empty for the event itself. */
  readonly issues: readonly { readonly path: string; readonly message: string }[];

  constructor(issues: readonly { readonly path: string; readonly message: string }[]) {
    const list = issues.map(({ path, message }) =>
      // arktype's messages name the place themselves: "items[1].price must be a number".
      path === "" || message.startsWith(`${path} must `) ? message : `${path}: ${message}`,
    );
    super(`The event does not match the handler's schema: ${list.join("; ")}`);
    this.issues = issues;
  }
}

/** A web handler was invoked with something that isn't an HTTP event. */
export class NotAnHttpEventError extends SluiceError {
  readonly code = "Runtime.NotAnHttpEvent";
  override readonly name = "NotAnHttpEventError";
  constructor() {
    super(
      "A web handler takes events of a REST API, an HTTP API or a Function URL, and this event is none of them.",
    );
  }
}

/** What was given to `LambdaRuntime`, or exported for `_HANDLER`, is not a handler. */
export class InvalidHandlerError extends SluiceError {
  readonly code = "Runtime.InvalidHandler";
  override readonly name = "InvalidHandlerError";
}

/** `sse` was given a field that would break the event stream. */
export class InvalidServerSentEventError extends SluiceError {
  readonly code = "Runtime.InvalidServerSentEvent";
  override readonly name = "InvalidServerSentEventError";
}

/** The Runtime API refused a call. */
export class RuntimeApiError extends SluiceError {
  readonly code = "Runtime.ApiRefused";
  override readonly name = "RuntimeApiError";
  /** HTTP status of the answer. */
  readonly status: number;

  constructor(call: string, status: number, body: string) {
    super(`The Runtime API answered ${status} to ${call}${body === "" ? "." : `: ${body}`}`);
    this.status = status;
  }
}

/** The Runtime API answered 500: the execution environment can't recover, and the process must exit at once. */
export class RuntimeApiUnrecoverableError extends SluiceError {
  readonly code = "Runtime.ApiUnrecoverable";
  override readonly name = "RuntimeApiUnrecoverableError";
  constructor(call: string, body: string) {
    super(
      `The Runtime API answered 500 to ${call}${body === "" ? "" : `: ${body}`}. The execution environment can't recover; the runtime exits.`,
    );
  }
}

/** The Runtime API can't be reached, or its connection broke during a call. */
export class RuntimeApiConnectionError extends SluiceError {
  readonly code = "Runtime.ApiConnection";
  override readonly name = "RuntimeApiConnectionError";
}

/** The Runtime API sent something that isn't the HTTP it promises. */
export class RuntimeApiProtocolError extends SluiceError {
  readonly code = "Runtime.ApiProtocol";
  override readonly name = "RuntimeApiProtocolError";
}

/** The local server can't start, or isn't there. */
export class LocalServerError extends SluiceError {
  readonly code = "Runtime.LocalServer";
  override readonly name = "LocalServerError";
}

/** What Lambda is told about a thrown value: type, message and stack, as the managed Node.js runtimes report it. */
export function describeError(thrown: unknown): FunctionErrorDocument {
  try {
    if (!(thrown instanceof Error)) {
      return { errorType: typeof thrown, errorMessage: describeValue(thrown), trace: [] };
    }
    return {
      errorType: thrown instanceof SluiceError ? thrown.code : nameOf(thrown),
      errorMessage: describeValue(thrown.message),
      trace: typeof thrown.stack === "string" ? thrown.stack.split("\n") : [],
    };
  } catch {
    // A getter or a proxy that throws. Without a report Lambda would deliver the same event again.
    return { errorType: "Error", errorMessage: "What was thrown can't be described.", trace: [] };
  }
}

/** Anything may have been assigned to an error's name, and the report must still be made. */
function nameOf(error: Error): string {
  const name: unknown = error.name;
  return typeof name === "string" && name !== "" ? name : "Error";
}

function describeValue(thrown: unknown): string {
  let text: string | undefined;
  try {
    text = typeof thrown === "object" ? JSON.stringify(thrown) : String(thrown);
  } catch {
    // Circular or hostile: the report must still be made.
  }
  return text ?? Object.prototype.toString.call(thrown);
}

/** `setContentType` of an `awslambda` response stream was called after the first write. AWS's name and message. */
export class InvalidStreamingOperationError extends SluiceError {
  readonly code = "Runtime.InvalidStreamingOperation";
  override readonly name = "InvalidStreamingOperationError";
}

/** A function tagged by `awslambda.streamifyResponse` can't be run: it is not async, or tagged for something else. */
export class MalformedStreamingHandlerError extends SluiceError {
  readonly code = "Runtime.MalformedStreamingHandler";
  override readonly name = "MalformedStreamingHandlerError";
}

/** An `awslambda` response stream was never ended, or was destroyed before its end. */
export class ResponseStreamNotEndedError extends SluiceError {
  readonly code = "Runtime.ResponseStreamNotEnded";
  override readonly name = "ResponseStreamNotEndedError";
}

/** `_HANDLER` is not of the form `file.export`. */
export class MalformedHandlerNameError extends SluiceError {
  readonly code = "Runtime.MalformedHandlerName";
  override readonly name = "MalformedHandlerNameError";
}

/** The module that `_HANDLER` names, or one that it imports, can't be found. */
export class ImportModuleError extends SluiceError {
  readonly code = "Runtime.ImportModuleError";
  override readonly name = "ImportModuleError";
}

/** The function's code is not valid JavaScript, or threw a `SyntaxError` while it was loaded. */
export class UserCodeSyntaxError extends SluiceError {
  readonly code = "Runtime.UserCodeSyntaxError";
  override readonly name = "UserCodeSyntaxError";
}

/** The module that `_HANDLER` names has no function under that name. */
export class HandlerNotFoundError extends SluiceError {
  readonly code = "Runtime.HandlerNotFound";
  override readonly name = "HandlerNotFoundError";
}

/** The function takes a callback, which the runtime that it is configured for does not give any more. */
export class CallbackHandlerDeprecatedError extends SluiceError {
  readonly code = "Runtime.CallbackHandlerDeprecated";
  override readonly name = "CallbackHandlerDeprecatedError";
  constructor() {
    super(
      "This handler takes three parameters, the last of them a callback. Node.js 24 and later runtimes of Lambda, and Lambda Managed Instances, call async handlers only: " +
        "return a promise instead. See https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html",
    );
  }
}
