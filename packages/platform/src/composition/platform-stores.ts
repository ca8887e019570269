import { join } from "node:path";
import { MetricStore } from "../cloudwatch/index.ts";
import { RepositoryStore } from "../ecr/index.ts";
import { IdentityStore } from "../iam/identity-store.ts";
import { Sessions } from "../iam/sessions.ts";
import { KeyRing } from "../kms/key-ring.ts";
import { KeyStore } from "../kms/key-store.ts";
import { PackageStore } from "../lambda/code/package-store.ts";
import { CodeArchives } from "../lambda/control/index.ts";
import { LogPruning, LogStore } from "../logs/index.ts";
import { S3Store } from "../s3/index.ts";
import { findAccessKey } from "../signature/index.ts";
import { ParameterSecrets, ParameterStore } from "../ssm/index.ts";
import type { StackModel } from "../stack/stack-model.ts";
import type { PlatformSetting } from "./platform-setting.ts";

/** What services keep, in the state or in folders beside it. */
export class PlatformStores {
  readonly logs: LogStore;
  readonly metrics: MetricStore;
  readonly identities: IdentityStore;
  readonly sessions: Sessions;
  readonly keys: KeyStore;
  readonly parameters: ParameterStore;
  readonly repositories: RepositoryStore;
  /** Of S3. */
  readonly objects: S3Store;
  readonly packages: PackageStore;
  /** Deployment packages as they are downloaded. */
  readonly archives: CodeArchives;
  readonly #logPruning: LogPruning;

  /** @param model - tells roles and keys of what is deployed. */
  constructor(setting: PlatformSetting, model: () => StackModel | undefined) {
    const { accountId, region, state, stateFolder, nowMs, warn } = setting;
    this.logs = new LogStore(state, warn, nowMs);
    this.#logPruning = new LogPruning(this.logs, setting.clock, warn);
    this.metrics = new MetricStore(state, warn, nowMs);
    this.identities = new IdentityStore(state);
    this.sessions = new Sessions({
      state,
      accountId,
      administrator: setting.credentials,
      accessKey: () => findAccessKey(setting.stateFolder),
      findRole: (arn) => model()?.roles.get(arn),
    });
    const ring = new KeyRing(join(stateFolder, "keys"));
    this.keys = new KeyStore({ state, ring, accountId, region, nowMs, model });
    this.parameters = new ParameterStore(state, new ParameterSecrets(this.keys, setting), nowMs);
    this.repositories = new RepositoryStore(state, { accountId, region, nowMs });
    this.objects = new S3Store({ state, folder: join(stateFolder, "objects"), nowMs });
    this.packages = new PackageStore(join(stateFolder, "packages"));
    this.archives = new CodeArchives(this.packages, join(stateFolder, "archives"), nowMs);
  }

  async close(): Promise<void> {
    await this.archives.close();
    await this.objects.close();
    this.#logPruning[Symbol.dispose]();
    this.logs.close();
    this.metrics.close();
  }
}
