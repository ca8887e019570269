import { denialReason, evaluate } from "../iam/evaluate.ts";
import type { Role } from "../iam/role.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import { AwsServiceError } from "../service-error.ts";
import type { KmsKey } from "./kms-key.ts";

/**
 * Holds a function to the key that its environment variables are encrypted with: it must be enabled, and the function's
 * role must be allowed to decrypt with it. Keys and roles that nobody here knows are not judged.
 * @throws {AwsServiceError} as Lambda refuses the invocation.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
 */
export function checkEnvironmentKey(
  { kmsKeyArn, roleArn = "", environment, name, arn }: LambdaFunction,
  key: KmsKey | undefined,
  role: Role | undefined,
): void {
  if (kmsKeyArn === undefined || key === undefined || Object.keys(environment).length === 0) return;
  if (key.state === "Disabled")
    throw refusal(
      "KMSDisabledException",
      "the KMS key used is disabled",
      "DisabledException",
      `${key.arn} is disabled.`,
    );
  if (key.state === "PendingDeletion") {
    throw refusal(
      "KMSInvalidStateException",
      "the state of the KMS key used is not valid for Decrypt",
      "KMSInvalidStateException",
      `${key.arn} is pending deletion.`,
    );
  }
  if (role === undefined || (role.unknownPolicyArns ?? []).length > 0) return;
  const accountId = arn.split(":")[4] ?? "";
  const session = `arn:aws:sts::${accountId}:assumed-role/${role.name}/${name}`;
  const action = "kms:Decrypt";
  const decision = evaluate(
    {
      action,
      resource: key.arn,
      context: { "aws:PrincipalArn": roleArn, "kms:EncryptionContext:aws:lambda:FunctionArn": arn },
      principal: { kind: "AWS", name: session, accountId },
    },
    {
      identity: role.policies,
      boundary: role.boundary,
      resource: [key.policy],
      resourceAccountId: key.arn.split(":")[4] ?? "",
      needsResourcePolicy: true,
    },
  );
  if (decision.effect === "allow") return;
  throw refusal(
    "KMSAccessDeniedException",
    "KMS access was denied",
    "AccessDeniedException",
    `User: ${session} is not authorized to perform: ${action} on resource: ${key.arn} ${denialReason(decision, action)}`,
  );
}

function refusal(code: string, reason: string, kmsCode: string, kmsMessage: string): AwsServiceError {
  return new AwsServiceError(
    code,
    502,
    `Lambda was unable to decrypt the environment variables because ${reason}. Please check the function's KMS key settings. KMS Exception: ${kmsCode}KMS Message: ${kmsMessage}`,
    { Type: "User" },
  );
}
