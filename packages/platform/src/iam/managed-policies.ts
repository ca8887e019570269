import type { PolicyDocument } from "./policy.ts";

/**
 * Managed policies whose content matters here: those that let API Gateway or a function call functions or send to queues. Any other managed policy says
 * nothing about calls that the platform evaluates.
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaRole.html
 */
const managedPolicies: Readonly<Record<string, PolicyDocument>> = {
  "arn:aws:iam::aws:policy/service-role/AWSLambdaRole": {
    Statement: { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: "*" },
  },
  "arn:aws:iam::aws:policy/AWSLambda_FullAccess": {
    Statement: { Effect: "Allow", Action: "lambda:*", Resource: "*" },
  },
  "arn:aws:iam::aws:policy/AmazonSQSFullAccess": {
    Statement: { Effect: "Allow", Action: "sqs:*", Resource: "*" },
  },
  "arn:aws:iam::aws:policy/AdministratorAccess": {
    Statement: { Effect: "Allow", Action: "*", Resource: "*" },
  },
};

/** The content of a managed policy, if it is known. */
export function findManagedPolicy(arn: string): PolicyDocument | undefined {
  return Object.hasOwn(managedPolicies, arn) ? managedPolicies[arn] : undefined;
}
