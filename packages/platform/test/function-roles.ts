/** A policy of the current version. */
export const policyDocument = (Statement: readonly object[]) => ({ Version: "2012-10-17", Statement });

/** What a policy allows, or whatever `more` makes of it. */
export const allow = (Action: unknown, Resource: unknown = "*", more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});

/** Lets Lambda's functions have a role. */
export const functionTrust = policyDocument([
  { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
]);

/** The resource of a role that functions may have. */
export const functionRole = (properties: object = {}) => ({
  Type: "AWS::IAM::Role",
  Properties: { AssumeRolePolicyDocument: functionTrust, ...properties },
});

/** Roles by their names: what their inline policies say, and more of them. */
export type RoleTable = Readonly<Record<string, readonly [Statement: object[], more?: object]>>;

/** Their resources, each with its name as its logical id. */
export function functionRoles(roles: RoleTable): Record<string, ReturnType<typeof functionRole>> {
  return Object.fromEntries(
    Object.entries(roles).map(([RoleName, [statements, more]]) => {
      const Policies =
        statements.length === 0 ? [] : [{ PolicyName: "own", PolicyDocument: policyDocument(statements) }];
      return [RoleName, functionRole({ RoleName, Policies, ...more })];
    }),
  );
}

/** Where such a role is. */
export const roleArn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
