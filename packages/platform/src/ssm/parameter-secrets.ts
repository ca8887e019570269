import { canonicalContext, contextKeys } from "../kms/encryption-context.ts";
import { UndecipherableError } from "../kms/key-ring.ts";
import type { KeyStore } from "../kms/key-store.ts";
import type { KmsKey } from "../kms/kms-key.ts";
import { AwsServiceError } from "../service-error.ts";
import type { Right } from "../wire/service-api.ts";

/** The key of parameters that name none: AWS's own, which everyone in the account may use through Systems Manager. */
export const defaultKey = "alias/aws/ssm";

/** Where the parameters are. */
export interface ParameterAccount {
  readonly region: string;
  readonly accountId: string;
}

/**
 * Encrypts the values of `SecureString` parameters with keys of KMS, each for its parameter: the ARN is what it is
 * encrypted for.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
 */
export class ParameterSecrets {
  readonly #keys: KeyStore;
  readonly #account: ParameterAccount;

  constructor(keys: KeyStore, account: ParameterAccount) {
    this.#keys = keys;
    this.#account = account;
  }

  /**
   * What it takes to encrypt the value of a parameter, besides the right to put it.
   * @param reference - id, ARN or alias of the key.
   * @throws {AwsServiceError} `InvalidKeyId`.
   */
  sealRights(name: string, reference: string, isAdvanced: boolean): Right[] {
    const key = this.#require(reference);
    const actions = isAdvanced ? ["kms:GenerateDataKey", "kms:Encrypt"] : ["kms:Encrypt"];
    return actions.map((action) => this.#right(name, key, action));
  }

  /** What it takes to see a value that was encrypted. */
  openRights(name: string, ciphertext: string): Right[] {
    const key = this.#keyOf(ciphertext);
    return key === undefined ? [] : [this.#right(name, key, "kms:Decrypt")];
  }

  /**
   * @returns what KMS encrypted, in Base64.
   * @throws {AwsServiceError} `InvalidKeyId`.
   */
  seal(name: string, value: string, reference: string): string {
    const { id } = usable(this.#require(reference));
    return this.#keys.ring
      .encrypt(id, Buffer.from(value), canonicalContext(this.#contextOf(name)))
      .toString("base64");
  }

  /** @throws {AwsServiceError} `InvalidKeyId` if its key is not there any more, or not enabled. */
  open(name: string, ciphertext: string): string {
    const key = this.#keyOf(ciphertext);
    if (key === undefined) throw invalidKey("The key that this parameter was encrypted with does not exist.");
    usable(key);
    try {
      const sealed = Buffer.from(ciphertext, "base64");
      return this.#keys.ring.decrypt(sealed, canonicalContext(this.#contextOf(name))).toString();
    } catch (error) {
      if (error instanceof UndecipherableError) throw invalidKey(error.message);
      throw error;
    }
  }

  #right(name: string, key: KmsKey, action: string): Right {
    const { region, accountId } = this.#account;
    return {
      action,
      resource: key.arn,
      policies: [key.policy],
      needsResourcePolicy: true,
      context: {
        ...contextKeys(this.#contextOf(name)),
        "kms:ViaService": `ssm.${region}.amazonaws.com`,
        "kms:CallerAccount": accountId,
      },
    };
  }

  #contextOf(name: string) {
    return { PARAMETER_ARN: parameterArn(name, this.#account) };
  }

  #require(reference: string): KmsKey {
    if (reference === defaultKey) return this.#keys.managedKey("ssm");
    const key = this.#keys.find(reference);
    if (key !== undefined) return key;
    const { region, accountId } = this.#account;
    const isAlias = /(?:^|:)alias\//.test(reference);
    const arn = reference.startsWith("arn:")
      ? reference
      : `arn:aws:kms:${region}:${accountId}:${isAlias ? "" : "key/"}${reference}`;
    throw invalidKey(isAlias ? `Alias ${arn} is not found.` : `Key '${arn}' does not exist`);
  }

  #keyOf(ciphertext: string): KmsKey | undefined {
    const id = this.#keys.ring.keyOf(Buffer.from(ciphertext, "base64"));
    return id === undefined ? undefined : this.#keys.find(id);
  }
}

/** A name without hierarchy has no slash of its own. */
export function parameterArn(name: string, { region, accountId }: ParameterAccount): string {
  return `arn:aws:ssm:${region}:${accountId}:parameter${name.startsWith("/") ? "" : "/"}${name}`;
}

function usable(key: KmsKey): KmsKey {
  if (key.state === "Enabled") return key;
  throw invalidKey(`${key.arn} is ${key.state === "Disabled" ? "disabled" : "pending deletion"}.`);
}

function invalidKey(message: string): AwsServiceError {
  return new AwsServiceError("InvalidKeyId", 400, message);
}
