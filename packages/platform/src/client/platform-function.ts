import type { InvocationRecord } from "../trace/invocation-record.ts";
import type { InvocationRecords } from "../trace/invocation-records.ts";
import { InvocationStream } from "./invocation-stream.ts";
import { type Signatory, signedFetch } from "./signed-fetch.ts";

/** What a call of a function can say besides its event. */
export interface FunctionCallOptions {
  /** A version or an alias. */
  readonly qualifier?: string;
  /** What `context.clientContext` is to be. */
  readonly clientContext?: unknown;
  readonly tenantId?: string;
}

/** Lambda has refused a call: nothing ran. */
export class InvokeRefusedError extends Error {
  /** AWS's error code, such as `TooManyRequestsException`. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(`${code}: ${message}`);
    this.name = "InvokeRefusedError";
    this.code = code;
    this.status = status;
  }
}

/** How a function is reached. */
export interface FunctionAccess {
  readonly name: string;
  readonly logicalId: string | undefined;
  readonly arn: string;
  /** Address of the platform. */
  readonly platformUrl: string;
  readonly signatory: Signatory;
  /** Its function URL, with a slash at its end, if it has one. */
  readonly url: { readonly url: string; readonly isSigned: boolean } | undefined;
  readonly records: InvocationRecords;
}

/** A function of a running platform. Get it by `platform.function("LogicalId")`. */
export class PlatformFunction {
  readonly name: string;
  readonly logicalId: string | undefined;
  /** Unqualified. */
  readonly arn: string;
  readonly #access: FunctionAccess;

  constructor(access: FunctionAccess) {
    this.name = access.name;
    this.logicalId = access.logicalId;
    this.arn = access.arn;
    this.#access = access;
  }

  /**
   * Its function URL, with a slash at its end.
   * @throws {TypeError} if the template gives it none.
   */
  get url(): string {
    return this.#url.url;
  }

  /**
   * Sends a request to the function URL, signed with the platform's credentials where `AuthType` is `AWS_IAM`. Redirects are
   * answers, not followed. For a request without a signature take `fetch` with `url`.
   *
   * @param path - below the function URL, with the query; `/` unless given.
   * @throws {TypeError} if the template gives the function no URL.
   */
  fetch(path = "/", init: RequestInit = {}): Promise<Response> {
    const { url, isSigned } = this.#url;
    return send(url, path, init, isSigned ? "lambda" : undefined, this.#access.signatory);
  }

  /**
   * Calls the function by Lambda's `Invoke` and waits until the invocation is over. An error of the function does not make
   * it reject; it is in `error`.
   *
   * @param event - encoded as JSON, unless it is bytes.
   * @throws {InvokeRefusedError} if Lambda refuses the call, because of throttling for one.
   */
  async invoke(event: unknown = {}, options: FunctionCallOptions = {}): Promise<InvocationRecord> {
    const response = await this.#call("2015-03-31/functions", "invocations", event, options);
    await response.arrayBuffer();
    return this.#record(requestIdOf(response));
  }

  /**
   * Calls the function by Lambda's `InvokeWithResponseStream`, and resolves when the response begins.
   *
   * @param event - encoded as JSON, unless it is bytes.
   * @throws {InvokeRefusedError} if Lambda refuses the call, because of throttling for one.
   */
  async invokeStreaming(event: unknown = {}, options: FunctionCallOptions = {}): Promise<InvocationStream> {
    const startedMs = performance.now();
    const leaving = new AbortController();
    const response = await this.#call(
      "2021-11-15/functions",
      "response-streaming-invocations",
      event,
      options,
      {
        signal: leaving.signal,
      },
    );
    return new InvocationStream(response, startedMs, leaving, (requestId) => this.#record(requestId));
  }

  /**
   * Leaves an event to Lambda's queue (`InvocationType` `Event`), which calls the function and tries again if it fails:
   * `nextInvocation` gives each attempt.
   *
   * @returns the request id, the same for every attempt.
   * @throws {InvokeRefusedError} if Lambda refuses the event.
   */
  async invokeLater(event: unknown = {}, options: FunctionCallOptions = {}): Promise<string> {
    const headers = { "x-amz-invocation-type": "Event" };
    const response = await this.#call("2015-03-31/functions", "invocations", event, options, { headers });
    await response.arrayBuffer();
    return requestIdOf(response);
  }

  /** Its invocations in the order in which they began, those under way included; the last thousand at most. */
  get invocations(): readonly InvocationRecord[] {
    return this.#access.records.list(this.name);
  }

  /**
   * Resolves with the next invocation once it is over: each is given out once, in the order in which they began, whether it
   * was over before or begins later. Those that `invoke` and `over` gave are not given again.
   */
  nextInvocation(): Promise<InvocationRecord> {
    return this.#access.records.next(this.name);
  }

  get #url(): NonNullable<FunctionAccess["url"]> {
    const { url } = this.#access;
    if (url !== undefined) return url;
    throw new TypeError(`${this.logicalId ?? this.name} has no function URL. Give it a FunctionUrlConfig.`);
  }

  async #call(
    prefix: string,
    operation: string,
    event: unknown,
    { qualifier, clientContext, tenantId }: FunctionCallOptions,
    init: RequestInit = {},
  ): Promise<Response> {
    const url = new URL(`/${prefix}/${this.name}/${operation}`, this.#access.platformUrl);
    if (qualifier !== undefined) url.searchParams.set("Qualifier", qualifier);
    const headers = new Headers(init.headers);
    if (clientContext !== undefined) {
      headers.set("x-amz-client-context", Buffer.from(JSON.stringify(clientContext)).toString("base64"));
    }
    if (tenantId !== undefined) headers.set("x-amz-tenant-id", tenantId);
    const body = event instanceof Uint8Array ? new Uint8Array(event) : (JSON.stringify(event) ?? "null");
    const request = new Request(url, { ...init, method: "POST", headers, body });
    const response = await signedFetch(request, "lambda", this.#access.signatory, init.signal ?? undefined);
    if (response.ok) return response;
    const { Message, message } = (await response.json()) as { Message?: string; message?: string };
    const code = response.headers.get("x-amzn-errortype") ?? "ServiceException";
    throw new InvokeRefusedError(code, response.status, Message ?? message ?? "");
  }

  async #record(requestId: string): Promise<InvocationRecord> {
    const record = await this.#access.records.whenOver(requestId);
    if (record === undefined) throw new Error(`The invocation ${requestId} is forgotten already.`);
    return record;
  }
}

/** Sends a request below an address that ends with a slash; signed if a service is named. */
export function send(
  base: string,
  path: string,
  init: RequestInit,
  signingName: string | undefined,
  signatory: Signatory,
): Promise<Response> {
  const request = new Request(new URL(path.replace(/^\/+/, ""), base), { redirect: "manual", ...init });
  return signingName === undefined
    ? fetch(request, { signal: init.signal ?? null })
    : signedFetch(request, signingName, signatory, init.signal ?? undefined);
}

function requestIdOf(response: Response): string {
  return response.headers.get("x-amzn-requestid") ?? "";
}
