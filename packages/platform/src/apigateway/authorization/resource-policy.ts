import type { PolicyDocument, Statement } from "../../iam/policy.ts";
import { listOf, statementsOf } from "../../iam/policy.ts";

/**
 * Completes a REST API's policy: `execute-api:/{stage}/{method}/{path}` stands for that part of the API itself.
 *
 * @param apiArn - `arn:aws:execute-api:{region}:{account}:{api id}`.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
 */
export function completePolicy(policy: PolicyDocument, apiArn: string): PolicyDocument {
  const complete = (resource: string) => resource.replace(/^execute-api:(?=\/)/, apiArn);
  return {
    ...policy,
    Statement: statementsOf(policy).map(
      (statement): Statement => ({
        ...statement,
        ...(statement.Resource === undefined ? {} : { Resource: listOf(statement.Resource).map(complete) }),
        ...(statement.NotResource === undefined
          ? {}
          : { NotResource: listOf(statement.NotResource).map(complete) }),
      }),
    ),
  };
}

/** An ARN as API Gateway shows it to callers: of the account only the last four digits. */
export function maskedArn(arn: string): string {
  return arn.replace(/:\d{8}(\d{4}):/, ":********$1:");
}
