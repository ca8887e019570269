import { type AwsChunkedBody, AwsChunkedDecoder } from "./aws-chunked.ts";
import { canonicalRequest } from "./canonical-request.ts";
import { type DeclaredPayload, declaredPayload } from "./payload-rule.ts";
import { type PresentedSignature, readSignature } from "./presented-signature.ts";
import type { ScopeFault, SignatureForm } from "./signature-fault.ts";
import { RequestParts, type SignedRequest } from "./signed-request.ts";
import {
  algorithm,
  type CredentialScope,
  deriveSigningKey,
  isSameSecret,
  scopeTerminator,
  sign,
  stringToSign,
} from "./signing-key.ts";
import { type SigningRules, signingRulesOf } from "./signing-rules.ts";

/** What a key needs so that signatures made with it can be verified. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Set for temporary credentials: every request made with them carries it. */
  readonly sessionToken?: string | undefined;
  /** When temporary credentials cease to hold, in Unix milliseconds; never by default. */
  readonly expiresAtMs?: number | undefined;
}

/** What a request is verified against. */
export interface VerifyOptions<Credentials extends SigningCredentials> {
  /** The signing name of the service that was called: `lambda` for Function URLs too, `execute-api` for APIs. */
  readonly service: string;
  /** The Region that the scope must name; any when left out. */
  readonly region?: string | undefined;
  /** Finds the credentials of an access key id. */
  readonly credentials: (accessKeyId: string) => Credentials | undefined;
  /** The time of the platform, in Unix milliseconds. */
  readonly nowMs: number;
}

/** The body as a verified signature covers it. */
export type VerifiedPayload =
  /** The body must have this hash: call `verifyBody` with the one it has. */
  | { readonly kind: "sha256"; readonly sha256: string }
  /** The body is not covered. */
  | { readonly kind: "unsigned" }
  /** The body is cut into chunks, which a decoder takes out of their framing and verifies. S3 only. */
  | ({ readonly kind: "aws-chunked" } & AwsChunkedBody);

/** A request whose head was signed with these credentials. */
export interface VerifiedSignature<Credentials extends SigningCredentials> {
  readonly status: "verified";
  readonly form: SignatureForm;
  readonly credentials: Credentials;
  readonly scope: CredentialScope;
  /** When the request says that it was signed, in Unix milliseconds. */
  readonly signedAtMs: number;
  /** Lower-case names, sorted. Of all other headers the signature says nothing. */
  readonly signedHeaders: readonly string[];
  readonly payload: VerifiedPayload;
  /**
   * Checks the body against the signature.
   *
   * @param sha256 - Lower-case hex of the whole body.
   * @throws {AwsServiceError} if the body is not the one that was signed.
   */
  verifyBody(sha256: string): VerifiedSignature<Credentials>;
}

/**
 * A request that names no hash of its body, as botocore and curl send it: the signature covers the hash all the same, so
 * nothing is known about the caller until the whole body is there. All other checks have passed.
 */
export interface PendingSignature<Credentials extends SigningCredentials> {
  readonly status: "needs-body";
  /**
   * Verifies the signature.
   *
   * @param sha256 - Lower-case hex of the whole body.
   * @throws {AwsServiceError} if the signature does not fit.
   */
  verifyBody(sha256: string): VerifiedSignature<Credentials>;
}

/**
 * Verifies the SigV4 signature of a request, from its `Authorization` header or its presigned URL.
 *
 * Checks in the order that AWS does: form, time, signed headers, algorithm, scope, key, session token, signature. The
 * body is not needed yet: the result says what it must be.
 *
 * @throws {AwsServiceError} with the code, status and text of the service that was called.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verifySignature<Credentials extends SigningCredentials>(
  request: SignedRequest,
  options: VerifyOptions<Credentials>,
): VerifiedSignature<Credentials> | PendingSignature<Credentials> {
  return verifyByRules(request, options, signingRulesOf(options.service));
}

/** `verifySignature` with rules that may be another service's. */
export function verifyByRules<Credentials extends SigningCredentials>(
  request: SignedRequest,
  options: VerifyOptions<Credentials>,
  rules: SigningRules,
): VerifiedSignature<Credentials> | PendingSignature<Credentials> {
  const parts = new RequestParts(request);
  const presented = readSignature(parts, rules.refuse);
  checkTime(presented, options.nowMs, rules);
  checkSignedHeaders(parts, presented, rules);
  if (presented.algorithm !== algorithm) {
    throw rules.refuse({ kind: "algorithm", form: presented.form, algorithm: presented.algorithm });
  }
  const { accessKeyId, scope } = checkScope(presented, options, rules);
  const credentials = options.credentials(accessKeyId);
  if (credentials === undefined) throw rules.refuse({ kind: "unknown-key", accessKeyId });
  checkToken(presented, credentials, options.nowMs, rules);
  const payload = declaredPayload(parts, presented, rules);
  const context: Context<Credentials> = { parts, presented, scope, credentials, rules };
  if (payload.kind === "undeclared") {
    return {
      status: "needs-body",
      verifyBody: (sha256) => check(context, { kind: "sha256", canonicalHash: sha256, sha256 }),
    };
  }
  return check(context, payload);
}

interface Context<Credentials extends SigningCredentials> {
  readonly parts: RequestParts;
  readonly presented: PresentedSignature;
  readonly scope: CredentialScope;
  readonly credentials: Credentials;
  readonly rules: SigningRules;
}

function checkTime(presented: PresentedSignature, nowMs: number, rules: SigningRules): void {
  const { timeMs, expiresSeconds } = presented;
  const skew = { timeMs, nowMs, allowedSeconds: rules.allowedSkewSeconds, isPresignedExpiry: false };
  if (timeMs > nowMs + rules.allowedSkewSeconds * 1000) throw rules.refuse({ kind: "too-early", ...skew });
  const allowedSeconds = expiresSeconds ?? rules.allowedSkewSeconds;
  if (nowMs > timeMs + allowedSeconds * 1000) {
    const isPresignedExpiry = expiresSeconds !== undefined;
    throw rules.refuse({ kind: "too-late", ...skew, allowedSeconds, isPresignedExpiry });
  }
}

function checkSignedHeaders(parts: RequestParts, presented: PresentedSignature, rules: SigningRules): void {
  const signed = new Set(presented.signedHeaders);
  const names: string[] = signed.has("host") ? [] : ["host"];
  for (const name of parts.headerNames) {
    if (!name.startsWith("x-amz-") || signed.has(name)) continue;
    if (name === "x-amz-security-token" && rules.allowsUnsignedToken) continue;
    names.push(name);
  }
  if (names.length > 0) throw rules.refuse({ kind: "headers-not-signed", names });
}

function checkScope(
  presented: PresentedSignature,
  expected: { readonly service: string; readonly region?: string | undefined },
  rules: SigningRules,
): { accessKeyId: string; scope: CredentialScope } {
  const { form, credential, time } = presented;
  const [accessKeyId, date, region, service, terminator, ...others] = credential.split("/");
  if (!accessKeyId || !date || !region || !service || !terminator || others.length > 0) {
    throw rules.refuse({ kind: "credential-format", form, credential });
  }
  const fault: ScopeFault = {
    kind: "scope",
    form,
    ...(expected.region !== undefined && region !== expected.region
      ? { region: { sent: region, expected: expected.region } }
      : {}),
    ...(service !== expected.service ? { service: { sent: service, expected: expected.service } } : {}),
    ...(terminator !== scopeTerminator ? { terminator: { sent: terminator } } : {}),
    ...(date !== time.slice(0, 8) ? { date: { sent: date, time } } : {}),
  };
  if (fault.region || fault.service || fault.terminator || fault.date) throw rules.refuse(fault);
  return { accessKeyId, scope: { date, region, service } };
}

function checkToken(
  { sessionToken }: PresentedSignature,
  credentials: SigningCredentials,
  nowMs: number,
  rules: SigningRules,
): void {
  if (!isSameSecret(sessionToken ?? "", credentials.sessionToken ?? "")) {
    throw rules.refuse({ kind: "wrong-token" });
  }
  if (credentials.expiresAtMs !== undefined && nowMs >= credentials.expiresAtMs) {
    throw rules.refuse({ kind: "expired-token" });
  }
}

function check<Credentials extends SigningCredentials>(
  context: Context<Credentials>,
  declared: KnownPayload,
): VerifiedSignature<Credentials> {
  const { parts, presented, scope, credentials, rules } = context;
  const signingKey = deriveSigningKey(credentials.secretAccessKey, scope);
  const attempt = (withoutParameters: readonly string[]) => {
    const canonical = canonicalRequest(parts, {
      pathRule: rules.pathRule,
      signedHeaders: presented.signedHeaders,
      payloadHash: declared.canonicalHash,
      withoutParameters,
    });
    const toSign = stringToSign(presented.time, scope, canonical);
    return { canonical, toSign, fits: isSameSecret(sign(signingKey, toSign), presented.signature) };
  };
  const [usual, ...others] = queryWithout(presented, rules);
  const expected = attempt(usual);
  if (!expected.fits && !others.some((without) => attempt(without).fits)) {
    throw rules.refuse({
      kind: "mismatch",
      accessKeyId: credentials.accessKeyId,
      signature: presented.signature,
      stringToSign: expected.toSign,
      canonicalRequest: expected.canonical,
    });
  }
  return verified(context, declared, signingKey);
}

type KnownPayload = Exclude<DeclaredPayload, { kind: "undeclared" }>;

/**
 * Parameters that the canonical query leaves out: the signature itself, and perhaps a session token that was added to a
 * URL after it had been signed.
 */
function queryWithout(
  presented: PresentedSignature,
  rules: SigningRules,
): readonly [readonly string[], ...(readonly string[])[]] {
  if (presented.form === "header") return [[]];
  if (presented.sessionToken === undefined || !rules.allowsUnsignedToken) return [["X-Amz-Signature"]];
  return [["X-Amz-Signature"], ["X-Amz-Signature", "X-Amz-Security-Token"]];
}

function verified<Credentials extends SigningCredentials>(
  context: Context<Credentials>,
  declared: KnownPayload,
  signingKey: Buffer,
): VerifiedSignature<Credentials> {
  const { presented, scope, credentials, rules } = context;
  const result: VerifiedSignature<Credentials> = {
    status: "verified",
    form: presented.form,
    credentials,
    scope,
    signedAtMs: presented.timeMs,
    signedHeaders: presented.signedHeaders,
    payload: verifiedPayload(presented, scope, declared, signingKey),
    verifyBody(sha256) {
      if (declared.kind === "sha256" && sha256 !== declared.sha256) {
        throw rules.refuse({ kind: "payload-mismatch", declared: declared.sha256, computed: sha256 });
      }
      return result;
    },
  };
  return result;
}

function verifiedPayload(
  { time, signature }: PresentedSignature,
  scope: CredentialScope,
  declared: KnownPayload,
  signingKey: Buffer,
): VerifiedPayload {
  if (declared.kind === "sha256") return { kind: "sha256", sha256: declared.sha256 };
  if (declared.kind === "unsigned") return { kind: "unsigned" };
  const { signing, decodedBytes } = declared;
  return {
    kind: "aws-chunked",
    signing,
    decodedBytes,
    decoder: () =>
      new AwsChunkedDecoder({ signing, decodedBytes, signingKey, time, scope, seedSignature: signature }),
  };
}
