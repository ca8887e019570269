/**
 * What a request says about its body.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
 */

import type { ChunkSigning } from "./aws-chunked.ts";
import type { PresentedSignature } from "./presented-signature.ts";
import type { RequestParts } from "./signed-request.ts";
import { emptySha256 } from "./signing-key.ts";
import type { SigningRules } from "./signing-rules.ts";

/** The body as the signature covers it. */
export type DeclaredPayload =
  /** The hash stands in the canonical request, and the body must have it. */
  | { readonly kind: "sha256"; readonly canonicalHash: string; readonly sha256: string }
  /** The signature covers the body's own hash, which is known when the body is. */
  | { readonly kind: "undeclared" }
  /** The body is not covered. */
  | { readonly kind: "unsigned"; readonly canonicalHash: string }
  /** The body is cut into chunks, which may carry signatures of their own. */
  | {
      readonly kind: "aws-chunked";
      readonly canonicalHash: string;
      readonly signing: ChunkSigning;
      readonly decodedBytes: number;
    };

/** Reads `x-amz-content-sha256`, in the query of a presigned URL or in a header. */
export function declaredPayload(
  parts: RequestParts,
  signature: PresentedSignature,
  rules: SigningRules,
): DeclaredPayload {
  const inQuery = signature.form === "query" ? parts.queryValues("X-Amz-Content-Sha256")[0] : undefined;
  const value = inQuery ?? parts.header("x-amz-content-sha256");
  if (value !== undefined && /^[0-9a-f]{64}$/i.test(value)) {
    return { kind: "sha256", canonicalHash: value, sha256: value.toLowerCase() };
  }
  if (rules.payloadRule === "digest") {
    // No other value has a meaning here, so that a client can't leave its body out of the signature by naming one.
    if (hasBody(parts)) return { kind: "undeclared" };
    return { kind: "sha256", canonicalHash: emptySha256, sha256: emptySha256 };
  }
  if (value === undefined) {
    if (signature.form === "query") return { kind: "unsigned", canonicalHash: unsignedPayload };
    throw rules.refuse({ kind: "payload-hash-missing" });
  }
  if (value === unsignedPayload) return { kind: "unsigned", canonicalHash: value };
  const signing = chunkSignings.get(value);
  if (signing !== undefined) {
    const decodedLength = parts.header("x-amz-decoded-content-length") ?? "";
    if (!/^\d{1,15}$/.test(decodedLength)) throw rules.refuse({ kind: "decoded-length-missing" });
    return { kind: "aws-chunked", canonicalHash: value, signing, decodedBytes: Number(decodedLength) };
  }
  const kind = value.startsWith("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")
    ? "payload-hash-unsupported"
    : "payload-hash-format";
  throw rules.refuse({ kind, value });
}

const unsignedPayload = "UNSIGNED-PAYLOAD";

/** How chunks are signed, by the value of `x-amz-content-sha256`. */
export const chunkSignings: ReadonlyMap<string, ChunkSigning> = new Map<string, ChunkSigning>([
  ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "signed"],
  ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "signed-with-trailer"],
  ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", "unsigned-with-trailer"],
]);

/** Whether HTTP announces a body: without either header there is none. */
function hasBody(parts: RequestParts): boolean {
  return parts.header("transfer-encoding") !== undefined || (parts.header("content-length") ?? "0") !== "0";
}
