import { AwsServiceError } from "../../service-error.ts";
import type { PolicyDocument } from "../policy.ts";
import { findPolicyProblem } from "../policy-problem.ts";

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
export const noSuchEntity = (message: string): AwsServiceError =>
  new AwsServiceError("NoSuchEntity", 404, message);
export const alreadyExists = (message: string): AwsServiceError =>
  new AwsServiceError("EntityAlreadyExists", 409, message);
export const deleteConflict = (message: string): AwsServiceError =>
  new AwsServiceError("DeleteConflict", 409, message);
export const validationError = (message: string): AwsServiceError =>
  new AwsServiceError("ValidationError", 400, message);
export const noSuchRole = (name: string): AwsServiceError =>
  noSuchEntity(`The role with name ${name} cannot be found.`);

/** AWS lets such roles be changed; here what the template says would come back with the next deployment. */
export const ofTemplate = (what: string): AwsServiceError =>
  new AwsServiceError(
    "UnmodifiableEntity",
    400,
    `${what} is made by a template, which says what it is on this platform. Change it there.`,
  );

const malformed = (message: string): AwsServiceError =>
  new AwsServiceError("MalformedPolicyDocument", 400, message);

/** @throws {AwsServiceError} if the text is no policy that can be evaluated. */
export function readPolicy(text: string, kind: "identity" | "trust" = "identity"): PolicyDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw malformed("This policy contains invalid Json");
  }
  if (typeof document !== "object" || document === null) throw malformed("Syntax errors in policy.");
  const problem = findPolicyProblem(document as PolicyDocument);
  if (problem !== undefined) throw malformed(problem);
  for (const statement of [(document as PolicyDocument).Statement].flat()) {
    if (kind === "trust" && (statement.Resource !== undefined || statement.NotResource !== undefined)) {
      throw malformed("Has prohibited field Resource");
    }
    if (kind === "trust" && statement.Principal === undefined && statement.NotPrincipal === undefined) {
      throw malformed("Missing required field Principal");
    }
    if (kind === "identity" && (statement.Principal !== undefined || statement.NotPrincipal !== undefined)) {
      throw malformed("Policy document should not specify a principal.");
    }
    if (kind === "identity" && statement.Resource === undefined && statement.NotResource === undefined) {
      throw malformed("Policy statement must contain resources.");
    }
  }
  return document as PolicyDocument;
}
