import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { SignedRequest, SigningCredentials } from "../src/signature/index.ts";

/** A request before it is signed. */
export interface UnsignedRequest {
  readonly method: string;
  /** Encoded, as on the wire. */
  readonly path: string;
  /** Not encoded. */
  readonly query?: Readonly<Record<string, string | string[]>>;
  /** Names to values; `host` must be among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** How a request is signed. */
export interface SigningSettings {
  readonly service: string;
  readonly region?: string;
  readonly credentials: SigningCredentials;
  readonly timeMs: number;
  /** `query` gives a presigned URL. */
  readonly form?: "header" | "query";
  /** Of a presigned URL, in seconds; an hour by default. */
  readonly expiresIn?: number;
  /** Whether the request names the hash of its body in `x-amz-content-sha256`, as the JavaScript SDK has it. */
  readonly declaresPayload?: boolean;
}

/** Signs a request with the AWS SDK's own signer and gives it back as it goes over the wire. */
export async function signWithSdk(
  request: UnsignedRequest,
  settings: SigningSettings,
): Promise<SignedRequest> {
  const { service, region = "us-east-1", credentials, timeMs, form = "header", expiresIn = 3600 } = settings;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer = new SignatureV4({
    service,
    region,
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
    sha256: Sha256,
    uriEscapePath: service !== "s3",
    applyChecksum: settings.declaresPayload ?? true,
  });
  const toSign = {
    method: request.method,
    protocol: "http:",
    hostname: "localhost",
    path: request.path,
    query: { ...request.query },
    headers: {
      ...request.headers,
      // As the SDK's S3 presigner has it; the signer moves it to the query.
      ...(service === "s3" && form === "query" ? { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } : {}),
    },
    body: request.body ?? new Uint8Array(),
  };
  const signingDate = new Date(timeMs);
  const signed =
    form === "header"
      ? await signer.sign(toSign, { signingDate })
      : await signer.presign(toSign, { signingDate, expiresIn });
  const headers = Object.entries(signed.headers).map(([name, value]) => [name, latin1(value)] as const);
  const bodyBytes = request.body?.length ?? 0;
  return {
    method: signed.method,
    rawPath: signed.path,
    rawQuery: queryText(signed.query ?? {}),
    // Added after signing, as HTTP clients do.
    headers: bodyBytes > 0 ? [...headers, ["content-length", String(bodyBytes)]] : headers,
  };
}

function queryText(query: Readonly<Record<string, string | readonly string[] | null>>): string {
  const pairs: string[] = [];
  for (const [name, values] of Object.entries(query)) {
    for (const value of Array.isArray(values) ? (values as readonly string[]) : [values as string]) {
      pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
    }
  }
  return pairs.join("&");
}

/** The bytes of a text, one character each, as Node's HTTP parser reads them. */
function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** The hash that the signer wants, on Node's own. */
class Sha256 {
  readonly #secret: string | Uint8Array | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined || typeof secret === "string" ? secret : bytesOf(secret);
    this.#hash = this.#start();
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === "string" ? data : bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    this.#hash = this.#start();
  }

  #start(): Hash | Hmac {
    return this.#secret === undefined ? createHash("sha256") : createHmac("sha256", this.#secret);
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
