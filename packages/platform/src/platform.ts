import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { apiGatewayService } from "./apigateway/control/index.ts";
import type { PlatformApi } from "./client/platform-api.ts";
import { PlatformClient, type SignedRequestInit } from "./client/platform-client.ts";
import type { PlatformFunction } from "./client/platform-function.ts";
import { cloudWatchService, functionMetrics, MetricStore, recordEmbedded } from "./cloudwatch/index.ts";
import { Debuggers } from "./debugging/debuggers.ts";
import type { FunctionAttendance } from "./debugging/function-attendance.ts";
import { HandStarts } from "./debugging/hand-starts.ts";
import { ecrService, RepositoryStore } from "./ecr/index.ts";
import {
  type AddressBook,
  type Endpoint,
  endpointsOf,
  httpStageUrl,
  resolvesLocalhostNames,
} from "./endpoints.ts";
import { busDestination, EventsService, eventsService } from "./events/index.ts";
import { FrontDoor } from "./front-door/front-door.ts";
import { HttpServer, ListenError } from "./front-door/http-server.ts";
import { httpApiService } from "./httpapi/control/index.ts";
import { defaultStage } from "./httpapi/passage.ts";
import { iamService } from "./iam/api/index.ts";
import { Authenticator } from "./iam/caller.ts";
import { IdentityStore } from "./iam/identity-store.ts";
import { findManagedPolicy } from "./iam/managed-policies.ts";
import { roleOf } from "./iam/role.ts";
import { Sessions } from "./iam/sessions.ts";
import { kmsService } from "./kms/api/index.ts";
import { checkEnvironmentKey } from "./kms/environment-key.ts";
import { KeyRing } from "./kms/key-ring.ts";
import { KeyStore } from "./kms/key-store.ts";
import { RecordVault } from "./kms/record-vault.ts";
import { AsynchronousInvoker, EventQueue, standardEventInvokeConfig } from "./lambda/asynchronous/index.ts";
import { PackageStore } from "./lambda/code/package-store.ts";
import { CodeArchives, lambdaService } from "./lambda/control/index.ts";
import { type Clock, RuntimeFinder, systemClock } from "./lambda/environment/index.ts";
import { FunctionCredentials } from "./lambda/function-credentials.ts";
import type { InvokeFunction } from "./lambda/invocation-call.ts";
import type { LambdaFunction } from "./lambda/lambda-function.ts";
import { LambdaService } from "./lambda/lambda-service.ts";
import { logsService } from "./logs/index.ts";
import { LogStore } from "./logs/log-store.ts";
import { awsLimits, type PlatformLimits } from "./platform-limits.ts";
import {
  localAccountId,
  localStackName,
  type PlatformEvent,
  type PlatformOptions,
  TemplateError,
} from "./platform-options.ts";
import { objectsOfCaller, S3Store, s3Service } from "./s3/index.ts";
import { AwsServiceError } from "./service-error.ts";
import { loadOrCreateCredentials, type StoredCredentials } from "./signature/index.ts";
import { SnsService, snsService, topicDestination } from "./sns/index.ts";
import { SqsService, sqsService } from "./sqs/index.ts";
import { ParameterStore, parameterValue, ssmService } from "./ssm/index.ts";
import { cloudFormationService, withLocalAddresses } from "./stack/api/index.ts";
import { Deployments } from "./stack/deployments.ts";
import { DirectResources } from "./stack/direct-resources.ts";
import { makeRepositories } from "./stack/resources/ecr.ts";
import { makeBuckets } from "./stack/resources/s3.ts";
import { makeParameters } from "./stack/resources/ssm.ts";
import { ServedStacks } from "./stack/served-stacks.ts";
import { findStack } from "./stack/service/stack-lookup.ts";
import { StackService } from "./stack/service/stack-service.ts";
import { StackStore } from "./stack/service/stack-store.ts";
import { emptyModel, type StackModel } from "./stack/stack-model.ts";
import type { DeployableStack } from "./stack/template-deployment.ts";
import { StateDatabase } from "./state/database.ts";
import { Identifiers } from "./state/identifiers.ts";
import { Sequences } from "./state/sequences.ts";
import {
  createBuildFolder,
  type RunningPlatform,
  readRunningPlatformAt,
  removeRunningPlatform,
  writeRunningPlatform,
} from "./state/state-folder.ts";
import { stsService } from "./sts/index.ts";
import { UserPoolKeys } from "./tokens/user-pool-keys.ts";
import type { InvocationRecord } from "./trace/invocation-record.ts";
import { InvocationRecords } from "./trace/invocation-records.ts";
import { wafService } from "./wafv2/api/index.ts";
import type { ServiceEntry } from "./wire/service-api.ts";

/** How long events wait for a transaction of another platform on the same state, in milliseconds. */
const stateWaitMs = 1000;

/** With the template as a path. */
type OwnOptions = Omit<PlatformOptions, "template"> & { readonly template?: string };

/** How long an execution environment may stay idle, in milliseconds. AWS does not say how long it waits. */
const idleMs = 10 * 60_000;

/**
 * A local API Gateway, Lambda and Function URL for one template, and for stacks that are deployed to it, on one port.
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
  readonly #options: OwnOptions;
  readonly #limits: PlatformLimits;
  readonly #state: StateDatabase;
  readonly #stateFolder: string;
  /** Whether the state goes with the platform. */
  readonly #isTemporary: boolean;
  readonly #records: InvocationRecords | undefined;
  readonly #client: PlatformClient;
  readonly #logs: LogStore;
  readonly #metrics: MetricStore;
  readonly #functionMetrics: ReturnType<typeof functionMetrics>;
  readonly #sessions: Sessions;
  readonly #identities: IdentityStore;
  readonly #keys: KeyStore;
  /** Of developers; nobody attends to functions unless there is one. */
  readonly #attendance: FunctionAttendance | undefined;
  readonly #lambda: LambdaService;
  readonly #sqs: SqsService;
  readonly #sns: SnsService;
  readonly #events: EventsService;
  readonly #parameters: ParameterStore;
  readonly #repositories: RepositoryStore;
  readonly #s3: S3Store;
  readonly #asynchronous: AsynchronousInvoker;
  readonly #frontDoor: FrontDoor;
  readonly #server: HttpServer;
  readonly #runtimes: RuntimeFinder;
  /** Of the template; nothing without one. */
  readonly #deployments: Deployments | undefined;
  readonly #packages: PackageStore;
  readonly #archives: CodeArchives;
  readonly #served: ServedStacks;
  readonly #stacks: StackService;
  #usesHostNames = false;
  #isClosed = false;

  private constructor(
    options: OwnOptions,
    state: StateDatabase,
    stateFolder: string,
    credentials: StoredCredentials,
  ) {
    this.#options = options;
    this.#state = state;
    this.#stateFolder = stateFolder;
    this.#attendance = this.#createAttendance();
    const unhurried = this.#attendance === undefined ? {} : { enforcesTimeouts: false };
    this.#limits = { ...awsLimits, ...options.limits, ...unhurried };
    this.#isTemporary = options.stateFolder === undefined;
    this.#records = options.recordsInvocations === false ? undefined : new InvocationRecords();
    this.credentials = credentials;
    this.region = options.region ?? process.env["AWS_REGION"] ?? "us-east-1";
    const warn = (message: string) => this.#emit({ kind: "warning", message });
    this.#logs = new LogStore(state, warn);
    this.#metrics = new MetricStore(state, warn, () => (options.clock ?? systemClock).now());
    this.#functionMetrics = functionMetrics(this.#metrics);
    this.#runtimes = new RuntimeFinder({
      hostPath: process.env["PATH"] ?? "",
      warn,
      searchFrom: [this.#templateFolder, process.cwd()],
    });
    this.#identities = new IdentityStore(state);
    this.#keys = new KeyStore({
      state,
      ring: new KeyRing(join(resolve(stateFolder), "keys")),
      accountId: localAccountId,
      region: this.region,
      nowMs: (options.clock ?? systemClock).now,
      model: () => this.#served.model,
    });
    this.#sessions = new Sessions({
      state,
      accountId: localAccountId,
      administrator: credentials,
      findRole: (arn) => this.#served.model?.roles.get(arn),
    });
    this.#lambda = this.#createLambda();
    const clock = options.clock ?? systemClock;
    this.#sqs = new SqsService({ accountId: localAccountId, region: this.region, state, clock });
    this.#s3 = new S3Store({ state, folder: join(resolve(stateFolder), "objects"), nowMs: clock.now });
    this.#sns = this.#createSns(clock);
    this.#events = this.#createEvents(clock);
    this.#parameters = new ParameterStore(state, () => clock.now());
    this.#repositories = new RepositoryStore(state, {
      accountId: localAccountId,
      region: this.region,
      nowMs: () => clock.now(),
    });
    this.#asynchronous = this.#createAsynchronousInvoker(clock);
    this.#packages = new PackageStore(join(resolve(stateFolder), "packages"));
    this.#archives = new CodeArchives(this.#packages, join(resolve(stateFolder), "archives"), clock.now);
    this.#served = new ServedStacks(this.#lambda, this.#packages);
    this.#stacks = this.#createStacks(clock);
    this.#deployments = this.#createDeployments();
    this.#frontDoor = this.#createFrontDoor();
    this.#server = new HttpServer(
      (message, response) => this.#frontDoor.answer(message, response),
      (error) => this.#emit({ kind: "bug", error }),
    );
    this.#client = new PlatformClient({
      signatory: this,
      url: () => this.url,
      addressBook: () => this.#addressBook(),
      model: () => this.#served.model,
      functions: () => this.#lambda.list(),
      records: this.#records,
    });
  }

  /**
   * Starts a platform: state, port, template, functions.
   *
   * @throws {TemplateError} if the template or the code has mistakes, all of them named.
   * @throws {ListenError} if the port can't be had, or one for a debugger.
   * @throws {NoSuchFunctionError} if a function is to be debugged that is not there.
   * @throws {TypeError} if functions are to be debugged, and started by hand as well.
   */
  static async start(options: PlatformOptions): Promise<Platform> {
    if (options.debug !== undefined && options.onlyRuntime === true) {
      throw new TypeError("With onlyRuntime nothing is started that debug could be for. Choose one of them.");
    }
    const { template, ...others } = options;
    const path = template instanceof URL ? fileURLToPath(template) : template;
    const own = path === undefined ? others : { ...others, template: path };
    const stateFolder = options.stateFolder ?? (await mkdtemp(join(tmpdir(), "sluice-")));
    const state = StateDatabase.open(stateFolder, (message) =>
      options.onEvent?.({ kind: "warning", message }),
    );
    const credentials = await loadOrCreateCredentials(stateFolder);
    const platform = new Platform(own, state, stateFolder, credentials);
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
   * A REST or HTTP API of the template, at one of its stages.
   *
   * @param logicalId - of the `AWS::Serverless::Api` or `HttpApi`, `AWS::ApiGateway::RestApi` or `AWS::ApiGatewayV2::Api`.
   * @param options - `stage`: by its name; the one that the template names, or the default one of an HTTP API, unless given.
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
    return this.#served.model === undefined ? [] : endpointsOf(this.#served.model, this.#addressBook());
  }

  /** The template's outputs, as CloudFormation would give them. */
  get outputs(): StackModel["outputs"] {
    return this.#served.model?.outputs ?? [];
  }

  /** Ends every function, closes the port, and keeps the state. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#deployments?.stop();
    this.#sqs.close();
    this.#asynchronous.close();
    await this.#server.close();
    await this.#stacks.close();
    await this.#lambda.close();
    await this.#deployments?.close();
    await this.#archives.close();
    await this.#attendance?.close();
    await this.#s3.close();
    this.#logs.close();
    this.#metrics.close();
    this.#state.close();
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
    if (this.#deployments === undefined) this.#takeOver(this.#stacks.engine.model().model);
    else {
      const deployment = await this.#deployments.start(await createBuildFolder(this.#stateFolder));
      if (deployment.stack === undefined) throw new TemplateError(deployment.diagnostics);
    }
    await this.#s3.start();
    await this.#startStacks();
    await writeRunningPlatform(this.#stateFolder, this.#running);
  }

  async #startStacks(): Promise<void> {
    for (const name of await this.#stacks.start()) {
      const { status } = findStack(this.#stacks.engine, name) ?? { status: "DELETE_COMPLETE" };
      const message = `The platform ended in the middle of an operation on the stack ${name}, which is in ${status} now.`;
      this.#emit({ kind: "warning", message });
    }
  }

  /** What paths of the user's are seen from; the working directory without a template. */
  get #templateFolder(): string {
    return this.#template === undefined ? process.cwd() : dirname(this.#template);
  }

  /** Absolute path. */
  get #template(): string | undefined {
    const { template } = this.#options;
    return template === undefined ? undefined : resolve(template);
  }

  get #running(): RunningPlatform {
    const template = this.#template;
    const here = { pid: process.pid, port: this.#server.port, region: this.region };
    return template === undefined ? here : { ...here, template };
  }

  /** The program that has the port, where that is a platform on the same state. */
  async #listenProblem(error: unknown, port: number): Promise<unknown> {
    if (!(error instanceof ListenError) || error.code !== "EADDRINUSE") return error;
    const other = await readRunningPlatformAt(this.#stateFolder, port);
    if (other === undefined) return error;
    const runs = other.template === undefined ? "" : `, which runs ${other.template}`;
    const reuse =
      this.#template !== undefined && other.template === this.#template
        ? "It deploys what you save, so there may be nothing to start. Otherwise stop it"
        : "Stop it";
    return new ListenError(
      `Port ${port} is in use by another Sluice (process ${other.pid})${runs}. ${reuse}, or choose another port: --port ${port + 1}.`,
      error.code,
      error,
    );
  }

  readonly #invoke: InvokeFunction = async (target, call, receiver) => {
    this.#checkEnvironmentKey(target);
    const begun = await this.#functionMetrics.measured(this.#lambda.invoke.bind(this.#lambda))(
      target,
      call,
      receiver,
    );
    this.#deployments?.runs(target.codeFolder, begun.logTail);
    return begun;
  };

  #checkEnvironmentKey(target: LambdaFunction): void {
    const { kmsKeyArn, roleArn = "" } = target;
    if (kmsKeyArn === undefined || this.#options.isUnsigned === true) return;
    checkEnvironmentKey(target, this.#keys.find(kmsKeyArn), this.#served.model?.roles.get(roleArn));
  }

  #createServices(): ServiceEntry[] {
    return [
      cloudFormationService({
        stacks: this.#stacks,
        objects: (context) => objectsOfCaller(this.#s3, context),
        model: () => this.#served.model,
        addressBook: () => this.#addressBook(),
        showsLocalAddresses: this.#options.showsLocalAddresses ?? true,
      }),
      cloudWatchService(this.#metrics, () => (this.#options.clock ?? systemClock).now()),
      ecrService(this.#repositories),
      eventsService(this.#events),
      logsService(this.#logs, `arn:aws:logs:${this.region}:${localAccountId}`),
      sqsService({
        service: this.#sqs,
        accountId: localAccountId,
        urlOf: (name) => this.#queueUrl(name),
      }),
      s3Service(this.#s3),
      snsService(this.#sns),
      ssmService(this.#parameters),
      this.#createLambdaApi(),
      ...this.#createApiGateway(),
      stsService({
        sessions: this.#sessions,
        findRole: (arn) => this.#served.model?.roles.get(arn),
        findManagedPolicy,
      }),
      kmsService({ store: this.#keys, nowMs: (this.#options.clock ?? systemClock).now }),
      iamService({
        accountId: localAccountId,
        store: this.#identities,
        model: () => this.#served.model ?? emptyModel(),
        refresh: () => this.#stacks.engine.refresh(),
        nowMs: (this.#options.clock ?? systemClock).now,
      }),
      wafService({ deployed: () => this.#served.model }),
    ];
  }

  #createLambdaApi(): ServiceEntry {
    const model = () => this.#served.model ?? emptyModel();
    return lambdaService({
      accountId: localAccountId,
      region: this.region,
      model,
      resources: new DirectResources(() => this.#stacks.engine),
      packages: this.#packages,
      objects: (context) => objectsOfCaller(this.#s3, context),
      archives: this.#archives,
      find: (name, qualifier) => this.#lambda.find(name, qualifier),
      fileTimeMs: () => this.#served.fileTimeMs,
      templateFolder: this.#templateFolder,
      localAddress: (url) =>
        this.#options.showsLocalAddresses === false
          ? url
          : withLocalAddresses(url, model(), this.#addressBook()),
    });
  }

  #createApiGateway(): ServiceEntry[] {
    const model = () => this.#served.model ?? emptyModel();
    const common = {
      accountId: localAccountId,
      region: this.region,
      model,
      resources: new DirectResources(() => this.#stacks.engine),
      fileTimeMs: () => this.#served.fileTimeMs,
    };
    return [
      apiGatewayService({ ...common, doors: () => this.#frontDoor.restApis }),
      httpApiService({
        ...common,
        localAddress: (apiId) =>
          this.#options.showsLocalAddresses === false
            ? undefined
            : httpStageUrl(apiId, defaultStage, this.#addressBook()),
      }),
    ];
  }

  #createLambda(): LambdaService {
    const functionCredentials = new FunctionCredentials({
      sessions: this.#sessions,
      administrator: this.credentials,
      findRole: (arn) => this.#served.model?.roles.get(arn),
      warn: (message) => this.#emit({ kind: "warning", message }),
    });
    return new LambdaService({
      accountId: localAccountId,
      region: this.region,
      credentials: (target) => functionCredentials.of(target),
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
          recordEmbedded(this.#metrics, message);
          this.#emit({ kind: "log", functionName: target.name, message });
        }
      },
      trace: (trace) => {
        this.#functionMetrics.ended(trace);
        this.#emit({ kind: "invocation", ...trace });
      },
      records: this.#records,
      clock: this.#options.clock ?? systemClock,
      warn: (message) => this.#emit({ kind: "warning", message }),
      attendance: this.#attendance,
    });
  }

  #createAttendance(): FunctionAttendance | undefined {
    const { debug, onlyRuntime } = this.#options;
    const emit = (event: PlatformEvent) => this.#emit(event);
    if (onlyRuntime === true) {
      return new HandStarts({
        folder: resolve(this.#stateFolder, "only-runtime"),
        startByHand: (target, port) => this.#lambda.startByHand(target, port),
        emit,
      });
    }
    return debug === undefined ? undefined : new Debuggers(debug, emit);
  }

  #createSns(clock: Clock): SnsService {
    return new SnsService({
      accountId: localAccountId,
      region: this.region,
      state: this.#state,
      nowMs: () => clock.now(),
      endpoint: () => this.url,
      isUnsigned: this.#options.isUnsigned === true,
      sqs: this.#sqs,
      find: (name, qualifier) => this.#lambda.find(name, qualifier),
      accept: (event) => this.#asynchronous.accept(event),
      warn: (message) => this.#emit({ kind: "warning", message }),
    });
  }

  #createEvents(clock: Clock): EventsService {
    return new EventsService({
      accountId: localAccountId,
      region: this.region,
      state: this.#state,
      nowMs: () => clock.now(),
      isUnsigned: this.#options.isUnsigned === true,
      sqs: this.#sqs,
      sns: this.#sns,
      find: (name, qualifier) => this.#lambda.find(name, qualifier),
      accept: (event) => this.#asynchronous.accept(event),
      log: (group, stream, message, timestampMs) => this.#logs.put(group, stream, { timestampMs, message }),
      warn: (message) => this.#emit({ kind: "warning", message }),
    });
  }

  #createAsynchronousInvoker(clock: Clock): AsynchronousInvoker {
    return new AsynchronousInvoker({
      accountId: localAccountId,
      isUnsigned: this.#options.isUnsigned === true,
      clock,
      queue: new EventQueue(this.#state, this.#template ?? ""),
      transaction: (work) => this.#state.transaction(work, stateWaitMs),
      sqs: this.#sqs,
      find: (name, qualifier) => this.#lambda.find(name, qualifier),
      invoke: this.#invoke,
      config: (name, qualifier = "$LATEST") =>
        this.#served.model?.eventInvokeConfigs.get(`${name}:${qualifier}`) ?? standardEventInvokeConfig,
      rolePolicies: (arn) => this.#served.model?.roles.get(arn),
      measure: this.#functionMetrics.event,
      services: { events: busDestination(this.#events), sns: topicDestination(this.#sns) },
      note: (requestId, message) => this.#emit({ kind: "note", requestId, message }),
      warn: (message) => this.#emit({ kind: "warning", message }),
      report: (error) => this.#emit({ kind: "bug", error }),
    });
  }

  #createDeployments(): Deployments | undefined {
    const { template } = this.#options;
    if (template === undefined) return undefined;
    const identifiers = new Identifiers(this.#state);
    return new Deployments({
      template,
      parameters: this.#options.parameters ?? {},
      region: this.region,
      accountId: localAccountId,
      stackName: localStackName,
      stateFolder: this.#stateFolder,
      idOf: identifiers.idOf.bind(identifiers),
      queueUrl: (name) => this.#queueUrl(name),
      runtimes: this.#options.onlyRuntime === true ? undefined : this.#runtimes,
      watches: this.#options.watches === true,
      emit: (event) => this.#emit(event),
      prepare: async ({ functions }) => this.#attendance?.prepare(functions),
      apply: (stack) => this.#apply(stack),
    });
  }

  /**
   * Lets a stack take over from the one before.
   * @returns for each function, when nothing runs any more of what was there before.
   */
  #apply(stack: DeployableStack): readonly Promise<void>[] {
    this.#served.setFile(stack, (this.#options.clock ?? systemClock).now());
    makeBuckets(stack.model, this.#s3).catch((error: unknown) => {
      if (error instanceof AwsServiceError) this.#emit({ kind: "warning", message: `S3: ${error.summary}` });
      else this.#emit({ kind: "bug", error });
    });
    this.#makeKept(stack.model);
    return this.#takeOver(this.#stacks.engine.model().model);
  }

  /** Makes what services keep themselves; S3 apart, whose buckets take longer. */
  #makeKept(model: StackModel): void {
    try {
      makeParameters(model, this.#parameters);
      makeRepositories(model, this.#repositories);
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      this.#emit({ kind: "warning", message: error.summary });
    }
  }

  #takeOver(model: StackModel): readonly Promise<void>[] {
    this.#identities.refresh(model);
    const replaced = this.#served.takeOver(model);
    this.#sqs.replaceStackQueues([...model.queues.values()]);
    this.#sns.replaceStackTopics([...model.topics.values()], [...model.subscriptions.values()]);
    this.#events.replaceStackRules([...model.eventBuses.values()], [...model.eventRules.values()]);
    this.#asynchronous.start();
    return replaced;
  }

  #createStacks({ now }: Clock): StackService {
    return new StackService({
      region: this.region,
      accountId: localAccountId,
      queueUrl: (name) => this.#queueUrl(name),
      sequences: new Sequences(this.#state),
      store: new StackStore(this.#state, () => this.url, new RecordVault(this.#keys.ring)),
      packages: this.#packages,
      objects: this.#s3,
      parameters: this.#parameters,
      repositories: this.#repositories,
      ssmParameter: (name) => parameterValue(this.#parameters, name),
      base: () => this.#identities.under(this.#served.base),
      apply: (model) => {
        this.#takeOver(model);
      },
      nowMs: now,
      onSettled: ({ name, status }) => this.#emit({ kind: "stack", name, status }),
      report: (error) => this.#emit({ kind: "bug", error }),
    });
  }

  #createFrontDoor(): FrontDoor {
    return new FrontDoor({
      accountId: localAccountId,
      region: this.region,
      host: this.#options.host,
      isUnsigned: this.#options.isUnsigned === true,
      limits: this.#limits,
      clock: this.#options.clock,
      userPoolKeys: new UserPoolKeys(
        this.#options.clock ?? systemClock,
        this.#templateFolder,
        this.#options.userPoolKeys,
      ),
      authenticator: new Authenticator((id) => this.#sessions.find(id), this.region),
      administrator: () => this.#sessions.administrator,
      findActingRole: (arn) => roleOf(arn, this.#served.model?.roles.values() ?? []),
      services: this.#createServices(),
      lambda: this.#lambda,
      archives: this.#archives,
      invoke: this.#invoke,
      asynchronous: this.#asynchronous,
      logs: this.#logs,
      metrics: this.#metrics,
      model: () => this.#served.model,
      urls: () => this.endpoints.map(({ url }) => url),
      emit: (event) => this.#emit(event),
    });
  }

  /** As AWS has it, at this machine's address. */
  #queueUrl(name: string): string {
    return `http://127.0.0.1:${this.port}/${localAccountId}/${name}`;
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
