import { constants, verify } from "node:crypto";
import { isRecord, parseJson } from "../json-value.ts";
import type { IssuerKey } from "./issuer-keys.ts";

/** A token as it is sent: read, and not yet believed. */
export interface JsonWebToken {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
}

/** API Gateway takes RSA signatures alone. */
const algorithms: Readonly<Record<string, { readonly hash: string; readonly padding: number }>> = {
  RS256: { hash: "sha256", padding: constants.RSA_PKCS1_PADDING },
  RS384: { hash: "sha384", padding: constants.RSA_PKCS1_PADDING },
  RS512: { hash: "sha512", padding: constants.RSA_PKCS1_PADDING },
  PS256: { hash: "sha256", padding: constants.RSA_PKCS1_PSS_PADDING },
  PS384: { hash: "sha384", padding: constants.RSA_PKCS1_PSS_PADDING },
  PS512: { hash: "sha512", padding: constants.RSA_PKCS1_PSS_PADDING },
};

const compact = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;

/** Reads a token in its compact form. @returns nothing if it is none. */
export function parseToken(text: string): JsonWebToken | undefined {
  const [, head, payload, signature] = compact.exec(text) ?? [];
  if (head === undefined || payload === undefined || signature === undefined) return undefined;
  const [header, claims] = [head, payload].map((part) =>
    parseJson(Buffer.from(part, "base64url").toString()),
  );
  if (!isRecord(header) || !isRecord(claims)) return undefined;
  const { alg, kid } = header;
  return {
    algorithm: String(alg),
    keyId: typeof kid === "string" ? kid : undefined,
    claims,
    signed: `${head}.${payload}`,
    signature: Buffer.from(signature, "base64url"),
  };
}

/** Whether API Gateway knows how to verify a token. */
export function hasKnownAlgorithm({ algorithm }: JsonWebToken): boolean {
  return Object.hasOwn(algorithms, algorithm);
}

/** Whether the key signed the token. */
export function isSignedBy(token: JsonWebToken, { key, algorithm }: IssuerKey): boolean {
  const known = Object.hasOwn(algorithms, token.algorithm) ? algorithms[token.algorithm] : undefined;
  if (known === undefined || (algorithm !== undefined && algorithm !== token.algorithm)) return false;
  const { hash, padding } = known;
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return verify(hash, Buffer.from(token.signed), { key, padding, saltLength }, token.signature);
}
