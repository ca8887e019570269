import type { PathRule } from "./canonical-request.ts";
import { s3AuthenticatorError } from "./s3-authenticator.ts";
import { sharedAuthenticatorError } from "./shared-authenticator.ts";
import type { Refuse } from "./signature-fault.ts";

/** Where services differ in what a signature covers, and in what they answer when it does not hold. */
export interface SigningRules {
  readonly pathRule: PathRule;
  /**
   * `digest`: the signature covers the body, whatever `x-amz-content-sha256` says. `header`: that header decides, and is
   * required.
   */
  readonly payloadRule: "digest" | "header";
  /** How far the clock of the client may be off, in seconds. */
  readonly allowedSkewSeconds: number;
  /** Whether a session token may be added to a request that has been signed without it. */
  readonly allowsUnsignedToken: boolean;
  readonly refuse: Refuse;
}

/** The rules of a service, by its signing name. */
export function signingRulesOf(service: string): SigningRules {
  if (service === "s3") {
    return {
      pathRule: "as-sent",
      payloadRule: "header",
      // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
      allowedSkewSeconds: 15 * 60,
      allowsUnsignedToken: false,
      refuse: s3AuthenticatorError,
    };
  }
  return {
    pathRule: "normalized",
    payloadRule: "digest",
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
    allowedSkewSeconds: 5 * 60,
    allowsUnsignedToken: true,
    refuse: (fault) => sharedAuthenticatorError(fault, service),
  };
}
