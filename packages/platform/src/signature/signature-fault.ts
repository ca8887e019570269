import type { AwsServiceError } from "../service-error.ts";

/** Where a request carries its signature: the `Authorization` header, or the query of a presigned URL. */
export type SignatureForm = "header" | "query";

/** What is wrong with a signature, before a service puts it into its own words. */
export type SignatureFault =
  /** Perhaps signed as it was before SigV4, which only S3 ever took in URLs. */
  | { readonly kind: "unsigned"; readonly hasOlderSignature?: boolean }
  | { readonly kind: "signed-twice" }
  /** `Authorization` with nothing in it. */
  | { readonly kind: "empty-authorization" }
  | { readonly kind: "not-key-value"; readonly authorization: string }
  /** A header or part that may come once came again. */
  | { readonly kind: "repeated"; readonly form: SignatureForm; readonly part: string }
  | {
      readonly kind: "incomplete-header";
      readonly missing: readonly string[];
      readonly authorization: string;
    }
  | { readonly kind: "incomplete-query"; readonly missing: readonly string[] }
  | { readonly kind: "date-format"; readonly form: SignatureForm; readonly value: string }
  | { readonly kind: "expires-format"; readonly problem: "not-a-number" | "negative" | "zero" | "too-long" }
  | {
      readonly kind: "too-early" | "too-late";
      readonly timeMs: number;
      readonly nowMs: number;
      /** How far the time of the request may lie from now, in seconds. */
      readonly allowedSeconds: number;
      /** Whether `allowedSeconds` is what `X-Amz-Expires` asked for. */
      readonly isPresignedExpiry: boolean;
    }
  | { readonly kind: "headers-not-signed"; readonly names: readonly string[] }
  | { readonly kind: "algorithm"; readonly form: SignatureForm; readonly algorithm: string }
  | { readonly kind: "credential-format"; readonly form: SignatureForm; readonly credential: string }
  | ScopeFault
  | { readonly kind: "unknown-key"; readonly accessKeyId: string }
  | { readonly kind: "wrong-token" }
  | { readonly kind: "expired-token" }
  | SignatureMismatch
  | { readonly kind: "payload-hash-missing" }
  | { readonly kind: "payload-hash-format"; readonly value: string }
  | { readonly kind: "payload-hash-unsupported"; readonly value: string }
  | { readonly kind: "decoded-length-missing" }
  | { readonly kind: "payload-mismatch"; readonly declared: string; readonly computed: string };

/** The credential scope is not the one of this request, in one or more of its parts. */
export interface ScopeFault {
  readonly kind: "scope";
  readonly form: SignatureForm;
  /** Set when the region is wrong. */
  readonly region?: { readonly sent: string; readonly expected: string };
  /** Set when the service is wrong. */
  readonly service?: { readonly sent: string; readonly expected: string };
  /** Set when the scope does not end in `aws4_request`. */
  readonly terminator?: { readonly sent: string };
  /** Set when the scope is for another day than the request. */
  readonly date?: { readonly sent: string; readonly time: string };
}

/** The signature is not the one that this request has with this key. */
interface SignatureMismatch {
  readonly kind: "mismatch";
  readonly accessKeyId: string;
  readonly signature: string;
  readonly stringToSign: string;
  readonly canonicalRequest: string;
}

/** Puts a fault into the words of one service. */
export type Refuse = (fault: SignatureFault) => AwsServiceError;
