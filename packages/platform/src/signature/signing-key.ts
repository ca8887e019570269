/**
 * From a canonical request to its signature.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */

import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** The only algorithm that is verified. */
export const algorithm = "AWS4-HMAC-SHA256";

/** What ends every credential scope. */
export const scopeTerminator = "aws4_request";

/** Where and when a signature holds. */
export interface CredentialScope {
  /** `YYYYMMDD`, UTC. */
  readonly date: string;
  readonly region: string;
  /** The signing name of the service, such as `lambda`. */
  readonly service: string;
}

/** SHA-256 of nothing, in hex. */
export const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** `date/region/service/aws4_request`. */
export function scopeText({ date, region, service }: CredentialScope): string {
  return `${date}/${region}/${service}/${scopeTerminator}`;
}

/** The key that signs within one scope, for one day. */
export function deriveSigningKey(secretAccessKey: string, scope: CredentialScope): Buffer {
  const dateKey = hmac(`AWS4${secretAccessKey}`, scope.date);
  const regionKey = hmac(dateKey, scope.region);
  const serviceKey = hmac(regionKey, scope.service);
  return hmac(serviceKey, scopeTerminator);
}

/** @param time - `YYYYMMDDTHHMMSSZ`. */
export function stringToSign(time: string, scope: CredentialScope, canonicalRequest: string): string {
  return [algorithm, time, scopeText(scope), sha256Hex(canonicalRequest)].join("\n");
}

/** Lower-case hex. */
export function sign(signingKey: Buffer, text: string): string {
  return hmac(signingKey, text).toString("hex");
}

/** Lower-case hex. Text holds one character for each byte. */
export function sha256Hex(data: string | Uint8Array): string {
  const hash = createHash("sha256");
  return (typeof data === "string" ? hash.update(data, "latin1") : hash.update(data)).digest("hex");
}

/** Compares secrets in a time that tells nothing but whether their lengths differ. */
export function isSameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text, "latin1").digest();
}
