import type { StackModel } from "./stack-model.ts";

/**
 * Stages that log while the template gives API Gateway no role for it. On an account that has none from elsewhere,
 * AWS refuses to create them.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
export function findMissingLogRole({
  stages,
  apis,
  apiLogRoles,
}: StackModel): { readonly logicalId: string; readonly message: string }[] {
  if (apiLogRoles.length > 0) return [];
  const logging = stages.filter(
    ({ accessLog, methodSettings }) =>
      accessLog !== undefined || methodSettings.some(({ loggingLevel = "OFF" }) => loggingLevel !== "OFF"),
  );
  return logging.flatMap(({ apiId, name }) => {
    const logicalId = apis.get(apiId)?.logicalId;
    if (logicalId === undefined) return [];
    const message = `The stage ${name} logs, and the template has no AWS::ApiGateway::Account with a CloudWatchRoleArn. On an account without such a role AWS refuses the stage: "CloudWatch Logs role ARN must be set in account settings to enable logging".`;
    return [{ logicalId, message }];
  });
}
