import type { PolicyDocument } from "../iam/policy.ts";
import { findPolicyProblem } from "../iam/policy-problem.ts";
import { parseJson } from "../json-value.ts";
import { AwsServiceError } from "../service-error.ts";
import type { StateDatabase } from "../state/database.ts";
import { RecordStore } from "../state/record-store.ts";

/** A repository of images, which is empty here. */
export interface Repository {
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  readonly mutability: string;
  readonly scansOnPush: boolean;
  readonly encryptionType: string;
  readonly kmsKey?: string | undefined;
  /** JSON text. */
  readonly policy?: string | undefined;
  /** JSON text. */
  readonly lifecyclePolicy?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** What may be said of a repository when it is made. */
export type RepositorySettings = Partial<Omit<Repository, "name" | "arn" | "createdMs">>;

/** The repositories of the account, in the state. */
export class RepositoryStore {
  readonly #records: RecordStore<Repository>;
  readonly #place: { readonly accountId: string; readonly region: string; readonly nowMs: () => number };

  constructor(
    state: StateDatabase,
    place: { readonly accountId: string; readonly region: string; readonly nowMs: () => number },
  ) {
    this.#records = new RecordStore(state, "ecr-repository");
    this.#place = place;
  }

  get(name: string): Repository | undefined {
    return this.#records.get(name);
  }

  /** In the order of their names. */
  list(): Repository[] {
    return this.#records.list();
  }

  arnOf(name: string): string {
    return `arn:aws:ecr:${this.#place.region}:${this.#place.accountId}:repository/${name}`;
  }

  /** Where Docker would find it on AWS. */
  uriOf(name: string): string {
    return `${this.#place.accountId}.dkr.ecr.${this.#place.region}.amazonaws.com/${name}`;
  }

  /** @throws {AwsServiceError} if there is one, or it can't be called that. */
  create(name: string, settings: RepositorySettings): Repository {
    checkName(name);
    if (this.get(name) !== undefined) {
      throw new AwsServiceError(
        "RepositoryAlreadyExistsException",
        400,
        `The repository with name '${name}' already exists in the registry with id '${this.#place.accountId}'`,
      );
    }
    const standard = { mutability: "MUTABLE", scansOnPush: false, encryptionType: "AES256", tags: {} };
    const made = { name, arn: this.arnOf(name), createdMs: this.#place.nowMs() };
    return this.change({ ...made, ...standard, ...settings }, {});
  }

  /** @throws {AwsServiceError} if a policy is none. */
  change(repository: Repository, changes: RepositorySettings): Repository {
    const changed = { ...repository, ...changes };
    checkPolicy(changed.policy);
    if (
      changed.lifecyclePolicy !== undefined &&
      !Array.isArray(Object(parseJson(changed.lifecyclePolicy))["rules"])
    ) {
      throw invalid(
        "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure'",
      );
    }
    this.#records.put(changed.name, changed);
    return changed;
  }

  /** @returns whether there was one. */
  delete(name: string): boolean {
    return this.#records.delete(name);
  }
}

function checkName(name: string): void {
  const pattern = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
  if (name.length >= 2 && name.length <= 256 && pattern.test(name)) return;
  throw invalid(
    "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*''",
  );
}

/** Policies of repositories name no resource: it is theirs. */
function checkPolicy(text: string | undefined): void {
  if (text === undefined) return;
  const policy = parseJson(text);
  const isOne =
    typeof policy === "object" &&
    policy !== null &&
    findPolicyProblem(policy as PolicyDocument) === undefined;
  if (!isOne) {
    throw invalid(
      "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    );
  }
}

function invalid(message: string): AwsServiceError {
  return new AwsServiceError("InvalidParameterException", 400, message);
}
