import { errorBodyTrailer, errorTypeTrailer } from "@sluice/protocol";
import { type Answer, encodeAnswer } from "./answer.ts";
import type { InvokeEvent } from "./extensions-api.ts";

/** How a runtime began its response. */
export interface ResponseHead {
  /** As the runtime sent it. */
  readonly contentType: string | undefined;
  /** Whether the runtime said `Lambda-Runtime-Function-Response-Mode: streaming`. */
  readonly isStreaming: boolean;
}

/** What became of an invocation at the Runtime API. */
export type ResponseOutcome =
  /** The response ended as it should, perhaps with an error in its trailers. */
  | { readonly kind: "complete"; readonly error: TrailerError | undefined }
  /** The runtime posted `/error`. */
  | ({ readonly kind: "error" } & ErrorReport)
  /** The connection was lost, or the body was not HTTP. */
  | { readonly kind: "truncated" }
  | { readonly kind: "too-large" }
  /** The response mode header was neither absent nor `streaming`. */
  | { readonly kind: "invalid-mode" };

/** An error that a runtime reports with a request of its own. */
export interface ErrorReport {
  /** One that does not follow AWS's pattern has become `Function.Unknown` or `Runtime.Unknown`. */
  readonly errorType: string;
  /** Passed on as it is, whatever it is. */
  readonly payload: Buffer;
  readonly contentType: string | undefined;
}

/** An error that came after the first byte. */
export interface TrailerError {
  /** Unchanged, as on AWS. */
  readonly errorType: string;
  /** Decoded; empty if it was not base64. */
  readonly errorBody: string;
}

/** An invocation on its way through the Runtime API. */
export interface Delivery extends InvokeEvent {
  /** Unique for each attempt, where a retry may have the same request id. */
  readonly invocationId: string;
  /** What `next` answers. */
  readonly answer: Answer;
  /** A longer response is refused. */
  readonly responseLimitBytes: number;
  /** @param breakOff - breaks the connection off; what was read of the response ends as truncated. */
  begin(head: ResponseHead, breakOff: () => void): void;
  /** @returns a promise while no more should be read. */
  data(bytes: Buffer): Promise<void> | undefined;
  /** Called once, and not before the promise of the last `data` was resolved. */
  end(outcome: ResponseOutcome): void;
}

/** What `next` tells of an invocation, besides its event. */
export interface NextHeaders {
  readonly requestId: string;
  readonly invocationId: string;
  /** Unix time in milliseconds. */
  readonly deadlineMs: number;
  readonly invokedFunctionArn: string;
  readonly traceId: string | undefined;
  /** JSON text. */
  readonly clientContext: string | undefined;
  /** JSON text. */
  readonly cognitoIdentity: string | undefined;
  readonly tenantId: string | undefined;
  readonly contentType: string;
}

/**
 * Encodes the answer to `next`. Headers without a value are left out.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-next
 */
export function encodeNextAnswer(headers: NextHeaders, event: Uint8Array): Answer {
  const lines =
    line("Content-Type", headers.contentType) +
    // These are the platform's own.
    `Lambda-Runtime-Aws-Request-Id: ${headers.requestId}\r\n` +
    `Lambda-Runtime-Deadline-Ms: ${headers.deadlineMs}\r\n` +
    line("Lambda-Runtime-Invoked-Function-Arn", headers.invokedFunctionArn) +
    line("Lambda-Runtime-Trace-Id", headers.traceId) +
    line("Lambda-Runtime-Client-Context", headers.clientContext) +
    line("Lambda-Runtime-Cognito-Identity", headers.cognitoIdentity) +
    line("Lambda-Runtime-Aws-Tenant-Id", headers.tenantId) +
    `Lambda-Runtime-Invocation-Id: ${headers.invocationId}\r\n`;
  return encodeAnswer(200, lines, event);
}

function line(name: string, value: string | undefined): string {
  return value === undefined || value === "" ? "" : `${name}: ${headerValue(value)}\r\n`;
}

/** What a runtime posted to `/error` or `init/error`. */
export function readErrorReport(headers: ReadonlyMap<string, string>, body: Buffer): ErrorReport {
  const contentType = headers.get("content-type");
  const errorType = platformErrorType(headers.get(errorTypeTrailer.toLowerCase()));
  if (contentType !== "application/vnd.aws.lambda.error.cause+json")
    return { errorType, payload: body, contentType };
  const payload = withoutCause(body);
  return payload === undefined
    ? { errorType, payload: body, contentType: "application/octet-stream" }
    : { errorType, payload, contentType: "application/json" };
}

/** The error in the trailers, if there is one. Only trailers that the head announced count. */
export function readTrailerError(
  headers: ReadonlyMap<string, string>,
  trailers: ReadonlyMap<string, string>,
): TrailerError | undefined {
  if (trailers.size === 0) return undefined;
  const announced = (headers.get("trailer") ?? "").toLowerCase().split(/[ \t]*,[ \t]*/);
  const value = (name: string) => (announced.includes(name) ? trailers.get(name) : undefined);
  const errorType = value(errorTypeTrailer.toLowerCase());
  const errorBody = value(errorBodyTrailer.toLowerCase());
  if (!errorType && !errorBody) return undefined;
  return { errorType: errorType ?? "", errorBody: decodeBase64(errorBody ?? "") };
}

/**
 * What the platform makes of `Lambda-Runtime-Function-Error-Type` on `/error` and `init/error`.
 * @see https://github.com/aws/aws-lambda-runtime-interface-emulator/blob/main/internal/lambda/fatalerror/fatalerror.go
 */
function platformErrorType(type = ""): string {
  if (/^(Runtime|Function)\.[A-Z][a-zA-Z]+$/.test(type)) return type;
  return type.startsWith("Function.") ? "Function.Unknown" : "Runtime.Unknown";
}

/** In a header JSON is UTF-8, and its line ends, which mean nothing between its tokens, become spaces. */
function headerValue(value: string): string {
  if (/^[ -~]*$/.test(value)) return value;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get into a header
  const line = /[\0-\x1f\x7f]/.test(value) ? value.replace(/[\0-\x1f\x7f]/g, " ") : value;
  return /^[ -~]*$/.test(line) ? line : Buffer.from(line, "utf8").toString("latin1");
}

/** Of a body that carries the X-Ray cause as well, the invoker gets the error alone. */
function withoutCause(body: Buffer): Buffer | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (typeof parsed !== "object" || parsed === null) return undefined;
    const { errorMessage, errorType, stackTrace } = parsed as Record<string, unknown>;
    return Buffer.from(JSON.stringify({ errorMessage, errorType, stackTrace }));
  } catch {
    return undefined; // not JSON
  }
}

function decodeBase64(text: string): string {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
    ? Buffer.from(text, "base64").toString("utf8")
    : "";
}
