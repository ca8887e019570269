import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as logsClient from "@aws-sdk/client-cloudwatch-logs";
import { RestApiDoor, type Stage } from "./apigateway/rest-api-door.ts";
import type { PlatformApi } from "./client/platform-api.ts";
import { PlatformClient, type SignedRequestInit } from "./client/platform-client.ts";
import type { PlatformFunction } from "./client/platform-function.ts";
import type { Diagnostic } from "./cloudformation/index.ts";
import { type AddressBook, type Endpoint, endpointsOf, resolvesLocalhostNames } from "./endpoints.ts";
import { ClientResponse } from "./front-door/client-response.ts";
import {
  type Destination,
  findDestination,
  isFromForeignPage,
  isLoopbackAddress,
  isTrustedHost,
} from "./front-door/destination.ts";
import { type HttpRequest, headerOf, readRequestHead } from "./front-door/http-request.ts";
import { HttpServer, ListenError } from "./front-door/http-server.ts";
import { Authenticator, administratorPolicy, type CallerCredentials } from "./iam/caller.ts";
import { AsynchronousInvoker, EventQueue, standardEventInvokeConfig } from "./lambda/asynchronous/index.ts";
import { type Clock, RuntimeFinder, systemClock } from "./lambda/environment/index.ts";
import { splitFunctionReference } from "./lambda/function-name.ts";
import { FunctionUrlDoor } from "./lambda/function-url/function-url-door.ts";
import type { InvokeFunction } from "./lambda/invocation-call.ts";
import { InvokeApi } from "./lambda/invoke-api.ts";
import type { LambdaFunction } from "./lambda/lambda-function.ts";
import { type InvocationTrace, LambdaService } from "./lambda/lambda-service.ts";
import { LocalInvokeDoor } from "./lambda/local-invoke-door.ts";
import { PublishedVersions } from "./lambda/published-versions.ts";
import { LogStore } from "./logs/log-store.ts";
import { logsOperations, logsTarget } from "./logs/logs-api.ts";
import { awsLimits, type PlatformLimits } from "./platform-limits.ts";
import { loadOrCreateCredentials, type StoredCredentials } from "./signature/index.ts";
import { SqsService, sqsApi } from "./sqs/index.ts";
import { FileWatcher } from "./stack/file-watcher.ts";
import { FunctionWrites } from "./stack/function-writes.ts";
import type { StackModel } from "./stack/stack-model.ts";
import { type Deployment, deployTemplate } from "./stack/template-deployment.ts";
import { StateDatabase } from "./state/database.ts";
import { Identifiers } from "./state/identifiers.ts";
import {
  createBuildFolder,
  type RunningPlatform,
  readRunningPlatformAt,
  removeRunningPlatform,
  writeRunningPlatform,
} from "./state/state-folder.ts";
import type { InvocationRecord } from "./trace/invocation-record.ts";
import { InvocationRecords } from "./trace/invocation-records.ts";
import { answerJson, type JsonServiceOptions } from "./wire/json-rpc.ts";

/** How a platform is started. */
export interface PlatformOptions {
  /** Path of a SAM or CloudFormation template, or its `file:` URL, as in `new URL("../template.yaml", import.meta.url)`. */
  readonly template: string | URL;
  /** Values of the template's parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Any free port unless set. */
  readonly port?: number;
  /** Address to listen on besides 127.0.0.1, where the functions look for the platform; ::1 unless set. */
  readonly host?: string;
  /** Where everything is that outlives the platform; a folder of its own, removed with it, unless set. */
  readonly stateFolder?: string;
  /** `AWS_REGION`, or us-east-1, unless set. */
  readonly region?: string;
  /**
   * Whether a client that leaves breaks the function's response off, so that a runtime that looks can abort its handler:
   * the `signal` of a stream of `@sluice/runtime` does. For development only, and more than AWS gives: there the
   * function runs to its end. False unless set.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
   */
  readonly abortsOnDisconnect?: boolean;
  /** Leaves signatures and policies unchecked. */
  readonly isUnsigned?: boolean;
  /** Deploys again when the template or the code changes. */
  readonly watches?: boolean;
  /**
   * Whether execution environments are frozen between invocations, as on AWS, so that work left running stalls; true
   * unless set.
   */
  readonly freezes?: boolean;
  /** Whether a function that uses more memory than it may is killed, as on AWS; true unless set. */
  readonly limitsMemory?: boolean;
  /** Limits other than AWS's. */
  readonly limits?: Partial<PlatformLimits>;
  /**
   * Moves what waits: retries of asynchronous events, queues, timeouts of functions and integrations, idle environments,
   * streams beyond Lambda's bandwidth. This machine's time unless set; a `TestClock` in tests. The processes of functions have this machine's
   * time in any case.
   */
  readonly clock?: Clock;
  /**
   * Whether what happens in invocations is remembered for `invocations`: the last thousand, with 1 MB at most of each
   * one's response and 64 MB of all. True unless set.
   */
  readonly recordsInvocations?: boolean;
  /** Takes what happens. */
  readonly onEvent?: (event: PlatformEvent) => void;
}

/** What happens on a platform. */
export type PlatformEvent =
  /** A line of a function's log. */
  | { readonly kind: "log"; readonly functionName: string; readonly message: string }
  /** An invocation is over. */
  | ({ readonly kind: "invocation" } & InvocationTrace)
  /** Something that a developer should know about a request. */
  | { readonly kind: "note"; readonly requestId: string; readonly message: string }
  /** Something that a developer should know about the platform. */
  | { readonly kind: "warning"; readonly message: string }
  /** The template was deployed, for the first time or again. */
  | { readonly kind: "deployed"; readonly durationMs: number; readonly diagnostics: readonly Diagnostic[] }
  /** The template could not be deployed; what ran before runs on. */
  | { readonly kind: "rejected"; readonly diagnostics: readonly Diagnostic[] }
  /** A bug of the platform. */
  | { readonly kind: "bug"; readonly error: unknown };

/** The template can't be deployed. */
export class TemplateError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super("The template has mistakes.");
    this.name = "TemplateError";
    this.diagnostics = diagnostics;
  }
}

/** The account that everything belongs to. */
export const localAccountId = "123456789012";

/** How long events wait for a transaction of another platform on the same state, in milliseconds. */
const stateWaitMs = 1000;

/** How long an execution environment may stay idle, in milliseconds. AWS does not say how long it waits. */
const idleMs = 10 * 60_000;

/**
 * A local API Gateway, Lambda and Function URL for one template, on one port.
 *
 * @example
 * ```ts
 * await using platform = await Platform.start({ template: "template.yaml" });
 * const { text } = await platform.function("Greeting").invoke({ name: "Ada" });
 * ```
 */
export class Platform {
  readonly credentials: StoredCredentials;
  readonly region: string;
  readonly #options: PlatformOptions & { readonly template: string };
  readonly #limits: PlatformLimits;
  readonly #state: StateDatabase;
  readonly #stateFolder: string;
  /** Whether the state goes with the platform. */
  readonly #isTemporary: boolean;
  readonly #records: InvocationRecords | undefined;
  readonly #client: PlatformClient;
  readonly #identifiers: Identifiers;
  readonly #logs: LogStore;
  readonly #lambda: LambdaService;
  readonly #sqs: SqsService;
  readonly #asynchronous: AsynchronousInvoker;
  readonly #server: HttpServer;
  readonly #watcher: FileWatcher;
  readonly #functionWrites: FunctionWrites;
  readonly #runtimes: RuntimeFinder;
  readonly #versions: PublishedVersions;
  readonly #doors: {
    readonly rest: RestApiDoor;
    readonly url: FunctionUrlDoor;
    readonly invoke: InvokeApi;
    readonly local: LocalInvokeDoor;
  };
  readonly #authenticator: Authenticator;
  /** By signing name. */
  readonly #jsonServices: ReadonlyMap<string, JsonServiceOptions>;
  #model: StackModel | undefined;
  #usesHostNames = false;
  #buildFolder = "";
  #generation = 0;
  /** What the last deployment that succeeded was made from. */
  #inputs: readonly string[] = [];
  /** Where the code is that runs. */
  #codeFolder: string | undefined;
  #leavingCode: Promise<unknown> = Promise.resolve();
  #deploying: Promise<void> = Promise.resolve();
  #isRedeployQueued = false;
  #isClosed = false;

  private constructor(
    options: PlatformOptions & { readonly template: string },
    state: StateDatabase,
    stateFolder: string,
    credentials: StoredCredentials,
  ) {
    this.#options = options;
    this.#limits = { ...awsLimits, ...options.limits };
    this.#state = state;
    this.#stateFolder = stateFolder;
    this.#isTemporary = options.stateFolder === undefined;
    this.#records = options.recordsInvocations === false ? undefined : new InvocationRecords();
    this.credentials = credentials;
    this.region = options.region ?? process.env["AWS_REGION"] ?? "us-east-1";
    this.#identifiers = new Identifiers(state);
    this.#logs = new LogStore(state, (message) => this.#emit({ kind: "warning", message }));
    this.#server = new HttpServer(
      (message, response) => this.#answer(message, response),
      (error) => this.#emit({ kind: "bug", error }),
    );
    const warn = (message: string) => this.#emit({ kind: "warning", message });
    this.#functionWrites = new FunctionWrites(warn);
    this.#watcher = new FileWatcher(
      () => this.#redeploy(),
      stateFolder,
      warn,
      [1, 2],
      (path) => this.#functionWrites.isOwn(path),
    );
    this.#runtimes = new RuntimeFinder({
      hostPath: process.env["PATH"] ?? "",
      warn: (message) => this.#emit({ kind: "warning", message }),
      searchFrom: [dirname(resolve(options.template)), process.cwd()],
    });
    this.#versions = new PublishedVersions(resolve(stateFolder));
    this.#lambda = this.#createLambda();
    const clock = options.clock ?? systemClock;
    this.#sqs = new SqsService({ accountId: localAccountId, region: this.region, state, clock });
    this.#asynchronous = this.#createAsynchronousInvoker(clock);
    this.#authenticator = this.#createAuthenticator();
    this.#doors = this.#createDoors();
    this.#jsonServices = this.#createJsonServices();
    this.#client = new PlatformClient({
      signatory: this,
      url: () => this.url,
      addressBook: () => this.#addressBook(),
      model: () => this.#model,
      functions: () => this.#lambda.list(),
      records: this.#records,
    });
  }

  /**
   * Starts a platform: state, port, template, functions.
   *
   * @throws {TemplateError} if the template or the code has mistakes, all of them named.
   * @throws {ListenError} if the port can't be had.
   */
  static async start(options: PlatformOptions): Promise<Platform> {
    const template = options.template instanceof URL ? fileURLToPath(options.template) : options.template;
    const stateFolder = options.stateFolder ?? (await mkdtemp(join(tmpdir(), "sluice-")));
    const state = StateDatabase.open(stateFolder, (message) =>
      options.onEvent?.({ kind: "warning", message }),
    );
    const credentials = await loadOrCreateCredentials(stateFolder);
    const platform = new Platform({ ...options, template }, state, stateFolder, credentials);
    try {
      await platform.#start();
    } catch (error) {
      await platform.close();
      throw error;
    }
    return platform;
  }

  get port(): number {
    return this.#server.port;
  }

  /** Its address, without a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What a client of an AWS SDK is made with to reach this platform. */
  get clientConfig(): {
    readonly region: string;
    readonly endpoint: string;
    readonly credentials: {
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    };
  } {
    const { accessKeyId, secretAccessKey, sessionToken } = this.credentials;
    const token = sessionToken === undefined ? {} : { sessionToken };
    return {
      region: this.region,
      endpoint: this.url,
      credentials: { accessKeyId, secretAccessKey, ...token },
    };
  }

  /**
   * A function of the template.
   *
   * @param name - its logical id or its name.
   * @throws {TypeError} if there is none.
   */
  function(name: string): PlatformFunction {
    return this.#client.function(name);
  }

  /**
   * A REST API of the template, at one of its stages.
   *
   * @param logicalId - of the `AWS::Serverless::Api` or `AWS::ApiGateway::RestApi`.
   * @param options - `stage`: by its name; the one that the template names unless given.
   * @throws {TypeError} if there is none.
   */
  api(logicalId: string, options: { readonly stage?: string } = {}): PlatformApi {
    return this.#client.api(logicalId, options.stage);
  }

  /**
   * Sends a request to this platform, signed with its credentials. Redirects are answers, not followed.
   *
   * @param address - a path; or an address that the template's outputs name, which is the local one then.
   */
  fetch(address: string | URL, init: SignedRequestInit = {}): Promise<Response> {
    return this.#client.fetch(address, init);
  }

  /**
   * Resolves with the invocation behind an answer of an API or a function URL, once it is over.
   *
   * @throws {TypeError} if no function ran for it.
   */
  invocationOf(response: Response): Promise<InvocationRecord> {
    return this.#client.invocationOf(response);
  }

  /** Invocations of all functions in the order in which they began, those under way included; the last thousand at most. */
  get invocations(): readonly InvocationRecord[] {
    return this.#client.invocations;
  }

  /** Every address at which the template can be reached. */
  get endpoints(): readonly Endpoint[] {
    return this.#model === undefined ? [] : endpointsOf(this.#model, this.#addressBook());
  }

  /** The template's outputs, as CloudFormation would give them. */
  get outputs(): StackModel["outputs"] {
    return this.#model?.outputs ?? [];
  }

  /** Ends every function, closes the port, and keeps the state. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watcher.close();
    this.#sqs.close();
    this.#asynchronous.close();
    await this.#server.close();
    await this.#lambda.close();
    await Promise.allSettled([this.#deploying, this.#leavingCode]);
    this.#logs.close();
    this.#state.close();
    if (this.#buildFolder !== "") await rm(this.#buildFolder, { recursive: true, force: true });
    await removeRunningPlatform(this.#stateFolder, this.#running);
    this.#records?.close();
    if (this.#isTemporary) await rm(this.#stateFolder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #start(): Promise<void> {
    const { host, port = 0 } = this.#options;
    try {
      await this.#server.listen(addressesOf(host), port);
    } catch (error) {
      throw await this.#listenProblem(error, port);
    }
    this.#usesHostNames = await resolvesLocalhostNames();
    this.#buildFolder = await createBuildFolder(this.#stateFolder);
    const deployment = await this.#deploy();
    if (deployment.stack === undefined) throw new TemplateError(deployment.diagnostics);
    await writeRunningPlatform(this.#stateFolder, this.#running);
  }

  get #running(): RunningPlatform {
    const template = resolve(this.#options.template);
    return { pid: process.pid, port: this.#server.port, region: this.region, template };
  }

  /** The program that has the port, where that is a platform on the same state. */
  async #listenProblem(error: unknown, port: number): Promise<unknown> {
    if (!(error instanceof ListenError) || error.code !== "EADDRINUSE") return error;
    const other = await readRunningPlatformAt(this.#stateFolder, port);
    if (other === undefined) return error;
    const runs = other.template === undefined ? "" : `, which runs ${other.template}`;
    const reuse =
      other.template === resolve(this.#options.template)
        ? "It deploys what you save, so there may be nothing to start. Otherwise stop it"
        : "Stop it";
    return new ListenError(
      `Port ${port} is in use by another Sluice (process ${other.pid})${runs}. ${reuse}, or choose another port: --port ${port + 1}.`,
      error.code,
      error,
    );
  }

  /** Deploys the template once more, after a deployment under way. What ran before runs on if that fails. */
  #redeploy(): void {
    // One that has not begun yet will see this change too.
    if (this.#isRedeployQueued) return;
    this.#isRedeployQueued = true;
    this.#deploying = this.#deploying.then(async () => {
      this.#isRedeployQueued = false;
      if (this.#isClosed) return;
      try {
        await this.#deploy();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#emit({ kind: "warning", message: `The template could not be deployed: ${message}` });
      }
    });
  }

  async #deploy(): Promise<Deployment> {
    const startedMs = performance.now();
    const sinceMs = Date.now();
    const template = resolve(this.#options.template);
    this.#generation += 1;
    this.#functionWrites.deploys();
    const buildFolder = join(this.#buildFolder, String(this.#generation));
    const deployment = await deployTemplate({
      template,
      parameters: this.#options.parameters ?? {},
      region: this.region,
      accountId: localAccountId,
      stackName: "sluice",
      idOf: (kind, name, length) => this.#identifiers.idOf(kind, `${dirname(template)}/${name}`, length),
      queueUrl: (name) => this.#queueUrl(name),
      buildFolder,
      versions: this.#versions.begin(join(this.#buildFolder, "versions")),
      runtimes: this.#runtimes,
    });
    if (this.#isClosed) return deployment;
    const { stack, diagnostics, inputs } = deployment;
    // Taking a broken change back mends it as well.
    const watched = stack === undefined ? [...this.#inputs, ...inputs] : inputs;
    if (this.#options.watches) this.#watcher.watch(watched, sinceMs);
    if (stack === undefined) {
      await rm(buildFolder, { recursive: true, force: true });
      this.#emit({ kind: "rejected", diagnostics });
      return deployment;
    }
    const names = new Set(stack.functions.map(({ name }) => name));
    const gone = this.#lambda.list().filter(({ name }) => !names.has(name));
    const replaced = [
      ...gone.map(({ name }) => this.#lambda.delete(name)),
      ...stack.functions.map((target) => this.#lambda.put(target, stack.publications.get(target.name))),
    ];
    const left =
      this.#codeFolder === undefined ? stack.leftFolders : [this.#codeFolder, ...stack.leftFolders];
    this.#leaveCode(left, replaced);
    this.#codeFolder = buildFolder;
    this.#inputs = inputs;
    this.#model = stack.model;
    this.#sqs.replaceStackQueues([...stack.model.queues.values()]);
    this.#asynchronous.start();
    this.#emit({ kind: "deployed", durationMs: performance.now() - startedMs, diagnostics });
    return deployment;
  }

  /** Removes the code of earlier deployments once nothing runs from it. */
  #leaveCode(folders: readonly string[], replaced: readonly Promise<void>[]): void {
    const leaving = Promise.all(replaced).then(() =>
      Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))),
    );
    this.#leavingCode = Promise.all([this.#leavingCode, leaving]);
    this.#leavingCode.catch((error: unknown) => this.#emit({ kind: "bug", error }));
  }

  readonly #invoke: InvokeFunction = async (target, call, receiver) => {
    const begun = await this.#lambda.invoke(target, call, receiver);
    // What was built or published is a copy that nobody watches.
    if (this.#inputs.includes(target.codeFolder))
      this.#functionWrites.began(target.codeFolder, begun.logTail);
    return begun;
  };

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = readRequestHead(message);
    const client = new ClientResponse(response);
    const destination = findDestination(request);
    const refusal = this.#refusalOf(request, destination);
    if (refusal !== undefined) {
      client.send(403, plainHeaders(refusal.code), JSON.stringify({ message: refusal.message }));
      return;
    }
    switch (destination.kind) {
      case "rest-api":
        await this.#doors.rest.answer(destination.apiId, destination.rawPath, request, message, client);
        return;
      case "function-url":
        await this.#doors.url.answer(destination.urlId, destination.rawPath, request, message, client);
        return;
      case "local-invoke":
        await this.#doors.local.answer(destination.functionName, request, message, client);
        return;
      case "service": {
        if (destination.signingName === "lambda") {
          await this.#doors.invoke.answer(request, message, client);
          return;
        }
        const service = this.#jsonServices.get(destination.signingName);
        if (service !== undefined) {
          await answerJson(service, request, message, client, randomUUID());
          return;
        }
        this.#emit({
          kind: "warning",
          message: `${request.method} ${request.rawPath}: the service "${destination.signingName}" is not served by this platform.`,
        });
        client.send(
          404,
          plainHeaders("UnknownOperationException"),
          JSON.stringify({
            message: `The service "${destination.signingName}" is not served by this platform. It serves the invocation of Lambda functions, SQS queues and the reading of CloudWatch Logs.`,
          }),
        );
        return;
      }
      case "unknown": {
        const urls = this.endpoints.map(({ url }) => url);
        client.send(
          404,
          plainHeaders("NotFound"),
          JSON.stringify({ message: `There is nothing at ${request.rawPath}.`, endpoints: urls }),
        );
      }
    }
  }

  /** Keeps out who has no business here, whatever the request says. */
  #refusalOf(request: HttpRequest, { kind }: Destination): { code: string; message: string } | undefined {
    const { host = "127.0.0.1", isUnsigned = false } = this.#options;
    const name = headerOf(request, "host") ?? "";
    // Others may know this machine by any name; who is on it needs none but its own, whoever else is let in.
    const isNearby = isLoopbackAddress(host) || isLoopbackAddress(request.sourceIp);
    if (isNearby && !isTrustedHost(name) && name.replace(/:\d+$/, "") !== host) {
      const message = `"${name}" is not a name of this platform. A web page must not reach it under another one.`;
      return { code: "ForbiddenHost", message };
    }
    if ((kind === "local-invoke" || (kind === "service" && isUnsigned)) && isFromForeignPage(request)) {
      const message = `A page of ${headerOf(request, "origin")} may not run functions of this machine. Call them from a page of localhost, or through a function URL or an API.`;
      return { code: "ForbiddenOrigin", message };
    }
    if (kind === "local-invoke" && !isLoopbackAddress(request.sourceIp)) {
      const message =
        "/invoke takes no signature, so it answers this machine alone. Sign a request to the Lambda API instead.";
      return { code: "ForbiddenAddress", message };
    }
    return undefined;
  }

  /** Knows the local credentials, whose owner may do everything. */
  #createAuthenticator(): Authenticator {
    const own: CallerCredentials = {
      ...this.credentials,
      caller: {
        accessKeyId: this.credentials.accessKeyId,
        accountId: localAccountId,
        userId: "AROASLUICEADMINISTRATOR:sluice",
        arn: `arn:aws:sts::${localAccountId}:assumed-role/Administrator/sluice`,
        policies: [administratorPolicy],
      },
    };
    return new Authenticator((id) => (id === own.accessKeyId ? own : undefined), this.region);
  }

  #createLambda(): LambdaService {
    const { accessKeyId, secretAccessKey, sessionToken = "" } = this.credentials;
    return new LambdaService({
      accountId: localAccountId,
      region: this.region,
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      additionalVariables: () => ({ AWS_ENDPOINT_URL: `http://127.0.0.1:${this.port}` }),
      runtimes: this.#runtimes,
      idleMs,
      freezes: this.#options.freezes ?? true,
      limitsMemory: this.#options.limitsMemory ?? true,
      abortsOnDisconnect: this.#options.abortsOnDisconnect === true,
      limits: this.#limits,
      log: (target, entries) => {
        for (const { logStreamName, timeMs, message } of entries) {
          this.#logs.put(target.logGroupName, logStreamName, { timestampMs: timeMs, message });
          this.#emit({ kind: "log", functionName: target.name, message });
        }
      },
      trace: (trace) => this.#emit({ kind: "invocation", ...trace }),
      records: this.#records,
      clock: this.#options.clock ?? systemClock,
      warn: (message) => this.#emit({ kind: "warning", message }),
    });
  }

  #createAsynchronousInvoker(clock: Clock): AsynchronousInvoker {
    return new AsynchronousInvoker({
      accountId: localAccountId,
      isUnsigned: this.#options.isUnsigned === true,
      clock,
      queue: new EventQueue(this.#state, resolve(this.#options.template)),
      transaction: (work) => this.#state.transaction(work, stateWaitMs),
      sqs: this.#sqs,
      find: (name, qualifier) => this.#lambda.find(name, qualifier),
      invoke: this.#invoke,
      config: (name, qualifier = "$LATEST") =>
        this.#model?.eventInvokeConfigs.get(`${name}:${qualifier}`) ?? standardEventInvokeConfig,
      rolePolicies: (arn) => this.#model?.roles.get(arn),
      note: (requestId, message) => this.#emit({ kind: "note", requestId, message }),
      warn: (message) => this.#emit({ kind: "warning", message }),
      report: (error) => this.#emit({ kind: "bug", error }),
    });
  }

  #createDoors() {
    const common = {
      accountId: localAccountId,
      region: this.region,
      invoke: this.#invoke,
      authenticator: this.#authenticator,
      isUnsigned: this.#options.isUnsigned === true,
      limits: this.#limits,
      note: (requestId: string, message: string) => this.#emit({ kind: "note", requestId, message }),
      report: (error: unknown) => this.#emit({ kind: "bug", error }),
    };
    return {
      rest: new RestApiDoor({
        ...common,
        clock: this.#options.clock,
        find: (apiId, stageName) => this.#findStage(apiId, stageName),
        findFunction: (arn) => {
          const { name, qualifier } = splitFunctionReference(arn);
          return this.#lambda.find(name, qualifier);
        },
        rolePolicies: (arn) => this.#model?.roles.get(arn),
      }),
      url: new FunctionUrlDoor({ ...common, find: (urlId) => this.#findUrl(urlId) }),
      invoke: new InvokeApi({
        ...common,
        accept: (event) => this.#asynchronous.accept(event),
        find: (name, qualifier) => this.#lambda.find(name, qualifier),
      }),
      local: new LocalInvokeDoor({ ...common, find: (name) => this.#findByAnyName(name) }),
    };
  }

  #createJsonServices(): Map<string, JsonServiceOptions> {
    const logs = {
      target: logsTarget,
      client: logsClient,
      operations: logsOperations(this.#logs, `arn:aws:logs:${this.region}:${localAccountId}`),
    };
    const sqs = sqsApi({
      service: this.#sqs,
      accountId: localAccountId,
      urlOf: (name) => this.#queueUrl(name),
    });
    return new Map(
      Object.entries({ logs, sqs }).map(([signingName, service]): [string, JsonServiceOptions] => [
        signingName,
        {
          ...service,
          authenticate: async (request, read) =>
            this.#options.isUnsigned
              ? { body: await read() }
              : this.#authenticator.authenticate(request, signingName, read),
          report: (error) => this.#emit({ kind: "bug", error }),
          note: (requestId, message) => this.#emit({ kind: "note", requestId, message }),
        },
      ]),
    );
  }

  /** As AWS has it, at this machine's address. */
  #queueUrl(name: string): string {
    return `http://127.0.0.1:${this.port}/${localAccountId}/${name}`;
  }

  #findStage(apiId: string, stageName: string): Stage | undefined {
    const stage = this.#model?.stages.find(
      (candidate) => candidate.apiId === apiId && candidate.name === stageName,
    );
    const api = this.#model?.apis.get(apiId)?.api;
    return stage === undefined || api === undefined ? undefined : { ...stage, api };
  }

  #findUrl(urlId: string) {
    const url = this.#model?.urls.find(({ id }) => id === urlId);
    if (url === undefined) return undefined;
    return { url, target: this.#lambda.find(url.functionName, url.qualifier) };
  }

  #findByAnyName(reference: string | undefined): LambdaFunction | undefined {
    const functions = this.#lambda.list();
    if (reference === undefined) return functions[0];
    const { name, qualifier } = splitFunctionReference(reference);
    const found = functions.find((target) => target.name === name || target.logicalId === name);
    return found === undefined ? undefined : this.#lambda.find(found.name, qualifier);
  }

  #addressBook(): AddressBook {
    return { port: this.port, region: this.region, usesHostNames: this.#usesHostNames };
  }

  #emit(event: PlatformEvent): void {
    this.#options.onEvent?.(event);
  }
}

function addressesOf(host = "::1"): string[] {
  const includesLoopback = ["127.0.0.1", "localhost", "0.0.0.0", "::"].includes(host);
  return includesLoopback ? [host] : ["127.0.0.1", host];
}

function plainHeaders(errorType: string): readonly (readonly [string, string])[] {
  return [
    ["Content-Type", "application/json"],
    ["x-amzn-ErrorType", errorType],
  ];
}
