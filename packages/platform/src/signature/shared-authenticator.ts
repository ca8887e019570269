/**
 * What every service but S3 answers to a request that is not well signed: one text for each fault, and a code and status
 * by the family of the service.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 * @see https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
 */

import { createHash } from "node:crypto";
import type { AwsServiceError } from "../service-error.ts";
import { isoBasic } from "./request-time.ts";
import type { ScopeFault, SignatureFault } from "./signature-fault.ts";
import { mismatchDetail, SignatureRefusal } from "./signature-refusal.ts";
import { scopeTerminator } from "./signing-key.ts";

/** How a service names its errors: REST JSON and `execute-api`, JSON by `X-Amz-Target`, or Query. */
type ErrorFamily = "rest-json" | "json" | "query";

/** The family of a service, by its signing name. */
function errorFamilyOf(service: string): ErrorFamily {
  if (jsonServices.has(service)) return "json";
  return queryServices.has(service) ? "query" : "rest-json";
}

/** The answer of a service to a fault. */
export function sharedAuthenticatorError(fault: SignatureFault, service: string): AwsServiceError {
  const family = errorFamilyOf(service);
  // Only the services behind REST JSON read an `Authorization` header of another scheme as a broken signature.
  const { reason, text } =
    family !== "rest-json" && isOtherScheme(fault) ? unsigned(family) : explain(fault, family);
  const [code, status] = codes[family][reason];
  const withDetail = fault.kind === "mismatch" && service === "execute-api";
  return new SignatureRefusal(code, status, withDetail ? text + mismatchDetail(fault) : text, fault);
}

type Reason = "missing" | "incomplete" | "invalid" | "unknown-client" | "expired-token";

const codes: Record<ErrorFamily, Record<Reason, readonly [code: string, status: number]>> = {
  "rest-json": {
    missing: ["MissingAuthenticationTokenException", 403],
    incomplete: ["IncompleteSignatureException", 403],
    invalid: ["InvalidSignatureException", 403],
    "unknown-client": ["UnrecognizedClientException", 403],
    "expired-token": ["ExpiredTokenException", 403],
  },
  json: {
    missing: ["MissingAuthenticationTokenException", 400],
    incomplete: ["IncompleteSignatureException", 400],
    invalid: ["InvalidSignatureException", 400],
    "unknown-client": ["UnrecognizedClientException", 400],
    "expired-token": ["ExpiredTokenException", 400],
  },
  query: {
    missing: ["MissingAuthenticationToken", 403],
    incomplete: ["IncompleteSignature", 400],
    invalid: ["SignatureDoesNotMatch", 403],
    "unknown-client": ["InvalidClientTokenId", 403],
    "expired-token": ["ExpiredToken", 403],
  },
};

const jsonServices = new Set(
  "dynamodb ecr events kms kinesis logs secretsmanager sqs ssm states tagging wafv2".split(" "),
);
const queryServices = new Set(
  "autoscaling cloudformation elasticloadbalancing iam monitoring rds sns sts".split(" "),
);

interface Explanation {
  readonly reason: Reason;
  readonly text: string;
}

function explain(fault: SignatureFault, family: ErrorFamily): Explanation {
  const incomplete = (text: string): Explanation => ({ reason: "incomplete", text });
  const invalid = (text: string): Explanation => ({ reason: "invalid", text });
  switch (fault.kind) {
    case "unsigned":
      return unsigned(family);
    case "signed-twice":
      return invalid(
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
      );
    case "empty-authorization":
      return incomplete("Authorization header cannot be empty.");
    case "not-key-value":
      return incomplete(
        `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${hashed(fault.authorization)}'.`,
      );
    case "repeated":
      // AWS documents no text for this; a signature of which one part is ignored must not pass.
      return incomplete(
        fault.form === "query"
          ? `AWS query-string parameters must include '${fault.part}' only once.`
          : `Authorization header must have '${fault.part}' only once.`,
      );
    case "incomplete-header":
      return incomplete(
        `${fault.missing.map(missingField).join(" ")} (Hashed with SHA-256 and encoded with Base64) Authorization=${hashed(fault.authorization)}`,
      );
    case "incomplete-query":
      return incomplete(
        `${fault.missing.map((name) => `AWS query-string parameters must include '${name}'.`).join(" ")} Re-examine the query-string parameters.`,
      );
    case "date-format":
      return incomplete(
        `Date must be in ISO-8601 'basic format'. Got '${fault.value}'. See http://en.wikipedia.org/wiki/ISO_8601`,
      );
    case "expires-format":
      // Documented for S3 alone; the bounds hold for every service.
      return incomplete(expiresText[fault.problem]);
    case "too-early":
      return invalid(
        `Signature not yet current: ${isoBasic(fault.timeMs)} is still later than ${isoBasic(fault.nowMs + fault.allowedSeconds * 1000)} (${isoBasic(fault.nowMs)} + ${duration(fault.allowedSeconds)}.)`,
      );
    case "too-late":
      return invalid(
        `Signature expired: ${isoBasic(fault.timeMs)} is now earlier than ${isoBasic(fault.nowMs - fault.allowedSeconds * 1000)} (${isoBasic(fault.nowMs)} - ${duration(fault.allowedSeconds)}.)`,
      );
    case "headers-not-signed":
      return invalid(
        fault.names
          .map((name) => `${headerLabel(name)} must be a 'SignedHeader' in the AWS Authorization.`)
          .join(" "),
      );
    case "algorithm":
      return incomplete(unsupportedAlgorithm(fault.algorithm));
    case "credential-format":
      return incomplete(
        `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${fault.credential}'`,
      );
    case "scope":
      return invalid(scopeText(fault));
    case "unknown-key":
    case "wrong-token":
      return { reason: "unknown-client", text: "The security token included in the request is invalid." };
    case "expired-token":
      return { reason: "expired-token", text: "The security token included in the request is expired" };
    case "mismatch":
    case "payload-mismatch":
    // The others are S3's own: with another service the digest of the body counts, whatever the headers say.
    case "payload-hash-missing":
    case "payload-hash-format":
    case "payload-hash-unsupported":
    case "decoded-length-missing":
      return invalid(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
      );
  }
}

function unsigned(family: ErrorFamily): Explanation {
  const text =
    family === "rest-json" ? "Missing Authentication Token" : "Request is missing Authentication Token";
  return { reason: "missing", text };
}

function isOtherScheme(fault: SignatureFault): boolean {
  return "authorization" in fault && !fault.authorization.startsWith("AWS4-");
}

function missingField(name: string): string {
  return name === "Date"
    ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
    : `Authorization header requires '${name}' parameter.`;
}

function headerLabel(name: string): string {
  return name === "host" ? "'Host' or ':authority'" : `'${name}'`;
}

function unsupportedAlgorithm(name: string): string {
  const text = `Unsupported AWS 'algorithm': '${name}'.`;
  if (name !== "AWS4-ECDSA-P256-SHA256") return text;
  // AWS takes SigV4A in some places; we say what we don't do, and what to do instead.
  return `${text} Sluice does not verify SigV4A; sign with SigV4 (AWS4-HMAC-SHA256) for one Region.`;
}

function scopeText({ region, service, terminator, date }: ScopeFault): string {
  const sentences: string[] = [];
  if (region !== undefined) {
    sentences.push(`Credential should be scoped to a valid region, not '${region.sent}'.`);
  }
  if (service !== undefined) {
    sentences.push(`Credential should be scoped to correct service: '${service.expected}'.`);
  }
  if (terminator !== undefined) {
    sentences.push(
      `Credential should be scoped with a valid terminator: '${scopeTerminator}', not '${terminator.sent}'.`,
    );
  }
  if (date !== undefined) {
    sentences.push(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date.sent}' != '${date.time.slice(0, 8)}', from '${date.time}'.`,
    );
  }
  return sentences.join(" ");
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
export const expiresText = {
  "not-a-number": "X-Amz-Expires should be a number",
  negative: "X-Amz-Expires must be non-negative",
  zero: "X-Amz-Expires must be at least 1 second",
  "too-long":
    "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
} as const;

function duration(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} sec`;
}

function hashed(authorization: string): string {
  return createHash("sha256").update(authorization, "latin1").digest("base64");
}
