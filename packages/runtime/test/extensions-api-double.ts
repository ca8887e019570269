import { randomUUID } from "node:crypto";
import type { DoubleInvocation } from "./double-invocation.ts";
import { type Answer, type HttpConnection, jsonAnswer } from "./http-connection.ts";
import type { IncomingRequest } from "./http-request.ts";
import { refusal } from "./runtime-states.ts";

/** What `register` tells an extension about the function. */
export interface FunctionMetadata {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly handler: string;
  readonly accountId: string;
}

type ExtensionState = "Registered" | "Ready" | "Running" | "InitError" | "ExitError";

/** An extension that has registered, for tests to look at. */
export interface RegisteredExtension {
  readonly name: string;
  readonly id: string;
  readonly events: readonly string[];
  state: ExtensionState;
  /** What it posted to `init/error` or `exit/error`. */
  error: { readonly errorType: string; readonly body: Buffer } | undefined;
}

interface Registration {
  readonly extension: RegisteredExtension;
  /** Answers the call that is blocked in `event/next`. */
  deliver: ((event: object) => void) | undefined;
}

/** "At most 10 extensions": https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html */
const maxExtensions = 10;
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The Extensions API as far as an internal extension (one within the runtime's process) can use it.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
export class ExtensionsApiDouble {
  readonly #metadata: FunctionMetadata;
  /** Internal extensions get no SHUTDOWN; on Managed Instances there is no INVOKE either. */
  readonly #allowedEvents: readonly string[];
  readonly #registrations: Registration[] = [];

  constructor(metadata: FunctionMetadata, allowedEvents: readonly string[]) {
    this.#metadata = metadata;
    this.#allowedEvents = allowedEvents;
  }

  get extensions(): readonly RegisteredExtension[] {
    return this.#registrations.map(({ extension }) => extension);
  }

  /** Lambda gives out no event before every extension has called `event/next` again. */
  get isReady(): boolean {
    return this.extensions.every(({ state }) => state !== "Registered" && state !== "Running");
  }

  /** Tells the extensions that asked for it that an event was delivered. */
  invoke(invocation: DoubleInvocation): void {
    const traceId = invocation.options.traceId;
    const event = {
      eventType: "INVOKE",
      deadlineMs: invocation.deadlineMs,
      requestId: invocation.requestId,
      invokedFunctionArn: invocation.invokedFunctionArn,
      tracing: traceId === undefined ? {} : { type: "X-Amzn-Trace-Id", value: traceId },
    };
    for (const registration of this.#registrations) {
      if (registration.extension.events.includes("INVOKE")) registration.deliver?.(event);
    }
  }

  /** `POST register` */
  async register(request: IncomingRequest, isInitializing: boolean): Promise<Answer> {
    await request.body.drain(Number.POSITIVE_INFINITY);
    const name = request.headers["lambda-extension-name"] ?? "";
    if (name === "") return refusal(403, "Extension.InvalidExtensionName", "Empty extension name");
    const events = parseEvents(request.body.bytes);
    if (!events) return refusal(403, "InvalidRequestFormat", 'The body is not {"events":[...]}');
    const refused = events.find((event) => !this.#allowedEvents.includes(event));
    if (refused !== undefined) {
      return refusal(403, "Extension.InvalidEventType", `${refused}: the event is not for this extension`);
    }
    if (!isInitializing) {
      return refusal(403, "Extension.RegistrationClosed", "Extension registration closed already");
    }
    if (this.extensions.some((extension) => extension.name === name)) {
      return refusal(403, "Extension.InvalidExtensionState", "Extension with this name already registered");
    }
    if (this.#registrations.length >= maxExtensions) {
      return refusal(403, "Extension.TooManyExtensions", `Extension limit (${maxExtensions}) reached`);
    }
    const extension = { name, id: randomUUID(), events, state: "Registered" as const, error: undefined };
    this.#registrations.push({ extension, deliver: undefined });
    const { accountId, ...metadata } = this.#metadata;
    const features = (request.headers["lambda-extension-accept-feature"] ?? "").split(/\s*,\s*/);
    const body = features.includes("accountId") ? { ...metadata, accountId } : metadata;
    return jsonAnswer(200, body, { "Lambda-Extension-Identifier": extension.id });
  }

  /**
   * `GET event/next`: blocks until there is an event; `undefined` when the connection ended first.
   *
   * @param onReady - Called once the extension is blocked.
   */
  async next(
    request: IncomingRequest,
    connection: HttpConnection,
    onReady: () => void,
  ): Promise<Answer | undefined> {
    const registration = this.#identify(request);
    if ("status" in registration) return registration;
    const { extension } = registration;
    if (extension.state !== "Registered" && extension.state !== "Running") {
      return invalidState(extension, "Ready");
    }
    const before = extension.state;
    const waiting = Promise.withResolvers<object | undefined>();
    registration.deliver = waiting.resolve;
    extension.state = "Ready";
    void connection.ended.then(() => waiting.resolve(undefined));
    onReady();
    const event = await waiting.promise;
    registration.deliver = undefined;
    // Unless it has posted exit/error meanwhile.
    if (extension.state === "Ready") extension.state = event === undefined ? before : "Running";
    if (event === undefined) return undefined;
    return jsonAnswer(200, event, { "Lambda-Extension-Event-Identifier": randomUUID() });
  }

  /** `POST init/error` and `POST exit/error` */
  async reportError(request: IncomingRequest, to: "InitError" | "ExitError"): Promise<Answer> {
    await request.body.drain(Number.POSITIVE_INFINITY);
    const registration = this.#identify(request);
    if ("status" in registration) return registration;
    const { extension } = registration;
    const errorType = request.headers["lambda-extension-function-error-type"] ?? "";
    if (errorType === "") {
      return refusal(403, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found");
    }
    const isAfterInit = extension.state === "Ready" || extension.state === "Running";
    const isLegal =
      extension.state === "Registered" || extension.state === to || (to === "ExitError" && isAfterInit);
    if (!isLegal) return invalidState(extension, to);
    // Only the first report counts.
    extension.error ??= { errorType, body: request.body.bytes };
    extension.state = to;
    return jsonAnswer(202, { status: "OK" });
  }

  #identify(request: IncomingRequest): Registration | Answer {
    const id = request.headers["lambda-extension-identifier"] ?? "";
    if (id === "") {
      const message = "Missing Lambda-Extension-Identifier header";
      return refusal(403, "Extension.MissingExtensionIdentifier", message);
    }
    if (!uuidPattern.test(id)) {
      return refusal(403, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");
    }
    const registration = this.#registrations.find(({ extension }) => extension.id === id.toLowerCase());
    return registration ?? refusal(403, "Extension.UnknownExtensionIdentifier", `Unknown extension ${id}`);
  }
}

function invalidState(extension: RegisteredExtension, to: ExtensionState): Answer {
  const message =
    `State transition from ${extension.state} to ${to} failed for extension ${extension.name}. ` +
    "Error: State transition is not allowed";
  return refusal(403, "Extension.InvalidExtensionState", message);
}

function parseEvents(body: Buffer): readonly string[] | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (typeof parsed !== "object" || parsed === null) return undefined;
    const events = "events" in parsed ? parsed.events : [];
    return Array.isArray(events) && events.every((event) => typeof event === "string") ? events : undefined;
  } catch {
    return undefined; // not JSON
  }
}
