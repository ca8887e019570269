import { randomBytes } from "node:crypto";
import * as kms from "@aws-sdk/client-kms";
import { type CallContext, defineService, type Right, type ServiceApi } from "../../wire/service-api.ts";
import { canonicalContext, contextKeys, type EncryptionContext } from "../encryption-context.ts";
import { UndecipherableError } from "../key-ring.ts";
import type { KeyStore } from "../key-store.ts";
import { defaultKeyPolicy, type KmsKey, policyOfKey } from "../kms-key.ts";
import {
  alreadyExists,
  incorrectKey,
  invalidCiphertext,
  invalidState,
  notFound,
  readKeyPolicy,
  requireKey,
  requireUsable,
  validationError,
} from "./kms-errors.ts";

/** What the API needs of the rest of the platform. */
export interface KmsApiOptions {
  readonly store: KeyStore;
  readonly nowMs: () => number;
}

type Context = Pick<CallContext, "accountId" | "region">;

const dayMs = 24 * 60 * 60_000;
/** What a key encrypts at once, in bytes. */
const plaintextBytes = 4096;

/**
 * KMS, as far as symmetric keys for encryption go.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html
 */
export function kmsApi({ store, nowMs }: KmsApiOptions): ServiceApi {
  const { ring } = store;
  const find = (reference: string | undefined, { accountId, region }: Context) =>
    requireKey(store, reference ?? "", accountId, region);
  /** The operation's action on a key that is there. */
  const on = (key: KmsKey, context: EncryptionContext = {}): Right[] => [
    { resource: key.arn, policies: [key.policy], needsResourcePolicy: true, context: contextKeys(context) },
  ];
  const onKey = (
    { KeyId, EncryptionContext }: { KeyId?: string | undefined; EncryptionContext?: EncryptionContext },
    context: Context,
  ) => on(find(KeyId, context), EncryptionContext);
  const change = (changes: (key: KmsKey) => Partial<KmsKey>) => ({
    rights: onKey,
    run: ({ KeyId }: { KeyId?: string | undefined }, context: Context) => {
      const key = find(KeyId, context);
      store.put({ ...key, ...changes(key) });
      return {};
    },
  });
  const keyOfCiphertext = ({ CiphertextBlob, KeyId }: kms.DecryptCommandInput, context: Context): KmsKey => {
    const id = CiphertextBlob && ring.keyOf(CiphertextBlob);
    const key = id === undefined ? undefined : store.find(id);
    if (key === undefined) throw invalidCiphertext();
    if (KeyId !== undefined && find(KeyId, context).id !== key.id) throw incorrectKey();
    return key;
  };
  const aliasRights = (
    { AliasName = "" }: { AliasName?: string | undefined },
    { accountId, region }: Context,
  ) => ({
    resource: `arn:aws:kms:${region}:${accountId}:${AliasName}`,
  });
  const dataKey = (input: kms.GenerateDataKeyCommandInput, context: Context) => {
    const key = requireUsable(find(input.KeyId, context));
    const bytes = input.NumberOfBytes ?? (input.KeySpec === "AES_128" ? 16 : 32);
    if ((input.NumberOfBytes === undefined) === (input.KeySpec === undefined)) {
      throw validationError("Please specify either number of bytes or key spec.");
    }
    const Plaintext = randomBytes(bytes);
    const CiphertextBlob = ring.encrypt(key.id, Plaintext, canonicalContext(input.EncryptionContext));
    return { KeyId: key.arn, Plaintext, CiphertextBlob };
  };
  return defineService(kms, {
    CreateKey: ({ KeySpec = "SYMMETRIC_DEFAULT", KeyUsage = "ENCRYPT_DECRYPT", ...input }, { accountId }) => {
      if (KeySpec !== "SYMMETRIC_DEFAULT" || KeyUsage !== "ENCRYPT_DECRYPT" || input.MultiRegion === true) {
        throw validationError(
          "This platform serves symmetric keys of one Region that encrypt and decrypt: KeySpec SYMMETRIC_DEFAULT, KeyUsage ENCRYPT_DECRYPT.",
        );
      }
      const policy = input.Policy === undefined ? defaultKeyPolicy(accountId) : readKeyPolicy(input.Policy);
      const tags = Object.fromEntries(
        (input.Tags ?? []).map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue]),
      );
      return {
        KeyMetadata: metadata(
          store.create({ description: input.Description ?? "", policy, tags }),
          accountId,
        ),
      };
    },
    DescribeKey: {
      rights: onKey,
      run: ({ KeyId }, context) => ({ KeyMetadata: metadata(find(KeyId, context), context.accountId) }),
    },
    ListKeys: ({ Limit = 100, Marker }) => {
      const keys = store.keys().filter(({ id }) => Marker === undefined || id > Marker);
      const shown = keys.slice(0, Limit);
      const Truncated = keys.length > shown.length;
      return {
        Keys: shown.map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })),
        Truncated,
        ...(Truncated ? { NextMarker: shown.at(-1)?.id } : {}),
      };
    },
    Encrypt: {
      rights: onKey,
      run: ({ KeyId, Plaintext = new Uint8Array(), EncryptionContext }, context) => {
        const key = requireUsable(find(KeyId, context));
        if (Plaintext.length === 0 || Plaintext.length > plaintextBytes) {
          throw validationError(
            `1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length ${Plaintext.length === 0 ? "greater than or equal to 1" : `less than or equal to ${plaintextBytes}`}`,
          );
        }
        return {
          KeyId: key.arn,
          CiphertextBlob: ring.encrypt(key.id, Plaintext, canonicalContext(EncryptionContext)),
          EncryptionAlgorithm: "SYMMETRIC_DEFAULT" as const,
        };
      },
    },
    Decrypt: {
      rights: (input, context) => on(keyOfCiphertext(input, context), input.EncryptionContext),
      run: (input, context) => {
        const key = requireUsable(keyOfCiphertext(input, context));
        try {
          const Plaintext = ring.decrypt(
            input.CiphertextBlob ?? new Uint8Array(),
            canonicalContext(input.EncryptionContext),
          );
          return { KeyId: key.arn, Plaintext, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" as const };
        } catch (error) {
          if (error instanceof UndecipherableError) throw invalidCiphertext();
          throw error;
        }
      },
    },
    GenerateDataKey: { rights: onKey, run: dataKey },
    GenerateDataKeyWithoutPlaintext: {
      rights: onKey,
      run: (input, context) => {
        const { Plaintext: _, ...sealed } = dataKey(input, context);
        return sealed;
      },
    },
    GenerateRandom: ({ NumberOfBytes = 32 }) => ({ Plaintext: randomBytes(NumberOfBytes) }),
    GetKeyPolicy: {
      rights: onKey,
      run: ({ KeyId }, context) => ({
        Policy: JSON.stringify(find(KeyId, context).policy, undefined, 2),
        PolicyName: "default",
      }),
    },
    ListKeyPolicies: { rights: onKey, run: () => ({ PolicyNames: ["default"], Truncated: false }) },
    PutKeyPolicy: {
      rights: onKey,
      run: ({ KeyId, Policy = "" }, context) => {
        const key = find(KeyId, context);
        store.put({ ...key, policy: policyOfKey(readKeyPolicy(Policy), key.id) });
        return {};
      },
    },
    EnableKey: change(notPending(() => ({ state: "Enabled" }))),
    DisableKey: change(notPending(() => ({ state: "Disabled" }))),
    ScheduleKeyDeletion: {
      constraints: { PendingWindowInDays: { range: [7, 30] } },
      rights: onKey,
      run: ({ KeyId, PendingWindowInDays = 30 }, context) => {
        const key = find(KeyId, context);
        if (key.state === "PendingDeletion") throw invalidState(`${key.arn} is pending deletion.`);
        const deletionMs = nowMs() + PendingWindowInDays * dayMs;
        store.put({ ...key, state: "PendingDeletion", deletionMs });
        return {
          KeyId: key.arn,
          DeletionDate: new Date(deletionMs),
          KeyState: "PendingDeletion" as const,
          PendingWindowInDays,
        };
      },
    },
    CancelKeyDeletion: {
      rights: onKey,
      run: ({ KeyId }, context) => {
        const key = find(KeyId, context);
        if (key.state !== "PendingDeletion") throw invalidState(`${key.arn} is not pending deletion.`);
        store.put({ ...key, state: "Disabled", deletionMs: undefined });
        return { KeyId: key.arn };
      },
    },
    CreateAlias: {
      constraints: { AliasName: { length: [1, 256], pattern: "^[a-zA-Z0-9:/_-]+$" } },
      rights: ({ AliasName, TargetKeyId }, context) => [
        ...on(find(TargetKeyId, context)),
        aliasRights({ AliasName }, context),
      ],
      run: ({ AliasName = "", TargetKeyId }, context) => {
        const { accountId, region } = context;
        if (!AliasName.startsWith("alias/") || AliasName.startsWith("alias/aws/")) {
          throw validationError("Invalid identifier");
        }
        if (store.aliases().has(AliasName)) {
          throw alreadyExists(
            `An alias with the name arn:aws:kms:${region}:${accountId}:${AliasName} already exists`,
          );
        }
        store.putAlias(AliasName, find(TargetKeyId, context).id);
        return {};
      },
    },
    DeleteAlias: {
      rights: (input, context) => [aliasRights(input, context)],
      run: ({ AliasName = "" }, { accountId, region }) => {
        if (!store.aliases().has(AliasName)) {
          throw notFound(`Alias arn:aws:kms:${region}:${accountId}:${AliasName} is not found.`);
        }
        store.deleteAlias(AliasName);
        return {};
      },
    },
    ListAliases: ({ KeyId }, context) => {
      const { accountId, region } = context;
      const id = KeyId === undefined ? undefined : find(KeyId, context).id;
      const aliases = [...store.aliases()].filter(([, keyId]) => id === undefined || keyId === id);
      return {
        Aliases: aliases.map(([AliasName, TargetKeyId]) => {
          // None is ever changed here.
          const date = new Date(store.aliasMs(AliasName));
          return {
            AliasName,
            AliasArn: `arn:aws:kms:${region}:${accountId}:${AliasName}`,
            TargetKeyId,
            CreationDate: date,
            LastUpdatedDate: date,
          };
        }),
        Truncated: false,
      };
    },
    ListResourceTags: {
      rights: onKey,
      run: ({ KeyId }, context) => ({
        Tags: Object.entries(find(KeyId, context).tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
        Truncated: false,
      }),
    },
    GetKeyRotationStatus: { rights: onKey, run: () => ({ KeyRotationEnabled: false }) },
  });
}

function notPending(changes: () => Partial<KmsKey>) {
  return (key: KmsKey): Partial<KmsKey> => {
    if (key.state === "PendingDeletion") throw invalidState(`${key.arn} is pending deletion.`);
    return changes();
  };
}

function metadata(key: KmsKey, accountId: string): kms.KeyMetadata {
  const { id, arn, description, state, deletionMs, createdMs, manager = "CUSTOMER" } = key;
  return {
    AWSAccountId: accountId,
    KeyId: id,
    Arn: arn,
    CreationDate: new Date(createdMs),
    Enabled: state === "Enabled",
    Description: description,
    KeyUsage: "ENCRYPT_DECRYPT",
    KeyState: state,
    ...(deletionMs === undefined ? {} : { DeletionDate: new Date(deletionMs) }),
    Origin: "AWS_KMS",
    KeyManager: manager,
    CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
    KeySpec: "SYMMETRIC_DEFAULT",
    EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
    MultiRegion: false,
  };
}
