import type { PolicyDocument } from "../../iam/policy.ts";
import { findPolicyProblem } from "../../iam/policy-problem.ts";
import { AwsServiceError } from "../../service-error.ts";
import type { KeyStore } from "../key-store.ts";
import type { KmsKey } from "../kms-key.ts";

/** @see https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html */
const error = (code: string, message: string) => new AwsServiceError(code, 400, message);

export const alreadyExists = (message: string): AwsServiceError => error("AlreadyExistsException", message);
export const notFound = (message: string): AwsServiceError => error("NotFoundException", message);
export const invalidCiphertext = (): AwsServiceError => error("InvalidCiphertextException", "");
export const incorrectKey = (): AwsServiceError =>
  error(
    "IncorrectKeyException",
    "The key ID in the request does not identify a CMK that can perform this operation.",
  );
export const validationError = (message: string): AwsServiceError => error("ValidationException", message);
export const invalidState = (message: string): AwsServiceError => error("KMSInvalidStateException", message);

/** @throws {AwsServiceError} if there is no such key. */
export function requireKey(store: KeyStore, reference: string, accountId: string, region: string): KmsKey {
  const key = store.find(reference);
  if (key !== undefined) return key;
  const prefix = `arn:aws:kms:${region}:${accountId}:`;
  const isAlias = /(?:^|:)alias\//.test(reference);
  const arn = reference.startsWith("arn:") ? reference : `${prefix}${isAlias ? "" : "key/"}${reference}`;
  throw notFound(isAlias ? `Alias ${arn} is not found.` : `Key '${arn}' does not exist`);
}

/** @throws {AwsServiceError} if a key can't encrypt or decrypt now. */
export function requireUsable(key: KmsKey): KmsKey {
  if (key.state === "Disabled") throw error("DisabledException", `${key.arn} is disabled.`);
  if (key.state === "PendingDeletion") throw invalidState(`${key.arn} is pending deletion.`);
  return key;
}

/** @throws {AwsServiceError} if the text is no policy that can be evaluated. */
export function readKeyPolicy(text: string): PolicyDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw error("MalformedPolicyDocumentException", "The new key policy is not valid JSON.");
  }
  const problem = findPolicyProblem((document ?? {}) as PolicyDocument);
  if (problem !== undefined) throw error("MalformedPolicyDocumentException", problem);
  return document as PolicyDocument;
}
