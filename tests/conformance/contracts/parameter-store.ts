import type { Contract } from "../contract.ts";

const api = "packages/platform/src/ssm/ssm-api.test.ts";
const secure = "packages/platform/src/ssm/secure-string.test.ts";
const value = `${secure} > the value of a SecureString >`;
const rights = `${secure} > the rights that it takes >`;

/** Parameters of Systems Manager. */
export const parameterStore: Contract = {
  title: "Systems Manager: parameters",
  sources: [
    "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html",
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html",
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-restrict-decryption.html",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm-secure-strings.html",
  ],
  behaviours: [
    {
      behaviour: "Parameters survive a restart.",
      verdict: "pass",
      test: `${api} > parameters survive a restart`,
    },
    {
      behaviour:
        "A SecureString is shown with WithDecryption; without it, the answer is what KMS encrypted for the parameter's ARN.",
      verdict: "pass",
      test: `${value} is shown with decryption only, and is what KMS encrypted for the parameter otherwise`,
    },
    {
      behaviour: "So it is in GetParameters, GetParametersByPath and GetParameterHistory.",
      verdict: "pass",
      test: `${value} is shown so in every way to get parameters`,
    },
    {
      behaviour: "The value is encrypted where it is kept.",
      verdict: "pass",
      test: `${value} is not in the state as it is`,
    },
    {
      behaviour: "Without KeyId the key is `alias/aws/ssm`, which nobody can change.",
      verdict: "pass",
      test: `${secure} > the key of a SecureString`,
    },
    {
      behaviour:
        "Everyone in the account who may get a parameter may decrypt it with `alias/aws/ssm`, unless denied.",
      verdict: "pass",
      test: `${rights} reader gets /d/default, decrypted: true`,
    },
    {
      behaviour: "With another key it takes kms:Decrypt, which policies may limit to a parameter.",
      verdict: "pass",
      test: `${rights} of-one gets /s/one, decrypted: true`,
    },
    {
      behaviour: "To put one takes kms:Encrypt, and kms:GenerateDataKey for the advanced tier.",
      verdict: "pass",
      test: `${rights} are kms:Encrypt to put it, and kms:GenerateDataKey where it is an advanced one`,
    },
    {
      behaviour: "A key that is not there, or not enabled, is an InvalidKeyId.",
      verdict: "pass",
      test: `${secure} > refused is > a key that is not there`,
    },
    {
      behaviour: "CloudFormation makes no SecureString.",
      verdict: "pass",
      test: `${secure} > templates > don't make it`,
    },
    {
      behaviour:
        "CloudFormation takes the value of a SecureString in few properties only, and never as a parameter.",
      verdict: "pass",
      test: `${secure} > templates > don't get it `,
    },
    {
      behaviour: "Parameters have policies and labels.",
      verdict: "not emulated",
      note: "policies are refused by name, and so is the operation that labels",
    },
  ],
};
