import type { Clock } from "../../lambda/environment/index.ts";
import type { IssuerKey } from "../../tokens/issuer-keys.ts";
import { isSignedBy, type JsonWebToken, parseToken } from "../../tokens/json-web-token.ts";
import { issuerOf, type UserPoolKeys } from "../../tokens/user-pool-keys.ts";
import type { UserPoolAuthorizer } from "../definition/authorizer.ts";
import { gatewayResponses } from "../gateway-response/gateway-response.ts";
import type { Passage } from "../passage.ts";
import { identityOf } from "./identity-source.ts";

/**
 * Lets in whoever brings a token of an Amazon Cognito user pool: an identity token, or an access token where the method
 * asks for scopes.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
 */
export class UserPoolAuthorization {
  readonly #clock: Pick<Clock, "now" | "monotonicMs">;
  readonly #keys: UserPoolKeys;

  constructor(clock: Pick<Clock, "now" | "monotonicMs">, keys: UserPoolKeys) {
    this.#clock = clock;
    this.#keys = keys;
  }

  /** @returns the token's claims. @throws {GatewayResponse} with status 401 if the token is not good. */
  async admit(passage: Passage, authorizer: UserPoolAuthorizer): Promise<Record<string, string>> {
    const beganMs = this.#clock.monotonicMs();
    const given = identityOf(authorizer.identitySource, passage);
    const token = given === undefined ? undefined : parseToken(given.replace(/^Bearer +/i, ""));
    const problem =
      token === undefined
        ? given === undefined
          ? "the request has no token"
          : "the token is not one"
        : await this.#findProblem(token, authorizer, passage.method.scopes);
    const latencyMs = this.#clock.monotonicMs() - beganMs;
    if (token === undefined || problem !== undefined) {
      passage.note(`401: ${authorizer.name}: ${problem}.`);
      passage.journal.authorizer = { latencyMs, status: 401, error: problem };
      throw problem === expired
        ? gatewayResponses.unauthorized("The incoming token has expired")
        : gatewayResponses.unauthorized();
    }
    const claims = Object.fromEntries(
      Object.entries(token.claims).map(([name, value]) => [name, claimText(value)]),
    );
    passage.journal.authorizer = {
      latencyMs,
      status: 200,
      claims,
      principalId: claims["sub"],
    };
    return claims;
  }

  async #findProblem(
    token: JsonWebToken,
    { pools }: UserPoolAuthorizer,
    scopes: readonly string[],
  ): Promise<string | undefined> {
    const { iss, exp, token_use: use } = token.claims;
    const pool = pools.find((each) => iss === issuerOf(each));
    if (pool === undefined) return "the token is of none of the authorizer's user pools";
    if (token.keyId === undefined) return "the token does not name its key";
    let key: IssuerKey | undefined;
    try {
      key = await this.#keys.find(pool, token.keyId);
    } catch (error) {
      return `the keys of the user pool ${pool.id} can't be had: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (key === undefined) return "the user pool does not have the token's key";
    if (!isSignedBy(token, key)) return "the token's signature is invalid";
    if (typeof exp !== "number" || exp <= this.#clock.now() / 1_000) return expired;
    if (scopes.length === 0) {
      return use === "id"
        ? undefined
        : "the token is no identity token, which a method without scopes asks for";
    }
    if (use !== "access") return "the token is no access token, which a method with scopes asks for";
    const granted = String(token.claims["scope"] ?? "").split(" ");
    return scopes.some((scope) => granted.includes(scope))
      ? undefined
      : `the token has none of the scopes ${scopes.join(", ")}`;
  }
}

const expired = "the token has expired";

/** Functions get every claim as text. */
function claimText(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(",");
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
