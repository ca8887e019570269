import { constants, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What a token is made of besides the usual. */
export interface TokenOptions {
  readonly header?: Readonly<Record<string, unknown>>;
  /** Claims besides the usual ones, or instead of them; `undefined` leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Key that signs; the issuer's own unless given. */
  readonly key?: KeyObject;
}

const hashes: Readonly<Record<string, string>> = {
  RS256: "sha256",
  RS384: "sha384",
  RS512: "sha512",
  PS256: "sha256",
  ES256: "sha256",
};

/** An OpenID Connect issuer on this machine: its discovery document, its keys, and tokens of its own. */
export class TokenIssuer implements AsyncDisposable {
  readonly #server: Server;
  /** Paths that were asked for. */
  readonly requests: string[] = [];
  /** What is answered in the place of the usual. */
  readonly answers = new Map<string, { readonly status: number; readonly body: string }>();
  #keyId = "key-1";
  #keys = generateKeyPairSync("rsa", { modulusLength: 2048 });

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (request, response) => {
      const path = request.url ?? "";
      this.requests.push(path);
      const answer = this.answers.get(path) ?? this.#answer(path);
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
    });
  }

  static async start(): Promise<TokenIssuer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new TokenIssuer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Signs with another key from now on. */
  rotate(keyId: string): void {
    this.#keyId = keyId;
    this.#keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  }

  /** A token that is good for an hour, for the audience `app`. */
  token({ header, claims, key = this.#keys.privateKey }: TokenOptions = {}): string {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const usual = { iss: this.url, aud: "app", sub: "ada", iat: nowSeconds - 60, exp: nowSeconds + 3_600 };
    const algorithm = String(header?.["alg"] ?? "RS256");
    const parts = [
      { alg: algorithm, kid: this.#keyId, ...header },
      { ...usual, ...claims },
    ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
    const padding = algorithm.startsWith("PS")
      ? constants.RSA_PKCS1_PSS_PADDING
      : constants.RSA_PKCS1_PADDING;
    const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
    const signature = sign(hashes[algorithm] ?? "sha256", Buffer.from(parts.join(".")), {
      key,
      padding,
      saltLength,
    });
    return [...parts, signature.toString("base64url")].join(".");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(path: string): { readonly status: number; readonly body: string } {
    if (path === "/.well-known/openid-configuration") {
      return { status: 200, body: JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/keys` }) };
    }
    if (path !== "/keys") return { status: 404, body: "{}" };
    const key = {
      ...this.#keys.publicKey.export({ format: "jwk" }),
      kid: this.#keyId,
      use: "sig",
      alg: undefined,
    };
    const others = [
      { kty: "EC", kid: "other" },
      { kty: "RSA", kid: "broken", n: 5 },
    ];
    return { status: 200, body: JSON.stringify({ keys: [...others, key] }) };
  }
}
