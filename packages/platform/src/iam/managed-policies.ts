import type { PolicyDocument } from "./policy.ts";

const writeLogs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];

/**
 * AWS's managed policies that say something about the services of this platform. What a policy says of other services
 * is left out: nobody asks for it here.
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const managedPolicies: Readonly<Record<string, readonly string[]>> = {
  AdministratorAccess: ["*"],
  AWSLambda_FullAccess: ["lambda:*", "logs:*", "iam:GetRole", "iam:ListRoles", "iam:PassRole"],
  AWSLambda_ReadOnlyAccess: [
    "lambda:Get*",
    "lambda:List*",
    "logs:Describe*",
    "logs:Get*",
    "logs:FilterLogEvents",
  ],
  "service-role/AWSLambdaRole": ["lambda:InvokeFunction"],
  "service-role/AWSLambdaBasicExecutionRole": writeLogs,
  "service-role/AWSLambdaVPCAccessExecutionRole": writeLogs,
  "service-role/AWSLambdaSQSQueueExecutionRole": [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    ...writeLogs,
  ],
  AWSLambdaExecute: [...writeLogs, "s3:GetObject", "s3:PutObject"],
  AWSXRayDaemonWriteAccess: ["xray:*"],
  AWSXrayWriteOnlyAccess: ["xray:*"],
  CloudWatchLambdaInsightsExecutionRolePolicy: writeLogs,
  AmazonSQSFullAccess: ["sqs:*"],
  AmazonSQSReadOnlyAccess: ["sqs:Get*", "sqs:List*"],
  AmazonSNSFullAccess: ["sns:*"],
  AmazonSNSReadOnlyAccess: ["sns:Get*", "sns:List*"],
  AmazonS3FullAccess: ["s3:*", "s3-object-lambda:*"],
  AmazonS3ReadOnlyAccess: ["s3:Get*", "s3:List*", "s3:Describe*"],
  AmazonSSMFullAccess: ["ssm:*", "cloudwatch:PutMetricData"],
  AmazonSSMReadOnlyAccess: ["ssm:Describe*", "ssm:Get*", "ssm:List*"],
  AmazonEventBridgeFullAccess: ["events:*", "scheduler:*", "schemas:*", "pipes:*"],
  CloudWatchLogsFullAccess: ["logs:*"],
  CloudWatchLogsReadOnlyAccess: ["logs:Describe*", "logs:Get*", "logs:List*", "logs:FilterLogEvents"],
  CloudWatchFullAccess: ["cloudwatch:*", "logs:*", "sns:*"],
  CloudWatchFullAccessV2: ["cloudwatch:*", "logs:*", "sns:List*"],
  CloudWatchReadOnlyAccess: [
    "cloudwatch:Describe*",
    "cloudwatch:Get*",
    "cloudwatch:List*",
    "logs:Get*",
    "logs:Describe*",
  ],
  "service-role/AmazonAPIGatewayPushToCloudWatchLogs": [
    ...writeLogs,
    "logs:Describe*",
    "logs:GetLogEvents",
    "logs:FilterLogEvents",
  ],
};

/** The content of a managed policy, if it is known. */
export function findManagedPolicy(arn: string): PolicyDocument | undefined {
  const name = /^arn:aws[a-z-]*:iam::aws:policy\/(.+)$/.exec(arn)?.[1] ?? "";
  const actions = Object.hasOwn(managedPolicies, name) ? managedPolicies[name] : undefined;
  if (actions === undefined) return undefined;
  return { Version: "2012-10-17", Statement: { Effect: "Allow", Action: actions, Resource: "*" } };
}
