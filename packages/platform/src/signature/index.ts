export {
  CredentialsFileError,
  findAccessKey,
  generateCredentials,
  loadOrCreateAccessKey,
  loadOrCreateCredentials,
  type StoredCredentials,
} from "./credentials.ts";
export { claimedScope } from "./presented-signature.ts";
export { SignatureRefusal } from "./signature-refusal.ts";
export type { SignedRequest } from "./signed-request.ts";
export { unverifiedBody, type VerifiedBody, verifiedBody, withoutFraming } from "./verified-body.ts";
export { type SigningCredentials, verifySignature } from "./verify-signature.ts";
