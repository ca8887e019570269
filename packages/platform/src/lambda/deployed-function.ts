import type { FunctionUse, VersionUse } from "./concurrency.ts";
import type { EnvironmentPool, EnvironmentSpec } from "./environment/index.ts";
import {
  type FunctionAlias,
  type LambdaFunction,
  nothingPublished,
  type Publication,
} from "./lambda-function.ts";

/** A version, `$LATEST` among them, and its execution environments. */
export interface RunningVersion {
  readonly target: LambdaFunction;
  readonly pool: EnvironmentPool;
}

/** What a function's environments are made with. */
export interface DeployedFunctionParts {
  readonly specOf: (target: LambdaFunction) => EnvironmentSpec;
  /** @param current - gives the target as it is now: `$LATEST` changes. */
  readonly openPool: (target: LambdaFunction, current: () => LambdaFunction) => EnvironmentPool;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Whether a developer attends to it: no environments are kept ready then. */
  readonly isAttended: boolean;
}

/** A function with everything that can run of it. */
export class DeployedFunction {
  readonly #parts: DeployedFunctionParts;
  readonly #latest: { target: LambdaFunction; readonly pool: EnvironmentPool };
  /** By number. */
  readonly #versions = new Map<string, RunningVersion>();
  #publication: Publication = nothingPublished;
  /** By version. */
  #provisioned: ReadonlyMap<string, number> = new Map();

  constructor(target: LambdaFunction, parts: DeployedFunctionParts) {
    this.#parts = parts;
    this.#latest = { target, pool: parts.openPool(target, () => this.#latest.target) };
  }

  get latest(): LambdaFunction {
    return this.#latest.target;
  }

  /**
   * Makes this what is deployed from now on. Versions stay as they are while they are published.
   * @returns when nothing runs any more of what was there before.
   */
  async replace(target: LambdaFunction, publication: Publication): Promise<void> {
    const before = this.#publication;
    this.#latest.target = target;
    this.#publication = publication;
    const leaving = [this.#latest.pool.replace(this.#parts.specOf(target))];
    const published = new Map(publication.versions.map((version) => [version.version, version]));
    for (const [number, version] of published) {
      if (!this.#versions.has(number)) {
        this.#versions.set(number, { target: version, pool: this.#parts.openPool(version, () => version) });
      }
    }
    for (const [number, { pool }] of this.#versions) {
      if (published.has(number)) continue;
      this.#versions.delete(number);
      leaving.push(pool.retire());
    }
    this.#provisioned = provisionedBy(publication);
    const named = namedBy(publication);
    for (const number of namedBy(before)) {
      const pool = this.#versions.get(number)?.pool;
      // It can still be invoked by its number; what it has of environments was for the alias.
      if (pool !== undefined && !named.has(number)) leaving.push(pool.replace({ ...pool.spec }));
    }
    if (!this.#parts.isAttended) this.#provision();
    await Promise.all(leaving);
  }

  /** What a caller most likely invokes: what an alias points to, or else `$LATEST`. */
  get preferred(): RunningVersion {
    const [alias] = this.#publication.aliases;
    return (alias === undefined ? undefined : this.version(alias.version)) ?? this.#latest;
  }

  #provision(): void {
    for (const version of this.#running()) void version.pool.provision(this.useOf(version).provisioned);
  }

  /**
   * What a qualifier stands for right now: an alias of two versions for either, by their weights. Its policies are those
   * of the qualifier.
   */
  find(qualifier: string | undefined): LambdaFunction | undefined {
    if (qualifier === undefined || qualifier === "$LATEST") return this.#latest.target;
    const alias = this.#publication.aliases.find(({ name }) => name === qualifier);
    const number = alias === undefined ? qualifier : this.#choose(alias);
    const target = number === "$LATEST" ? this.#latest.target : this.#versions.get(number)?.target;
    const policies = this.#publication.policies.get(qualifier) ?? [];
    return target === undefined ? undefined : { ...target, policies };
  }

  version(number: string): RunningVersion | undefined {
    return number === "$LATEST" ? this.#latest : this.#versions.get(number);
  }

  /** What it has of concurrency. */
  use(): FunctionUse {
    const versions = this.#running().map((version) => this.useOf(version));
    return { reserved: this.#latest.target.reservedConcurrency, versions };
  }

  useOf({ target, pool }: RunningVersion): VersionUse {
    return { concurrency: pool.concurrency, provisioned: this.#provisioned.get(target.version) ?? 0 };
  }

  /**
   * Takes nothing more; invocations under way run on to their end.
   * @returns when nothing runs any more.
   */
  async retire(): Promise<void> {
    await Promise.all(this.#running().map(({ pool }) => pool.retire()));
  }

  /** Ends every environment; invocations under way fail. */
  async dispose(): Promise<void> {
    await Promise.all(this.#running().map(({ pool }) => pool.dispose()));
  }

  #running(): RunningVersion[] {
    return [this.#latest, ...this.#versions.values()];
  }

  #choose({ version, additional }: FunctionAlias): string {
    return additional !== undefined && this.#parts.random() < additional.weight
      ? additional.version
      : version;
  }
}

/** Versions that an alias points to. */
function namedBy({ aliases }: Publication): Set<string> {
  return new Set(
    aliases.flatMap(({ version, additional }) =>
      additional === undefined ? [version] : [version, additional.version],
    ),
  );
}

/** Provisioned concurrency by version. That of an alias of two versions is split by their weights, in whole environments. */
function provisionedBy({ provisioned, aliases }: Publication): Map<string, number> {
  const byVersion = new Map<string, number>();
  const add = (version: string, count: number) =>
    byVersion.set(version, (byVersion.get(version) ?? 0) + count);
  for (const [qualifier, count] of provisioned) {
    const alias = aliases.find(({ name }) => name === qualifier);
    const share = Math.round(count * (alias?.additional?.weight ?? 0));
    add(alias?.version ?? qualifier, count - share);
    if (alias?.additional !== undefined) add(alias.additional.version, share);
  }
  return byVersion;
}
