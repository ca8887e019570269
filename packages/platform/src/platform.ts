import type { PlatformApi } from "./client/platform-api.ts";
import { PlatformClient, type SignedRequestInit } from "./client/platform-client.ts";
import type { PlatformFunction } from "./client/platform-function.ts";
import { platformFrontDoor } from "./composition/platform-front-door.ts";
import { PlatformFunctions } from "./composition/platform-functions.ts";
import { PlatformMessaging } from "./composition/platform-messaging.ts";
import { PlatformPort } from "./composition/platform-port.ts";
import { openSetting, type PlatformSetting, removeTemporaryState } from "./composition/platform-setting.ts";
import { PlatformStacks } from "./composition/platform-stacks.ts";
import { PlatformStores } from "./composition/platform-stores.ts";
import type { Endpoint } from "./endpoints.ts";
import type { PlatformOptions } from "./platform-options.ts";
import type { StoredCredentials } from "./signature/index.ts";
import type { StackModel } from "./stack/stack-model.ts";
import type { InvocationRecord } from "./trace/invocation-record.ts";

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
  readonly #setting: PlatformSetting;
  readonly #port: PlatformPort;
  readonly #stores: PlatformStores;
  readonly #functions: PlatformFunctions;
  readonly #messaging: PlatformMessaging;
  readonly #stacks: PlatformStacks;
  readonly #client: PlatformClient;
  #isClosed = false;

  private constructor(setting: PlatformSetting) {
    // Those that are made first ask for what is made after them only once there are requests.
    const model = () => stacks.model;
    const port = new PlatformPort(setting, (message, response) => frontDoor.answer(message, response));
    const stores = new PlatformStores(setting, model);
    const functions = new PlatformFunctions({
      setting,
      stores,
      model,
      port,
      onRun: (codeFolder, over) => stacks.runs(codeFolder, over),
    });
    const messaging = new PlatformMessaging({ setting, stores, functions, model, port });
    const stacks = new PlatformStacks({ setting, stores, functions, messaging, port });
    const frontDoor = platformFrontDoor({ setting, stores, functions, messaging, stacks, port });
    this.credentials = setting.credentials;
    this.region = setting.region;
    this.#setting = setting;
    this.#port = port;
    this.#stores = stores;
    this.#functions = functions;
    this.#messaging = messaging;
    this.#stacks = stacks;
    this.#client = new PlatformClient({
      signatory: this,
      url: () => port.url,
      addressBook: () => port.addressBook,
      model,
      functions: () => functions.lambda.list(),
      records: functions.records,
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
    const platform = new Platform(await openSetting(options));
    try {
      await platform.#start();
    } catch (error) {
      await platform.close();
      throw error;
    }
    return platform;
  }

  get port(): number {
    return this.#port.number;
  }

  /** Its address, without a slash at its end. */
  get url(): string {
    return this.#port.url;
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
    return this.#stacks.endpoints;
  }

  /** The template's outputs, as CloudFormation would give them. */
  get outputs(): StackModel["outputs"] {
    return this.#stacks.model?.outputs ?? [];
  }

  /** Ends every function, closes the port, and keeps the state. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stacks.stopWatching();
    this.#messaging.close();
    await this.#port.close();
    await this.#stacks.settle();
    await this.#functions.lambda.close();
    await this.#stacks.close();
    await this.#functions.attendance?.close();
    await this.#stores.close();
    this.#setting.state.close();
    await this.#port.withdraw();
    this.#functions.records?.close();
    await removeTemporaryState(this.#setting);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #start(): Promise<void> {
    await this.#port.listen();
    await this.#stacks.start();
    await this.#port.announce();
  }
}
