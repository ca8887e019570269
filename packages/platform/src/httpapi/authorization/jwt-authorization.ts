import type { Clock } from "../../lambda/environment/index.ts";
import { IssuerKeys } from "../../tokens/issuer-keys.ts";
import { hasKnownAlgorithm, isSignedBy, type JsonWebToken, parseToken } from "../../tokens/json-web-token.ts";
import type { JwtAuthorizer } from "../definition/http-api.ts";
import { gatewayAnswers } from "../gateway-answer.ts";
import type { Identity, Passage } from "../passage.ts";
import { identityOf } from "./identity-source.ts";

/**
 * Lets in whoever brings a token of the issuer.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export class JwtAuthorization {
  readonly #clock: Pick<Clock, "now">;
  readonly #keys: IssuerKeys;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
    this.#keys = new IssuerKeys(clock);
  }

  /** @throws {GatewayAnswer} 401 without a token that is good, 403 without a scope that the route wants. */
  async admit(passage: Passage, authorizer: JwtAuthorizer): Promise<Extract<Identity, { kind: "JWT" }>> {
    const { scopes } = passage.route;
    const given = identityOf(authorizer.identitySource, passage);
    if (given === undefined) {
      passage.note(`401: the request has no token for the authorizer ${authorizer.name}.`);
      throw gatewayAnswers.unauthorized("Bearer");
    }
    const token = parseToken(given.replace(/^Bearer +/i, ""));
    const problem = await this.#findProblem(token, authorizer);
    if (token === undefined || problem !== undefined) {
      passage.journal.authorizerError = problem ?? notOne;
      passage.note(`401: ${authorizer.name}: ${problem ?? notOne}.`);
      throw gatewayAnswers.unauthorized(challenge(scopes, "invalid_token", problem ?? notOne));
    }
    const granted = scopesOf(token);
    if (scopes.length > 0 && !scopes.some((scope) => granted.includes(scope))) {
      const missing = "the token does not have a scope that the route wants";
      passage.journal.authorizerError = missing;
      passage.note(`403: ${authorizer.name}: ${missing}: ${scopes.join(", ")}.`);
      throw gatewayAnswers.forbidden(challenge(scopes, "insufficient_scope", missing));
    }
    const claims = Object.fromEntries(
      Object.entries(token.claims).map(([name, value]) => [name, claimText(value)]),
    );
    return { kind: "JWT", claims, scopes: scopes.length === 0 ? null : granted };
  }

  async #findProblem(
    token: JsonWebToken | undefined,
    authorizer: JwtAuthorizer,
  ): Promise<string | undefined> {
    if (token === undefined) return notOne;
    if (!hasKnownAlgorithm(token)) return `signing method ${token.algorithm} is invalid`;
    if (token.keyId === undefined) return "the token does not name its key";
    let key: Awaited<ReturnType<IssuerKeys["find"]>>;
    try {
      key = await this.#keys.find(authorizer.issuer, token.keyId);
    } catch (error) {
      return `the keys of the issuer can't be had (${error instanceof Error ? error.message : String(error)})`;
    }
    if (key === undefined) return "the issuer does not have the token's key";
    if (!isSignedBy(token, key)) return "the token's signature is invalid";
    return findClaimProblem(token.claims, authorizer, this.#clock.now() / 1_000);
  }
}

const notOne = "the token is not one";

function findClaimProblem(
  claims: Readonly<Record<string, unknown>>,
  { issuer, audience }: JwtAuthorizer,
  nowSeconds: number,
): string | undefined {
  const { iss, aud, client_id: client, exp, nbf, iat } = claims;
  if (iss !== issuer) return "the token does not have a valid issuer";
  // The client stands in only where there is no audience, as in Amazon Cognito's access tokens.
  const audiences = aud === undefined ? [client] : Array.isArray(aud) ? aud : [aud];
  if (!audiences.some((each) => typeof each === "string" && audience.includes(each))) {
    return "the token does not have a valid audience";
  }
  if (typeof exp !== "number" || exp <= nowSeconds) return "the token has expired";
  if (nbf !== undefined && !(typeof nbf === "number" && nbf <= nowSeconds))
    return "the token is not valid yet";
  if (iat !== undefined && !(typeof iat === "number" && iat <= nowSeconds))
    return "the token was issued in the future";
  return undefined;
}

function scopesOf({ claims }: JsonWebToken): string[] {
  const given = claims["scope"] ?? claims["scp"];
  if (Array.isArray(given)) return given.map(String);
  return typeof given === "string" ? given.split(" ").filter((scope) => scope !== "") : [];
}

/** Functions get every claim as text; that of a list has blanks and no commas. */
function claimText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(claimText).join(" ")}]`;
  if (typeof value === "object" && value !== null) {
    return `map[${Object.entries(value)
      .map(([name, each]) => `${name}:${claimText(each)}`)
      .join(" ")}]`;
  }
  return String(value);
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html */
function challenge(scopes: readonly string[], error: string, description: string): string {
  // What an issuer says of itself has no place in a header.
  const text = description.replace(/[^\x20-\x7e]|["\\]/g, "");
  return `Bearer scope="${scopes.join(" ")}" error="${error}" error_description="${text}"`;
}
