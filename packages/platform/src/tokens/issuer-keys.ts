import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { limits } from "@sluice/protocol";
import type { Clock } from "../lambda/environment/index.ts";

/** A key that an issuer signs with. */
export interface IssuerKey {
  readonly key: KeyObject;
  /** The only algorithm that it is for, if it says so. */
  readonly algorithm: string | undefined;
}

interface KeptKeys {
  readonly keys: Promise<ReadonlyMap<string, IssuerKey>>;
  readonly untilMs: number;
}

/** Gets the keys of an issuer, by their ids. @throws if it can't be asked, or answers with something else. */
export type FetchKeys = (issuer: string) => Promise<ReadonlyMap<string, IssuerKey>>;

/**
 * Public keys of token issuers, kept for two hours.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export class IssuerKeys {
  readonly #clock: Pick<Clock, "now">;
  readonly #kept = new Map<string, KeptKeys>();

  readonly #fetch: FetchKeys;

  /** @param fetch - OpenID Connect discovery unless given. */
  constructor(clock: Pick<Clock, "now">, fetch: FetchKeys = discoverKeys) {
    this.#clock = clock;
    this.#fetch = fetch;
  }

  /**
   * The key with that id. AWS keeps keys for as long as it says; here an issuer that was started again has others, so they
   * are fetched anew for one that isn't known.
   * @throws if the issuer can't be asked, or answers with something else.
   */
  async find(issuer: string, keyId: string): Promise<IssuerKey | undefined> {
    const kept = this.#kept.get(issuer);
    if (kept !== undefined && kept.untilMs > this.#clock.now()) {
      const known = (await kept.keys).get(keyId);
      if (known !== undefined) return known;
    }
    const keys = this.#fetch(issuer);
    this.#kept.set(issuer, { keys, untilMs: this.#clock.now() + limits.tokenIssuer.keysAgeMs });
    // What failed is no answer to keep.
    keys.catch(() => this.#kept.delete(issuer));
    return (await keys).get(keyId);
  }
}

async function discoverKeys(issuer: string): Promise<ReadonlyMap<string, IssuerKey>> {
  const discovery = await fetchJson(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  const { jwks_uri: address } = discovery as { jwks_uri?: unknown };
  if (typeof address !== "string") throw new Error("The discovery document has no jwks_uri.");
  return fetchKeySet(address);
}

/** Gets the key set at an address. @throws if there is none. */
export async function fetchKeySet(address: string): Promise<ReadonlyMap<string, IssuerKey>> {
  return readKeySet(await fetchJson(address));
}

/** Reads a JSON Web Key Set. @throws if it is none. */
export function readKeySet(document: unknown): ReadonlyMap<string, IssuerKey> {
  const { keys } = (document ?? {}) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error("The key set has no keys.");
  return new Map(keys.flatMap(readKey));
}

function readKey(jwk: JsonWebKey & { kid?: unknown; alg?: unknown; use?: unknown }): [string, IssuerKey][] {
  // Keys of other kinds, or to encrypt with, are for others.
  if (jwk.kty !== "RSA" || typeof jwk.kid !== "string" || (jwk.use ?? "sig") !== "sig") return [];
  const algorithm = typeof jwk.alg === "string" ? jwk.alg : undefined;
  try {
    return [[jwk.kid, { key: createPublicKey({ key: jwk, format: "jwk" }), algorithm }]];
  } catch {
    // A key that can't be read verifies nothing; the others may.
    return [];
  }
}

async function fetchJson(address: string): Promise<unknown> {
  const { fetchMs, keysBytes } = limits.tokenIssuer;
  const response = await fetch(address, { signal: AbortSignal.timeout(fetchMs) });
  if (!response.ok) throw new Error(`${address} answered ${response.status}.`);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (bytes.length > keysBytes) throw new Error(`${address} has more than ${keysBytes} bytes.`);
  return JSON.parse(bytes.toString());
}
