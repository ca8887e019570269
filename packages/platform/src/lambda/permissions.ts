import type { PolicyDocument, Statement } from "../iam/policy.ts";
import { type PolicyOrigin, withOrigin } from "../iam/policy-origin.ts";

/** Properties of `AWS::Lambda::Permission`, resolved. */
export interface PermissionProperties {
  readonly Action: string;
  readonly FunctionName: string;
  readonly Principal: string;
  readonly SourceArn?: string;
  readonly SourceAccount?: string;
  readonly FunctionUrlAuthType?: string;
  readonly InvokedViaFunctionUrl?: boolean;
  readonly PrincipalOrgID?: string;
  /** Of an Alexa skill. */
  readonly EventSourceToken?: string;
}

/**
 * The resource policy of a function, from the permissions given to it.
 * @param resource - ARN of the function, with its qualifier if the permission names one.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
 */
export function functionPolicy(
  permissions: readonly {
    readonly id?: string;
    readonly properties: PermissionProperties;
    readonly origin?: PolicyOrigin;
  }[],
  resource: string,
): PolicyDocument {
  return {
    Version: "2012-10-17",
    Id: "default",
    Statement: permissions.map(({ id, properties, origin }) => {
      const sid = id === undefined ? {} : { Sid: id };
      const made = { ...sid, ...statement(properties, resource) };
      return origin === undefined ? made : withOrigin(made, origin);
    }),
  };
}

function statement(permission: PermissionProperties, resource: string): Statement {
  const conditions: Record<string, Record<string, string>> = {};
  const add = (operator: string, key: string, value: string | undefined) => {
    if (value !== undefined) conditions[operator] = { ...conditions[operator], [key]: value };
  };
  add("ArnLike", "AWS:SourceArn", permission.SourceArn);
  add("StringEquals", "AWS:SourceAccount", permission.SourceAccount);
  add("StringEquals", "lambda:FunctionUrlAuthType", permission.FunctionUrlAuthType);
  add("StringEquals", "aws:PrincipalOrgID", permission.PrincipalOrgID);
  add("StringEquals", "lambda:EventSourceToken", permission.EventSourceToken);
  if (permission.InvokedViaFunctionUrl !== undefined) {
    add("Bool", "lambda:InvokedViaFunctionUrl", String(permission.InvokedViaFunctionUrl));
  }
  return {
    Effect: "Allow",
    Principal: principal(permission.Principal),
    Action: permission.Action,
    Resource: resource,
    ...(Object.keys(conditions).length === 0 ? {} : { Condition: conditions }),
  };
}

function principal(name: string): Exclude<Statement["Principal"], undefined> {
  if (name === "*") return "*";
  if (/^\d{12}$/.test(name)) return { AWS: `arn:aws:iam::${name}:root` };
  return name.startsWith("arn:") ? { AWS: name } : { Service: name };
}
