import { type Answer, accepted, jsonAnswer, refusal } from "./answer.ts";
import type { BodyReader, Exchange } from "./connection.ts";
import { readWhole } from "./whole-body.ts";

/** What `register` tells an extension about the function. */
export interface FunctionMetadata {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly handler: string;
  readonly accountId: string;
}

/** What an extension that asked for INVOKE is told. */
export interface InvokeEvent {
  readonly deadlineMs: number;
  readonly requestId: string;
  readonly invokedFunctionArn: string;
  readonly traceId: string | undefined;
}

/** Why an environment is shut down, as extensions are told: AWS's documentation has capitals, its code has not. */
export type ShutdownReason = "spindown" | "timeout" | "failure";

/** An extension, as the platform's log shows it. */
export interface ExtensionStatus {
  readonly name: string;
  readonly state: ExtensionState;
  readonly events: readonly string[];
  readonly errorType: string | undefined;
}

/** What an extension says went wrong with it. */
export interface ExtensionFailure {
  readonly errorType: "Extension.InitError" | "Extension.ExitError";
  readonly body: Buffer;
}

type ExtensionState =
  | "Started"
  | "Registered"
  | "Ready"
  | "Running"
  | "InitError"
  | "ExitError"
  | "LaunchError";

interface Extension {
  readonly name: string;
  /** Runs in a process of its own, rather than within the runtime's. */
  readonly isExternal: boolean;
  /** None before it has registered. */
  id: string | undefined;
  events: readonly string[];
  state: ExtensionState;
  errorType: string | undefined;
  /** The call that is blocked in `event/next`. */
  waiting: Exchange | undefined;
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html */
export const maxExtensions = 10;

/** Far above any registration or error report. Ours. */
const maxBodyBytes = 256 * 1024;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What the Extensions API needs from its surroundings. */
export interface ExtensionsApiOptions {
  readonly function: FunctionMetadata;
  readonly randomId: () => string;
  /** Whether extensions may ask for INVOKE. */
  readonly knowsInvoke: boolean;
  readonly isInitializing: () => boolean;
  /** An extension became ready. */
  readonly onReady: () => void;
  readonly onFailure: (failure: ExtensionFailure) => void;
}

/**
 * The Extensions API: external extensions, which the platform starts and so expects by name, and internal ones, which
 * run within the runtime's process.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
export class ExtensionsApi {
  readonly #options: ExtensionsApiOptions;
  readonly #extensions: Extension[] = [];
  readonly #registered = Promise.withResolvers<void>();
  #shutdownEvent: { readonly shutdownReason: ShutdownReason; readonly deadlineMs: number } | undefined;

  constructor(options: ExtensionsApiOptions) {
    this.#options = options;
  }

  /** How many have registered, or are expected to. */
  get count(): number {
    return this.#extensions.length;
  }

  /** No event is given out, and no invocation is over, before every extension has called `event/next` again. */
  get isReady(): boolean {
    return this.#extensions.every(
      ({ state }) => state !== "Started" && state !== "Registered" && state !== "Running",
    );
  }

  get statuses(): readonly ExtensionStatus[] {
    return this.#extensions;
  }

  /**
   * Says which external extensions are started.
   * @returns when all of them have registered.
   */
  expect(names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.#extensions.push({
        name,
        isExternal: true,
        id: undefined,
        events: [],
        state: "Started",
        errorType: undefined,
        waiting: undefined,
      });
    }
    return this.#registered.promise;
  }

  /** One of those expected could not be started. */
  launchFailed(name: string, errorType: string): void {
    for (const extension of this.#extensions) {
      if (extension.name === name && extension.isExternal)
        Object.assign(extension, { state: "LaunchError", errorType });
    }
  }

  /** Tells the extensions that asked for it of an invocation. */
  invoke(event: InvokeEvent): void {
    const { deadlineMs, requestId, invokedFunctionArn, traceId } = event;
    const tracing = traceId === undefined ? {} : { type: "X-Amzn-Trace-Id", value: traceId };
    const body = { eventType: "INVOKE", deadlineMs, requestId, invokedFunctionArn, tracing };
    for (const extension of this.#extensions) {
      if (extension.events.includes("INVOKE")) this.#send(extension, body);
    }
  }

  /**
   * Tells the external extensions that asked for it that they have to end; whoever does not wait is told when it asks.
   * @returns the names of those that asked for it.
   */
  shutDown(shutdownReason: ShutdownReason, deadlineMs: number): readonly string[] {
    this.#shutdownEvent = { shutdownReason, deadlineMs };
    const told = this.#extensions.filter(({ events }) => events.includes("SHUTDOWN"));
    for (const extension of told) this.#send(extension, { eventType: "SHUTDOWN", ...this.#shutdownEvent });
    return told.map(({ name }) => name);
  }

  #send(extension: Extension, body: object): void {
    if (extension.waiting === undefined) return;
    const id = `Lambda-Extension-Event-Identifier: ${this.#options.randomId()}\r\n`;
    extension.state = "Running";
    extension.waiting.answer(jsonAnswer(200, body, id));
    extension.waiting = undefined;
  }

  /** Answers a call below `/2020-01-01/extension/`; `undefined` if there is no such call. */
  handle(exchange: Exchange, call: string): { readonly reader: BodyReader | undefined } | undefined {
    switch (call) {
      case "POST register":
        return { reader: readWhole(maxBodyBytes, (body) => exchange.answer(this.#register(exchange, body))) };
      case "GET event/next":
        this.#next(exchange);
        return { reader: undefined };
      case "POST init/error":
      case "POST exit/error": {
        const to = call === "POST init/error" ? "InitError" : "ExitError";
        return {
          reader: readWhole(maxBodyBytes, (body) => exchange.answer(this.#report(exchange, to, body))),
        };
      }
      default:
        return undefined;
    }
  }

  #register(exchange: Exchange, body: Parameters<Parameters<typeof readWhole>[1]>[0]): Answer {
    const { head } = exchange;
    const name = head.headers.get("lambda-extension-name") ?? "";
    if (name === "") return refusal(403, "Extension.InvalidExtensionName", "Empty extension name");
    const events = body.kind === "whole" ? parseEvents(body.bytes) : undefined;
    if (events === undefined)
      return refusal(403, "InvalidRequestFormat", 'The body is not {"events": [...]}');
    const external = this.#extensions.find((extension) => extension.isExternal && extension.name === name);
    // Internal extensions can't ask for SHUTDOWN.
    const known = (event: string) =>
      event === "INVOKE" ? this.#options.knowsInvoke : event === "SHUTDOWN" && external !== undefined;
    const refused = events.find((event) => !known(event));
    if (refused !== undefined) {
      return refusal(403, "Extension.InvalidEventType", `${refused}: the event is not for this extension`);
    }
    if (!this.#options.isInitializing()) {
      return refusal(403, "Extension.RegistrationClosed", "Extension registration closed already");
    }
    if (this.#extensions.some((extension) => extension.name === name && extension.id !== undefined)) {
      return refusal(403, "Extension.InvalidExtensionState", "Extension with this name already registered");
    }
    if (external === undefined && this.#extensions.length >= maxExtensions) {
      return refusal(403, "Extension.TooManyExtensions", `Extension limit (${maxExtensions}) reached`);
    }
    const id = this.#options.randomId();
    const registered = { id, name, events, state: "Registered" } as const;
    if (external !== undefined) {
      exchange.belongsToExtension();
      Object.assign(external, registered);
    } else {
      const internal = { isExternal: false, errorType: undefined, waiting: undefined };
      this.#extensions.push({ ...internal, ...registered });
    }
    if (this.#extensions.every((extension) => extension.id !== undefined)) this.#registered.resolve();
    const { functionName, functionVersion, handler, accountId } = this.#options.function;
    const features = (head.headers.get("lambda-extension-accept-feature") ?? "").split(/\s*,\s*/);
    const answer = { functionName, functionVersion, handler };
    return jsonAnswer(
      200,
      features.includes("accountId") ? { ...answer, accountId } : answer,
      `Lambda-Extension-Identifier: ${id}\r\n`,
    );
  }

  #next(exchange: Exchange): void {
    const extension = this.identify(exchange);
    if (Buffer.isBuffer(extension)) {
      exchange.answer(extension);
      return;
    }
    if (extension.state !== "Registered" && extension.state !== "Running") {
      exchange.answer(invalidState(extension, "Ready"));
      return;
    }
    const before = extension.state;
    extension.state = "Ready";
    extension.waiting = exchange;
    if (this.#shutdownEvent !== undefined && extension.events.includes("SHUTDOWN")) {
      this.#send(extension, { eventType: "SHUTDOWN", ...this.#shutdownEvent });
      return;
    }
    exchange.onGone(() => {
      if (extension.waiting !== exchange) return;
      extension.waiting = undefined;
      if (extension.state === "Ready") extension.state = before;
    });
    this.#options.onReady();
  }

  #report(
    exchange: Exchange,
    to: "InitError" | "ExitError",
    body: Parameters<Parameters<typeof readWhole>[1]>[0],
  ): Answer {
    const extension = this.identify(exchange);
    if (Buffer.isBuffer(extension)) return extension;
    const errorType = exchange.head.headers.get("lambda-extension-function-error-type") ?? "";
    if (errorType === "") {
      return refusal(403, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found");
    }
    const isLegal =
      extension.state === "Registered" ||
      extension.state === to ||
      (to === "ExitError" && (extension.state === "Ready" || extension.state === "Running"));
    if (!isLegal) return invalidState(extension, to);
    const isFirst = extension.state !== to;
    extension.state = to;
    extension.errorType = `Extension.${to}`;
    if (isFirst) {
      const bytes = body.kind === "whole" ? body.bytes : Buffer.alloc(0);
      this.#options.onFailure({ errorType: `Extension.${to}`, body: bytes });
    }
    return accepted;
  }

  /** Whoever calls, by its identifier; or the refusal. */
  identify(exchange: Exchange): Extension | Answer {
    const id = exchange.head.headers.get("lambda-extension-identifier") ?? "";
    if (id === "") {
      return refusal(
        403,
        "Extension.MissingExtensionIdentifier",
        "Missing Lambda-Extension-Identifier header",
      );
    }
    if (!uuid.test(id)) {
      return refusal(403, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");
    }
    const known = this.#extensions.find((extension) => extension.id === id.toLowerCase());
    if (known?.isExternal === true) exchange.belongsToExtension();
    return known ?? refusal(403, "Extension.UnknownExtensionIdentifier", `Unknown extension ${id}`);
  }
}

function invalidState({ name, state }: Extension, to: ExtensionState): Answer {
  const message = `State transition from ${state} to ${to} failed for extension ${name}. Error: State transition is not allowed`;
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
