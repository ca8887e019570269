export type { AwsChunkedBody, AwsChunkedDecoder } from "./aws-chunked.ts";
export {
  CredentialsFileError,
  credentialsFileName,
  generateCredentials,
  loadOrCreateCredentials,
  type StoredCredentials,
} from "./credentials.ts";
export { type ClaimedScope, claimedScope, isSigned } from "./presented-signature.ts";
export type { SignatureFault, SignatureForm } from "./signature-fault.ts";
export { SignatureRefusal } from "./signature-refusal.ts";
export type { SignedRequest } from "./signed-request.ts";
export type { CredentialScope } from "./signing-key.ts";
export {
  type PendingSignature,
  type SigningCredentials,
  type VerifiedPayload,
  type VerifiedSignature,
  type VerifyOptions,
  verifySignature,
} from "./verify-signature.ts";
