import { listOf, type PolicyDocument, type Principal, statementsOf } from "../iam/policy.ts";
import { findPolicyProblem } from "../iam/policy-problem.ts";
import { AwsServiceError } from "../service-error.ts";
import type { BucketRecord } from "./object-record.ts";

/** Most bytes of a bucket's policy. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html */
const mostBytes = 20 * 1024;

/** The policy of a bucket as it is evaluated. */
export function policiesOf({ settings }: BucketRecord): readonly PolicyDocument[] {
  const policy = settings["Policy"];
  return typeof policy === "string" ? [JSON.parse(policy) as PolicyDocument] : [];
}

/**
 * Holds a policy to what S3 asks of one.
 * @throws {AwsServiceError} `MalformedPolicy`; `AccessDenied` if it lets everyone in and the bucket blocks that.
 */
export function checkBucketPolicy(text: string, bucket: BucketRecord): void {
  if (Buffer.byteLength(text) > mostBytes)
    throw malformed("Policy exceeds the maximum allowed document size.");
  const document = parse(text);
  const problem = findPolicyProblem(document);
  if (problem !== undefined) throw malformed(problem);
  for (const { Principal, NotPrincipal, Resource, NotResource } of statementsOf(document)) {
    if (Principal === undefined && NotPrincipal === undefined) {
      throw malformed("Missing required field Principal");
    }
    if (Resource === undefined && NotResource === undefined)
      throw malformed("Missing required field Resource");
    const isForeign = [...listOf(Resource), ...listOf(NotResource)].some(
      (resource) => !isWithin(resource, bucket.name),
    );
    if (isForeign) throw malformed("Policy has invalid resource");
  }
  if (blocksPublicPolicies(bucket) && isPublic(document)) {
    throw new AwsServiceError(
      "AccessDenied",
      403,
      `The policy of ${bucket.name} can't be set because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
    );
  }
}

function parse(text: string): PolicyDocument {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === "object" && document !== null && !Array.isArray(document))
      return document as PolicyDocument;
  } catch {
    // Said below.
  }
  throw malformed("Policies must be valid JSON and the first byte must be '{'");
}

/** Patterns count for the bucket where they could mean it. */
function isWithin(resource: string, bucket: string): boolean {
  const name = /^arn:[^:]+:s3:::([^/]*)/.exec(resource)?.[1];
  if (name === undefined) return false;
  if (!/[*?$]/.test(name)) return name === bucket;
  const pattern = name
    .replace(/[.+^()|[\]\\{}$]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${pattern}$`).test(bucket);
}

function blocksPublicPolicies({ settings }: BucketRecord): boolean {
  const block = Object(settings["PublicAccessBlock"]) as { BlockPublicPolicy?: boolean | string };
  return String(block.BlockPublicPolicy) === "true";
}

/** Whether anyone at all is let in: a condition may narrow that, so only what has none counts. */
function isPublic(document: PolicyDocument): boolean {
  return statementsOf(document).some(
    ({ Effect, Principal, Condition }) =>
      Effect === "Allow" && Condition === undefined && Principal !== undefined && isEveryone(Principal),
  );
}

function isEveryone(principal: Principal): boolean {
  return principal === "*" || listOf(principal["AWS"]).includes("*");
}

function malformed(message: string): AwsServiceError {
  return new AwsServiceError("MalformedPolicy", 400, message);
}
