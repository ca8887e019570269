import { copyOfModel, type StackModel } from "../stack/stack-model.ts";
import type { StateDatabase } from "../state/database.ts";
import { findManagedPolicy } from "./managed-policies.ts";
import type { PolicyDocument } from "./policy.ts";
import { withOrigin } from "./policy-origin.ts";
import type { ManagedPolicy, Role } from "./role.ts";

/** A role as it was made through the API. */
export interface StoredRole {
  readonly arn: string;
  readonly name: string;
  readonly id: string;
  readonly trustPolicy: PolicyDocument;
  readonly inlinePolicies: readonly { readonly name: string; readonly document: PolicyDocument }[];
  readonly managedPolicyArns: readonly string[];
  readonly boundaryArn?: string | undefined;
  readonly maxSessionSeconds: number;
  readonly description?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdMs: number;
}

/** A managed policy as it was made through the API. */
export type StoredPolicy = ManagedPolicy & { readonly createdMs: number };

/** Roles and managed policies that no template makes. They survive a restart. */
export class IdentityStore {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  role(name: string): StoredRole | undefined {
    return this.#read("iam-role", name) as StoredRole | undefined;
  }

  policy(arn: string): StoredPolicy | undefined {
    return this.#read("iam-policy", arn) as StoredPolicy | undefined;
  }

  putRole(role: StoredRole): void {
    this.#write("iam-role", role.name, role);
  }

  putPolicy(policy: StoredPolicy): void {
    this.#write("iam-policy", policy.arn, policy);
  }

  deleteRole(name: string): void {
    this.#delete("iam-role", name);
  }

  deletePolicy(arn: string): void {
    this.#delete("iam-policy", arn);
  }

  /** A model with these in it, besides what templates make: what they make goes first. */
  under(model: StackModel): StackModel {
    const all = copyOfModel(model);
    for (const policy of this.#all("iam-policy") as StoredPolicy[]) {
      if (all.managedPolicies.has(policy.arn)) continue;
      const document = withOrigin(policy.document, { name: `the managed policy ${policy.name}` });
      all.managedPolicies.set(policy.arn, { ...policy, document });
    }
    const names = new Set([...all.roles.values()].map(({ name }) => name));
    for (const stored of this.#all("iam-role") as StoredRole[]) {
      if (!names.has(stored.name)) all.roles.set(stored.arn, resolveRole(stored, all));
    }
    return all;
  }

  /** Gives these roles what has been made since of the managed policies that they name. */
  refresh(model: StackModel): void {
    for (const stored of this.#all("iam-role") as StoredRole[]) {
      if (model.roles.get(stored.arn)?.id === stored.id)
        model.roles.set(stored.arn, resolveRole(stored, model));
    }
  }

  #read(kind: string, name: string): unknown {
    const row = this.#state.database
      .prepare("SELECT record FROM service_record WHERE kind = ? AND name = ?")
      .get(kind, name);
    return row === undefined ? undefined : JSON.parse(String(row["record"]));
  }

  #all(kind: string): unknown[] {
    return this.#state.database
      .prepare("SELECT record FROM service_record WHERE kind = ? ORDER BY name")
      .all(kind)
      .map((row) => JSON.parse(String(row["record"])));
  }

  #write(kind: string, name: string, record: object): void {
    this.#state.database
      .prepare("INSERT OR REPLACE INTO service_record (kind, name, record) VALUES (?, ?, ?)")
      .run(kind, name, JSON.stringify(record));
  }

  #delete(kind: string, name: string): void {
    this.#state.database.prepare("DELETE FROM service_record WHERE kind = ? AND name = ?").run(kind, name);
  }
}

function resolveRole(stored: StoredRole, { managedPolicies }: StackModel): Role {
  const { name, managedPolicyArns, boundaryArn } = stored;
  const find = (arn: string) => findManagedPolicy(arn) ?? managedPolicies.get(arn)?.document;
  const inlinePolicies = stored.inlinePolicies.map((policy) => ({
    name: policy.name,
    document: withOrigin(policy.document, { name: `the inline policy ${policy.name} of the role ${name}` }),
  }));
  const named = [...managedPolicyArns, ...(boundaryArn === undefined ? [] : [boundaryArn])];
  return {
    ...stored,
    inlinePolicies,
    policies: [
      ...inlinePolicies.map(({ document }) => document),
      ...managedPolicyArns.flatMap((arn) => find(arn) ?? []),
    ],
    unknownPolicyArns: named.filter((arn) => find(arn) === undefined),
    trustPolicy: withOrigin(stored.trustPolicy, { name: `the trust policy of the role ${name}` }),
    boundary: boundaryArn === undefined ? undefined : find(boundaryArn),
    origin: { name: `the role ${name}` },
  };
}
