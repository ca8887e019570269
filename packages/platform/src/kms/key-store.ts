import { randomUUID } from "node:crypto";
import type { StackModel } from "../stack/stack-model.ts";
import type { StateDatabase } from "../state/database.ts";
import type { KeyRing } from "./key-ring.ts";
import { type KmsKey, policyOfKey } from "./kms-key.ts";
import { managedKeyPolicy } from "./managed-key.ts";

/** What the store needs of the rest of the platform. */
export interface KeyStoreOptions {
  readonly state: StateDatabase;
  readonly ring: KeyRing;
  readonly accountId: string;
  readonly region: string;
  readonly nowMs: () => number;
  /** What templates make. */
  readonly model: () => Pick<StackModel, "kmsKeys" | "kmsAliases"> | undefined;
}

interface Alias {
  readonly name: string;
  readonly keyId: string;
  /** State that older versions kept has none. */
  readonly createdMs?: number;
}

/** Keys and aliases: those of templates, and those that were made through the API, which survive a restart. */
export class KeyStore {
  readonly ring: KeyRing;
  readonly #options: KeyStoreOptions;

  constructor(options: KeyStoreOptions) {
    this.#options = options;
    this.ring = options.ring;
  }

  /** In the order of their ids. */
  keys(): KmsKey[] {
    const stored = this.#stored<KmsKey>("kms-key").map((key) => this.#landed(key));
    const own = stored.filter((key) => !this.#isDue(key));
    for (const key of stored) if (this.#isDue(key)) this.#delete(key);
    const ids = new Set(own.map(({ id }) => id));
    const ofTemplates = [...(this.#options.model()?.kmsKeys.values() ?? [])].filter(({ id }) => !ids.has(id));
    return [...own, ...ofTemplates].sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  /** Alias to id of its key. */
  aliases(): ReadonlyMap<string, string> {
    const stored = this.#stored<Alias>("kms-alias");
    const ofTemplates = this.#options.model()?.kmsAliases ?? new Map<string, string>();
    return new Map([...ofTemplates, ...stored.map(({ name, keyId }) => [name, keyId] as const)]);
  }

  /** When an alias was made: a template's with its key. */
  aliasMs(name: string): number {
    const stored = this.#stored<Alias>("kms-alias").find((alias) => alias.name === name);
    return stored?.createdMs ?? this.find(name)?.createdMs ?? this.#options.nowMs();
  }

  /** By id, ARN, alias or ARN of an alias. */
  find(reference: string): KmsKey | undefined {
    const name = /(?:^|:)(alias\/.+)$/.exec(reference)?.[1];
    const id = name === undefined ? reference.replace(/^arn:.*:key\//, "") : this.aliases().get(name);
    const key = this.keys().find((candidate) => candidate.id === id);
    return reference.startsWith("arn:") && name === undefined && key?.arn !== reference ? undefined : key;
  }

  /** The key that AWS has in the account for a service, such as `alias/aws/ssm`. It is made with its first use. */
  managedKey(service: string): KmsKey {
    const alias = `alias/aws/${service}`;
    const known = this.find(alias);
    if (known !== undefined) return known;
    const { region, accountId } = this.#options;
    const key = this.create({
      description: `Default key of ${service} when no other is named`,
      policy: managedKeyPolicy(service, region, accountId),
      tags: {},
      manager: "AWS",
    });
    this.putAlias(alias, key.id);
    return key;
  }

  create(key: Pick<KmsKey, "description" | "policy" | "tags" | "manager">): KmsKey {
    const { accountId, region, nowMs } = this.#options;
    const id = randomUUID();
    const arn = `arn:aws:kms:${region}:${accountId}:key/${id}`;
    const made: KmsKey = { ...key, id, arn, state: "Enabled", createdMs: nowMs() };
    this.put(made);
    return made;
  }

  /** Keeps a key as it is now, whoever made it. */
  put(key: KmsKey): void {
    this.#write("kms-key", key.id, key);
  }

  putAlias(name: string, keyId: string): void {
    const alias: Alias = { name, keyId, createdMs: this.#options.nowMs() };
    this.#write("kms-alias", name, alias);
  }

  deleteAlias(name: string): void {
    this.#options.state.database
      .prepare("DELETE FROM service_record WHERE kind = 'kms-alias' AND name = ?")
      .run(name);
  }

  #isDue({ deletionMs }: KmsKey): boolean {
    return deletionMs !== undefined && deletionMs <= this.#options.nowMs();
  }

  #delete({ id }: KmsKey): void {
    this.ring.destroy(id);
    this.#options.state.database
      .prepare("DELETE FROM service_record WHERE kind = 'kms-key' AND name = ?")
      .run(id);
  }

  #landed(key: KmsKey): KmsKey {
    return { ...key, policy: policyOfKey(key.policy, key.id) };
  }

  #stored<T>(kind: string): T[] {
    return this.#options.state.database
      .prepare("SELECT record FROM service_record WHERE kind = ? ORDER BY name")
      .all(kind)
      .map((row) => JSON.parse(String(row["record"])) as T);
  }

  #write(kind: string, name: string, record: object): void {
    this.#options.state.database
      .prepare("INSERT OR REPLACE INTO service_record (kind, name, record) VALUES (?, ?, ?)")
      .run(kind, name, JSON.stringify(record));
  }
}
