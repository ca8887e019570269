import type { Readable } from "node:stream";
import type { HeaderList } from "../front-door/client-response.ts";
import type { HttpRequest } from "../front-door/http-request.ts";
import type { AwsServiceError } from "../service-error.ts";
import type { ErrorAnswer } from "./error-response.ts";
import type { ServedOperation, ServiceModel } from "./service-model.ts";

/** An operation as a request names it. */
export interface FoundOperation extends ServedOperation {
  /** Parts of the path, not decoded, by member. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Status, headers and body of an answer. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string | Uint8Array | Readable;
}

/** One of AWS's protocols as a server speaks it. */
export interface WireProtocol {
  /** The header that names a request in its answer. */
  readonly requestIdHeader: string;
  /** Whether the body names the operation. */
  readonly namesOperationInBody: boolean;
  /** The code for members that are missing or break a constraint. */
  readonly validationCode: string;
  /**
   * The operation that a request names.
   * @param body - empty, unless the body names the operation.
   * @throws {AwsServiceError} as AWS says it if there is none, or the platform doesn't serve it.
   */
  find(model: ServiceModel, request: HttpRequest, body: Buffer): FoundOperation;
  /** Whether an operation takes its body as a stream. None does unless set. */
  takesStream?(found: FoundOperation): boolean;
  /** @throws {AwsServiceError} as AWS says it if the input can't be read. */
  read(found: FoundOperation, request: HttpRequest, body: Buffer | Readable): Record<string, unknown>;
  write(model: ServiceModel, found: FoundOperation, output: object, requestId: string): WireAnswer;
  error(model: ServiceModel, error: AwsServiceError, requestId: string): ErrorAnswer;
  /** What a caller is told who may not do something, and what a bug is called. */
  readonly accessDenied: { readonly code: string; readonly status: number };
  readonly internalError: string;
}
