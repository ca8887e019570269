import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { Condition } from "../src/lambda/environment/testing/condition.ts";
import { FunctionFolder } from "../src/lambda/environment/testing/function-folder.ts";
import { Gate } from "../src/lambda/environment/testing/gate.ts";
import { rawRuntime } from "../src/lambda/environment/testing/raw-runtime.ts";
import { Platform } from "../src/platform.ts";
import type { PlatformEvent, PlatformOptions } from "../src/platform-options.ts";
import { type Exchange, type ExchangeRequest, send } from "./exchange.ts";
import { signWithSdk } from "./sdk-signer.ts";

/** What a test wants of its platform. */
export interface TestPlatformOptions extends Omit<Partial<PlatformOptions>, "template"> {
  /** `Resources` of the template. */
  readonly resources: Readonly<Record<string, unknown>>;
  /** Files beside the template. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/** A request to be signed with the platform's own credentials. */
export interface SignedSending extends ExchangeRequest {
  /** Signing name; `lambda` unless given. */
  readonly service?: string;
}

/**
 * A function that does what its event says: the event's `script`, or the body of an HTTP request, is JavaScript that
 * runs with what {@link rawRuntime} has in scope, so that every test can show what its function does.
 */
export function scripted(properties: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    Type: "AWS::Serverless::Function",
    Properties: { CodeUri: "scripted/", Handler: "bootstrap", Runtime: "provided.al2023", ...properties },
  };
}

/** The `bootstrap` of such functions. */
export const scriptedBootstrap: string = rawRuntime(
  `const input = JSON.parse(event.body);
   const body = input.isBase64Encoded ? Buffer.from(input.body, "base64").toString() : input.body;
   await eval("(async () => {" + (input.script ?? body ?? "await respond(id, event.body)") + "})()");`,
);

/** A platform of a test's own, with everything that it told. */
export class TestPlatform implements AsyncDisposable {
  readonly platform: Platform;
  readonly gate: Gate;
  readonly events: PlatformEvent[];
  /** Where the template, the code and the state are. */
  readonly folder: string;
  readonly #condition: Condition;
  readonly #cleanup: AsyncDisposable;

  private constructor(
    platform: Platform,
    gate: Gate,
    folder: string,
    events: PlatformEvent[],
    condition: Condition,
    cleanup: AsyncDisposable,
  ) {
    this.platform = platform;
    this.gate = gate;
    this.folder = folder;
    this.events = events;
    this.#condition = condition;
    this.#cleanup = cleanup;
  }

  static async start({ resources, files, ...options }: TestPlatformOptions): Promise<TestPlatform> {
    await using stack = new AsyncDisposableStack();
    const gate = stack.use(await Gate.open());
    const folder = stack.use(
      await FunctionFolder.create({ "scripted/bootstrap": scriptedBootstrap, ...files }),
    ).path;
    const template = join(folder, "template.json");
    await writeFile(
      template,
      JSON.stringify({
        AWSTemplateFormatVersion: "2010-09-09",
        Transform: "AWS::Serverless-2016-10-31",
        Globals: { Function: { Timeout: 10, Environment: { Variables: gate.variables } } },
        Resources: resources,
      }),
    );
    const events: PlatformEvent[] = [];
    const condition = new Condition();
    const platform = stack.use(
      await Platform.start({
        template,
        port: 0,
        region: "us-east-1",
        stateFolder: join(folder, "state"),
        ...options,
        onEvent: (event) => {
          events.push(event);
          condition.notify();
        },
      }),
    );
    return new TestPlatform(platform, gate, folder, events, condition, stack.move());
  }

  get port(): number {
    return this.platform.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** An unmodified SDK client of the Lambda service. */
  client(): LambdaClient {
    const { accessKeyId, secretAccessKey, sessionToken = "" } = this.platform.credentials;
    return new LambdaClient({
      region: this.platform.region,
      endpoint: this.url,
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      maxAttempts: 1,
    });
  }

  /** Sends a request as it is. */
  send(request: ExchangeRequest): Promise<Exchange> {
    return send(this.port, request);
  }

  /** Signs a request and sends it. */
  async sendSigned({ service = "lambda", ...request }: SignedSending): Promise<Exchange> {
    const [path = "", query = ""] = request.path.split("?");
    const headers = Object.fromEntries(
      Object.entries(request.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const signed = await signWithSdk(
      {
        method: request.method ?? "GET",
        path,
        query: Object.fromEntries(new URLSearchParams(query)),
        headers: { host: `127.0.0.1:${this.port}`, ...headers },
        body: Buffer.from(request.body ?? ""),
      },
      {
        service,
        region: this.platform.region,
        credentials: this.platform.credentials,
        timeMs: Date.now(),
      },
    );
    return this.send({ ...request, headers: Object.fromEntries(signed.headers) });
  }

  /** Path of a function's URL. */
  urlPath(functionName: string): string {
    const endpoint = this.platform.endpoints.find(
      ({ kind, name }) => kind === "function-url" && name === functionName,
    );
    const id = /(?:_lambda-url\/|\/\/)([a-z0-9]{32})/.exec(endpoint?.url ?? "")?.[1];
    if (id === undefined) throw new Error(`${functionName} has no URL: ${endpoint?.url}`);
    return `/_lambda-url/${id}`;
  }

  /** Resolves once `read` finds what it looks for among the platform's events. */
  until<T>(read: (events: readonly PlatformEvent[]) => T | undefined | false): Promise<T> {
    return this.#condition.until(() => read(this.events));
  }

  /** What is told of an invocation when it is over. */
  invocation(requestId: string): Promise<Extract<PlatformEvent, { kind: "invocation" }>> {
    return this.until((events) =>
      events.find((event) => event.kind === "invocation" && event.report.requestId === requestId),
    ) as Promise<Extract<PlatformEvent, { kind: "invocation" }>>;
  }

  /** Log lines that name a request, without their line ends. */
  logLines(requestId: string): string[] {
    return this.events.flatMap((event) =>
      event.kind === "log" && event.message.includes(requestId) ? [event.message.trimEnd()] : [],
    );
  }

  /** What developers were told about a request. */
  notes(requestId: string): string[] {
    return this.events.flatMap((event) =>
      event.kind === "note" && event.requestId === requestId ? [event.message] : [],
    );
  }

  /** The platform's own bugs; none in a good test. */
  get bugs(): unknown[] {
    return this.events.flatMap((event) => (event.kind === "bug" ? [event.error] : []));
  }

  async readState(name: string): Promise<string> {
    return readFile(join(this.folder, "state", name), "utf8");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup[Symbol.asyncDispose]();
  }
}
