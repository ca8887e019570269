import type { PolicyDocument } from "./policy.ts";
import { withOrigin } from "./policy-origin.ts";

const writeLogs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
const useNetwork = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];
const sendTraces = [
  "xray:PutTraceSegments",
  "xray:PutTelemetryRecords",
  "xray:GetSamplingRules",
  "xray:GetSamplingTargets",
  "xray:GetSamplingStatisticSummaries",
];

/** What a managed policy allows: actions on everything, or all actions but some. */
type Allowed = readonly string[] | { readonly but: readonly string[]; readonly and: readonly string[] };

/**
 * AWS's managed policies that say something about the services of this platform. What a policy says of other services
 * is left out: nobody asks for it here.
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const managedPolicies: Readonly<Record<string, Allowed>> = {
  AdministratorAccess: ["*"],
  PowerUserAccess: {
    but: ["iam:*", "organizations:*", "account:*"],
    and: [
      "account:GetAccountInformation",
      "account:GetPrimaryEmail",
      "account:ListRegions",
      "iam:CreateServiceLinkedRole",
      "iam:DeleteServiceLinkedRole",
      "iam:ListRoles",
      "organizations:DescribeEffectivePolicy",
      "organizations:DescribeOrganization",
    ],
  },
  IAMFullAccess: ["iam:*", "organizations:DescribeAccount", "organizations:ListRoots"],
  IAMReadOnlyAccess: [
    "iam:GenerateCredentialReport",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:Get*",
    "iam:List*",
    "iam:SimulateCustomPolicy",
    "iam:SimulatePrincipalPolicy",
  ],
  AWSLambda_FullAccess: ["lambda:*", "logs:*", "iam:GetRole", "iam:ListRoles", "iam:PassRole"],
  AWSLambda_ReadOnlyAccess: [
    "lambda:Get*",
    "lambda:List*",
    "logs:Describe*",
    "logs:Get*",
    "logs:FilterLogEvents",
  ],
  AWSLambdaInvocation_DynamoDB: ["lambda:InvokeFunction"],
  "service-role/AWSLambdaRole": ["lambda:InvokeFunction"],
  "service-role/AWSLambdaBasicExecutionRole": writeLogs,
  "service-role/AWSLambdaVPCAccessExecutionRole": [...writeLogs, ...useNetwork],
  "service-role/AWSLambdaENIManagementAccess": useNetwork,
  "service-role/AWSLambdaSQSQueueExecutionRole": [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    ...writeLogs,
  ],
  "service-role/AWSLambdaDynamoDBExecutionRole": [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    ...writeLogs,
  ],
  "service-role/AWSLambdaKinesisExecutionRole": [
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:ListStreams",
    "kinesis:SubscribeToShard",
    ...writeLogs,
  ],
  AWSLambdaExecute: [...writeLogs, "s3:GetObject", "s3:PutObject"],
  AWSXRayDaemonWriteAccess: sendTraces,
  AWSXrayWriteOnlyAccess: sendTraces,
  CloudWatchLambdaInsightsExecutionRolePolicy: writeLogs,
  AmazonAPIGatewayAdministrator: ["apigateway:*"],
  AmazonAPIGatewayInvokeFullAccess: ["execute-api:Invoke", "execute-api:ManageConnections"],
  AmazonSQSFullAccess: ["sqs:*"],
  AmazonSQSReadOnlyAccess: ["sqs:Get*", "sqs:List*"],
  AmazonSNSFullAccess: ["sns:*"],
  AmazonSNSReadOnlyAccess: ["sns:Get*", "sns:List*"],
  AmazonS3FullAccess: ["s3:*", "s3-object-lambda:*"],
  AmazonS3ReadOnlyAccess: ["s3:Get*", "s3:List*", "s3:Describe*"],
  AmazonSSMFullAccess: ["ssm:*", "cloudwatch:PutMetricData"],
  AmazonSSMReadOnlyAccess: ["ssm:Describe*", "ssm:Get*", "ssm:List*"],
  AmazonEventBridgeFullAccess: ["events:*", "scheduler:*", "schemas:*", "pipes:*"],
  AWSCloudFormationFullAccess: ["cloudformation:*"],
  AWSCloudFormationReadOnlyAccess: [
    "cloudformation:Describe*",
    "cloudformation:EstimateTemplateCost",
    "cloudformation:Get*",
    "cloudformation:List*",
    "cloudformation:ValidateTemplate",
    "cloudformation:Detect*",
  ],
  CloudWatchLogsFullAccess: ["logs:*", "cloudwatch:GenerateQuery"],
  CloudWatchLogsReadOnlyAccess: [
    "logs:Describe*",
    "logs:Get*",
    "logs:List*",
    "logs:StartQuery",
    "logs:StopQuery",
    "logs:TestMetricFilter",
    "logs:FilterLogEvents",
    "logs:StartLiveTail",
    "logs:StopLiveTail",
  ],
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
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:GetLogEvents",
    "logs:FilterLogEvents",
  ],
};

/** The content of a managed policy of AWS's, if it is known. */
export function findManagedPolicy(arn: string): PolicyDocument | undefined {
  const name = /^arn:aws[a-z-]*:iam::aws:policy\/(.+)$/.exec(arn)?.[1] ?? "";
  const allowed = Object.hasOwn(managedPolicies, name) ? managedPolicies[name] : undefined;
  if (allowed === undefined) return undefined;
  const statement = "but" in allowed ? { NotAction: allowed.but } : { Action: allowed };
  const Statement = [{ Effect: "Allow", ...statement, Resource: "*" } as const];
  const document = {
    Version: "2012-10-17",
    Statement:
      "and" in allowed
        ? [...Statement, { Effect: "Allow", Action: allowed.and, Resource: "*" } as const]
        : Statement,
  };
  return withOrigin(document, { name: `AWS's managed policy ${name.split("/").at(-1)}` });
}

/** ARNs of AWS's managed policies whose content is known here. */
export function managedPolicyArns(): string[] {
  return Object.keys(managedPolicies).map((name) => `arn:aws:iam::aws:policy/${name}`);
}
