import { AwsServiceError } from "../service-error.ts";
import type { StateDatabase } from "../state/database.ts";
import { RecordStore } from "../state/record-store.ts";
import type { Right } from "../wire/service-api.ts";
import { defaultKey, type ParameterSecrets } from "./parameter-secrets.ts";

/** A version of a parameter. */
export interface ParameterVersion {
  readonly version: number;
  readonly type: "String" | "StringList" | "SecureString";
  /** Of a `SecureString`, what KMS encrypted, in Base64. */
  readonly value: string;
  /** The key of a `SecureString`, as it was named. */
  readonly keyId?: string | undefined;
  readonly description: string | undefined;
  readonly allowedPattern: string | undefined;
  readonly tier: string;
  readonly dataType: string;
  readonly modifiedMs: number;
  /** ARN of who did it. */
  readonly modifiedBy: string;
}

/** A parameter with its versions, the oldest first. */
export interface StoredParameter {
  readonly name: string;
  readonly versions: readonly ParameterVersion[];
  readonly tags: Readonly<Record<string, string>>;
}

/** What a parameter is to become. */
export interface NewParameter {
  readonly name: string;
  readonly value: string;
  /** As it was unless given. */
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly allowedPattern?: string | undefined;
  readonly tier?: string | undefined;
  /** Of a `SecureString`; AWS's own for Systems Manager unless given. */
  readonly keyId?: string | undefined;
  readonly dataType?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** What CloudFormation does in its own name. */
export const cloudFormationUser = "CloudFormation";

const mostVersions = 100;
const valueLengths: Readonly<Record<string, number>> = { Standard: 4096, Advanced: 8192 };
const mostLevels = 15;

/** The parameters of the account, in the state. */
export class ParameterStore {
  readonly #records: RecordStore<StoredParameter>;
  readonly #secrets: ParameterSecrets;
  readonly #nowMs: () => number;

  constructor(state: StateDatabase, secrets: ParameterSecrets, nowMs: () => number) {
    this.#records = new RecordStore(state, "ssm-parameter");
    this.#secrets = secrets;
    this.#nowMs = nowMs;
  }

  get(name: string): StoredParameter | undefined {
    return this.#records.get(name);
  }

  /** In the order of their names. */
  list(): StoredParameter[] {
    return this.#records.list();
  }

  /**
   * What it takes to put a value, besides the right to put the parameter.
   * @throws {AwsServiceError} if its key can't be had.
   */
  putRights({ name, value, type, tier, keyId = defaultKey }: NewParameter): Right[] {
    const next = type ?? this.get(name)?.versions.at(-1)?.type;
    if (next !== "SecureString") return [];
    return this.#secrets.sealRights(name, keyId, readTier(tier, value) === "Advanced");
  }

  /** What it takes to see the value of a version, besides the right to get the parameter. */
  revealRights(name: string, { type, value }: ParameterVersion): Right[] {
    return type === "SecureString" ? this.#secrets.openRights(name, value) : [];
  }

  /** The value of a version, decrypted. @throws {AwsServiceError} `InvalidKeyId`. */
  reveal(name: string, { type, value }: ParameterVersion): string {
    return type === "SecureString" ? this.#secrets.open(name, value) : value;
  }

  /**
   * Makes a parameter, or another version of it.
   * @returns the number of the version.
   * @throws {AwsServiceError} if it can't be had; `ParameterAlreadyExists` if it is there and isn't to be overwritten.
   */
  put(parameter: NewParameter, overwrites: boolean, modifiedBy: string): { version: number; tier: string } {
    const { name, value, tags, allowedPattern } = parameter;
    checkName(name);
    const known = this.get(name);
    if (known !== undefined && !overwrites) {
      throw new AwsServiceError(
        "ParameterAlreadyExists",
        400,
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
      );
    }
    const before = known?.versions.at(-1);
    const type = readType(parameter.type ?? before?.type);
    if (before !== undefined && before.type !== type && [before.type, type].includes("SecureString")) {
      throw new AwsServiceError(
        "HierarchyTypeMismatchException",
        400,
        "Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
      );
    }
    const tier = readTier(parameter.tier, value);
    checkValue(value, allowedPattern);
    const version = (before?.version ?? 0) + 1;
    if (type !== "SecureString" && parameter.keyId !== undefined) {
      throw validation("KeyId is required for SecureString type parameter only.");
    }
    const { keyId = defaultKey } = parameter;
    const kept =
      type === "SecureString" ? { value: this.#secrets.seal(name, value, keyId), keyId } : { value };
    const made: ParameterVersion = {
      version,
      type,
      ...kept,
      description: parameter.description ?? before?.description,
      allowedPattern,
      tier,
      dataType: parameter.dataType ?? before?.dataType ?? "text",
      modifiedMs: this.#nowMs(),
      modifiedBy,
    };
    this.#records.put(name, {
      name,
      versions: [...(known?.versions ?? []), made].slice(-mostVersions),
      tags: tags ?? known?.tags ?? {},
    });
    return { version, tier };
  }

  tag(parameter: StoredParameter, tags: Readonly<Record<string, string>>): void {
    this.#records.put(parameter.name, { ...parameter, tags });
  }

  /** @returns whether there was one. */
  delete(name: string): boolean {
    return this.#records.delete(name);
  }
}

/** Splits `name:version` or `name:label`; labels aren't given here. */
export function splitSelector(reference: string): {
  readonly name: string;
  readonly selector: string | undefined;
} {
  const own = /^arn:aws[a-z-]*:ssm:[^:]+:\d+:parameter(\/.*)$/.exec(reference)?.[1];
  // A name without hierarchy has no slash of its own.
  const text = own === undefined ? reference : own.lastIndexOf("/") === 0 ? own.slice(1) : own;
  const [name = "", selector] = text.split(":");
  return { name, selector };
}

/** What templates are told of a parameter, or of one of its versions. */
export function parameterValue(
  store: ParameterStore,
  reference: string,
): { readonly value: string; readonly isSecure: boolean } | undefined {
  const { name, selector } = splitSelector(reference);
  const versions = store.get(name)?.versions;
  const found =
    selector === undefined ? versions?.at(-1) : versions?.find(({ version }) => String(version) === selector);
  return found && { value: found.value, isSecure: found.type === "SecureString" };
}

function checkName(name: string): void {
  if (!/^[a-zA-Z0-9_.\-/]{1,1011}$/.test(name) || name.endsWith("/") || name.includes("//")) {
    throw validation(
      "Invalid parameter name. A name has letters, digits and .-_, in a path with a slash before each level.",
    );
  }
  if (name.includes("/") && !name.startsWith("/")) {
    throw validation("Parameter name must be a fully qualified name.");
  }
  if (/^\/?(?:aws|ssm)/i.test(name)) {
    throw new AwsServiceError("AccessDeniedException", 400, `No access to reserved parameter name: ${name}.`);
  }
  const levels = name.split("/").length - 1;
  if (levels > mostLevels) {
    throw new AwsServiceError(
      "HierarchyLevelLimitExceededException",
      400,
      `Parameter name must have fewer than ${mostLevels + 1} levels.`,
    );
  }
}

function readType(type: string | undefined): ParameterVersion["type"] {
  if (type === "String" || type === "StringList" || type === "SecureString") return type;
  if (type === undefined) {
    throw validation("A parameter type is required when you create a parameter.");
  }
  throw validation(
    `1 validation error detected: Value '${type}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]`,
  );
}

function readTier(given: string | undefined, value: string): string {
  const bytes = Buffer.byteLength(value);
  const wanted = given ?? "Standard";
  const tier = wanted === "Intelligent-Tiering" ? (bytes > 4096 ? "Advanced" : "Standard") : wanted;
  const most = valueLengths[tier];
  if (most === undefined)
    throw validation(`The tier ${tier} is none of Standard, Advanced, Intelligent-Tiering.`);
  if (bytes > most) {
    throw validation(
      `${tier} tier parameters support a maximum parameter value of ${most} characters.${tier === "Standard" ? " To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html" : ""}`,
    );
  }
  return tier;
}

function checkValue(value: string, pattern: string | undefined): void {
  if (value === "") {
    throw validation(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  }
  if (/\{\{.*\}\}/.test(value)) {
    throw validation("Parameter value can't nest another parameter.");
  }
  if (pattern === undefined || pattern === "") return;
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch {
    throw new AwsServiceError("InvalidAllowedPatternException", 400, `${pattern} is no regular expression.`);
  }
  if (expression.test(value)) return;
  throw new AwsServiceError(
    "ParameterPatternMismatchException",
    400,
    `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
  );
}

function validation(message: string): AwsServiceError {
  return new AwsServiceError("ValidationException", 400, message);
}
