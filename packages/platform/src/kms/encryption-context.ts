import type { RequestContext } from "../iam/condition.ts";

/** What something is encrypted for: it is decrypted with the same pairs only. */
export type EncryptionContext = Readonly<Record<string, string>> | undefined;

/** The same text for the same pairs, whatever their order. */
export function canonicalContext(context: EncryptionContext): string {
  return context === undefined
    ? ""
    : JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What conditions of policies may ask for. */
export function contextKeys(context: NonNullable<EncryptionContext>): RequestContext {
  const entries = Object.entries(context);
  return {
    ...Object.fromEntries(entries.map(([key, value]) => [`kms:EncryptionContext:${key}`, value])),
    ...(entries.length === 0 ? {} : { "kms:EncryptionContextKeys": entries.map(([key]) => key) }),
  };
}
