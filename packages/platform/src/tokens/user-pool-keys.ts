import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Clock } from "../lambda/environment/index.ts";
import { fetchKeySet, type IssuerKey, IssuerKeys, readKeySet } from "./issuer-keys.ts";

/** An Amazon Cognito user pool. */
export interface UserPool {
  readonly region: string;
  readonly id: string;
}

/** What a user pool calls itself in its tokens. */
export function issuerOf({ region, id }: UserPool): string {
  return `https://cognito-idp.${region}.amazonaws.com/${id}`;
}

/**
 * Keys of user pools: Amazon Cognito's own, or those of a key set that stands in for them here.
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
 */
export class UserPoolKeys {
  readonly #keys: IssuerKeys;

  /**
   * @param folder - that paths are relative to.
   * @param places - by id of the pool: path or address of the key set that stands in.
   */
  constructor(clock: Pick<Clock, "now">, folder: string, places: Readonly<Record<string, string>> = {}) {
    this.#keys = new IssuerKeys(clock, async (issuer) => {
      const place = places[issuer.slice(issuer.lastIndexOf("/") + 1)];
      if (place === undefined) return fetchKeySet(`${issuer}/.well-known/jwks.json`);
      if (/^https?:/.test(place)) return fetchKeySet(place);
      return readKeySet(JSON.parse(await readFile(resolve(folder, place), "utf8")));
    });
  }

  /** @throws if the keys can't be had. */
  find(pool: UserPool, keyId: string): Promise<IssuerKey | undefined> {
    return this.#keys.find(issuerOf(pool), keyId);
  }
}
