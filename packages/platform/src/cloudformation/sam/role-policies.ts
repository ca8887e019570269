import type { Value, ValueMap } from "../value.ts";

/** A trust policy for one AWS service. */
export function trustPolicy(servicePrincipal: string): ValueMap {
  return {
    Version: "2012-10-17",
    Statement: [{ Action: ["sts:AssumeRole"], Effect: "Allow", Principal: { Service: [servicePrincipal] } }],
  };
}

/** An inline policy that allows `action` on `resource`. */
export function inlinePolicy(name: string, action: string, resource: Value): ValueMap {
  return {
    PolicyName: name,
    PolicyDocument: { Statement: [{ Action: action, Effect: "Allow", Resource: resource }] },
  };
}

/** What a function's role needs for sending to a destination; the name begins with the logical id it is made for. */
export function destinationPolicy(type: string, destination: Value, logicalId: string): ValueMap | undefined {
  switch (type) {
    case "SQS":
      return inlinePolicy(`${logicalId}SQSPolicy`, "sqs:SendMessage", destination);
    case "SNS":
      return inlinePolicy(`${logicalId}SNSPolicy`, "sns:publish", destination);
    case "EventBridge":
      return inlinePolicy(`${logicalId}EventBridgePolicy`, "events:PutEvents", destination);
    case "Lambda":
      return inlinePolicy(`${logicalId}LambdaPolicy`, "lambda:InvokeFunction", destination);
    case "S3":
    case "S3Bucket":
      return bucketPolicy(destination, logicalId);
    default:
      return undefined;
  }
}

function bucketPolicy(bucket: Value, logicalId: string): ValueMap {
  return {
    PolicyName: `${logicalId}S3Policy`,
    PolicyDocument: {
      Statement: [
        { Action: "s3:PutObject", Effect: "Allow", Resource: { "Fn::Join": ["/", [bucket, "*"]] } },
        { Action: "s3:ListBucket", Effect: "Allow", Resource: bucket },
      ],
    },
  };
}
