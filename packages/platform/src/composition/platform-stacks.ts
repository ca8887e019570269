import { type Endpoint, endpointsOf } from "../endpoints.ts";
import { RecordVault } from "../kms/record-vault.ts";
import { localStackName, TemplateError } from "../platform-options.ts";
import { AwsServiceError } from "../service-error.ts";
import { parameterValue } from "../ssm/index.ts";
import { Deployments } from "../stack/deployments.ts";
import { makeRepositories } from "../stack/resources/ecr.ts";
import { makeLogGroups } from "../stack/resources/logs.ts";
import { makeBuckets } from "../stack/resources/s3.ts";
import { makeParameters } from "../stack/resources/ssm.ts";
import { ServedStacks } from "../stack/served-stacks.ts";
import { findStack } from "../stack/service/stack-lookup.ts";
import { StackService } from "../stack/service/stack-service.ts";
import { StackStore } from "../stack/service/stack-store.ts";
import type { StackModel } from "../stack/stack-model.ts";
import type { DeployableStack } from "../stack/template-deployment.ts";
import { Identifiers } from "../state/identifiers.ts";
import { Sequences } from "../state/sequences.ts";
import { createBuildFolder } from "../state/state-folder.ts";
import type { PlatformFunctions } from "./platform-functions.ts";
import type { PlatformMessaging } from "./platform-messaging.ts";
import type { PlatformPort } from "./platform-port.ts";
import type { PlatformSetting } from "./platform-setting.ts";
import type { PlatformStores } from "./platform-stores.ts";

/** What stacks are deployed to. */
export interface PlatformStacksOptions {
  readonly setting: PlatformSetting;
  readonly stores: PlatformStores;
  readonly functions: PlatformFunctions;
  readonly messaging: PlatformMessaging;
  readonly port: PlatformPort;
}

/**
 * What is deployed: the template, again and again where it is watched, and the stacks of CloudFormation. Together they
 * are one model, which takes over in every service whenever either changes.
 */
export class PlatformStacks {
  readonly service: StackService;
  readonly served: ServedStacks;
  readonly #options: PlatformStacksOptions;
  /** Of the template; nothing without one. */
  readonly #deployments: Deployments | undefined;

  constructor(options: PlatformStacksOptions) {
    this.#options = options;
    this.served = new ServedStacks(options.functions.lambda, options.stores.packages);
    this.service = this.#createService();
    this.#deployments = this.#createDeployments();
  }

  /** Everything that is deployed; nothing before anything is. */
  get model(): StackModel | undefined {
    return this.served.model;
  }

  /** Every address at which it can be reached. */
  get endpoints(): readonly Endpoint[] {
    const { model } = this.served;
    return model === undefined ? [] : endpointsOf(model, this.#options.port.addressBook);
  }

  /**
   * Deploys the template, and what is known of stacks.
   *
   * @throws {TemplateError} if the template or the code has mistakes, all of them named.
   */
  async start(): Promise<void> {
    const { setting, stores } = this.#options;
    if (this.#deployments === undefined) this.#takeOver(this.service.engine.model().model);
    else {
      const deployment = await this.#deployments.start(await createBuildFolder(setting.stateFolder));
      if (deployment.stack === undefined) throw new TemplateError(deployment.diagnostics);
    }
    await stores.objects.start();
    for (const name of await this.service.start()) {
      const { status } = findStack(this.service.engine, name) ?? { status: "DELETE_COMPLETE" };
      setting.warn(
        `The platform ended in the middle of an operation on the stack ${name}, which is in ${status} now.`,
      );
    }
  }

  /** A function runs from this code until the promise is settled: what it writes there is no change of its code. */
  runs(codeFolder: string, over: Promise<unknown>): void {
    this.#deployments?.runs(codeFolder, over);
  }

  /** Deploys the template no more. */
  stopWatching(): void {
    this.#deployments?.stop();
  }

  /** Ends when no operation on a stack is under way any more. */
  async settle(): Promise<void> {
    await this.service.close();
  }

  /** Removes what was built of the template, once nothing runs from it. */
  async close(): Promise<void> {
    await this.#deployments?.close();
  }

  #createDeployments(): Deployments | undefined {
    const { setting, functions, port } = this.#options;
    const { template, options, region, accountId, stateFolder, state, emit } = setting;
    if (template === undefined) return undefined;
    const identifiers = new Identifiers(state);
    return new Deployments({
      template,
      parameters: options.parameters ?? {},
      region,
      accountId,
      stackName: localStackName,
      stateFolder,
      idOf: identifiers.idOf.bind(identifiers),
      queueUrl: (name) => port.queueUrl(name),
      runtimes: options.onlyRuntime === true ? undefined : functions.runtimes,
      watches: options.watches === true,
      emit,
      prepare: async (stack) => functions.attendance?.prepare(stack.functions),
      apply: (stack) => this.#apply(stack),
    });
  }

  #createService(): StackService {
    const { setting, stores, port } = this.#options;
    const { region, accountId, state, nowMs, emit } = setting;
    const { packages, objects, parameters, logs, repositories, identities, keys } = stores;
    return new StackService({
      region,
      accountId,
      queueUrl: (name) => port.queueUrl(name),
      sequences: new Sequences(state),
      store: new StackStore(state, () => port.url, new RecordVault(keys.ring)),
      packages,
      objects,
      parameters,
      logs,
      repositories,
      ssmParameter: (name) => parameterValue(parameters, name),
      base: () => identities.under(this.served.base),
      apply: (model) => {
        this.#takeOver(model);
      },
      nowMs,
      onSettled: ({ name, status }) => emit({ kind: "stack", name, status }),
      report: (error) => emit({ kind: "bug", error }),
    });
  }

  /**
   * Lets the template's stack take over from the one before.
   * @returns for each function, when nothing runs any more of what was there before.
   */
  #apply(stack: DeployableStack): readonly Promise<void>[] {
    const { setting, stores } = this.#options;
    this.served.setFile(stack, setting.nowMs());
    makeBuckets(stack.model, stores.objects).catch((error: unknown) => {
      if (error instanceof AwsServiceError) setting.warn(`S3: ${error.summary}`);
      else setting.emit({ kind: "bug", error });
    });
    this.#makeKept(stack.model);
    return this.#takeOver(this.service.engine.model().model);
  }

  /** Makes what services keep themselves; S3 apart, whose buckets take longer. */
  #makeKept(model: StackModel): void {
    const { setting, stores } = this.#options;
    try {
      makeParameters(model, stores.parameters);
      makeLogGroups(model, stores.logs);
      makeRepositories(model, stores.repositories);
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      setting.warn(error.summary);
    }
  }

  #takeOver(model: StackModel): readonly Promise<void>[] {
    const { stores, messaging } = this.#options;
    stores.identities.refresh(model);
    const replaced = this.served.takeOver(model);
    messaging.takeOver(model);
    return replaced;
  }
}
