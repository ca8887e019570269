import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Platform } from "../src/platform.ts";

/** A role that anybody of the account may assume, and what it may do. */
export function assumable(RoleName: string, ...Statement: readonly object[]): object {
  const Version = "2012-10-17";
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName,
      AssumeRolePolicyDocument: {
        Version,
        Statement: [{ Effect: "Allow", Principal: { AWS: "123456789012" }, Action: "sts:AssumeRole" }],
      },
      Policies: Statement.length === 0 ? [] : [{ PolicyName: "p", PolicyDocument: { Version, Statement } }],
    },
  };
}

/** What a client of an AWS SDK is made with to do what a role may do. */
export async function asRole({ clientConfig }: Pick<Platform, "clientConfig">, roleName: string) {
  const sts = new STSClient(clientConfig);
  const RoleArn = `arn:aws:iam::123456789012:role/${roleName}`;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }));
  sts.destroy();
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
  return { ...clientConfig, credentials, maxAttempts: 1 };
}
