import type { Path } from "../template/positions.ts";
import { get, isMap, type Value } from "../value.ts";
import type { Check } from "./check.ts";

/**
 * Types with properties that take values of `SecureString` parameters. None of them is made here.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm-secure-strings.html
 */
const takesSecrets: ReadonlySet<string> = new Set([
  "AWS::DirectoryService::MicrosoftAD",
  "AWS::DirectoryService::SimpleAD",
  "AWS::ElastiCache::ReplicationGroup",
  "AWS::IAM::User",
  "AWS::KinesisFirehose::DeliveryStream",
  "AWS::OpsWorks::App",
  "AWS::OpsWorks::Stack",
  "AWS::RDS::DBCluster",
  "AWS::RDS::DBInstance",
  "AWS::Redshift::Cluster",
]);

/**
 * Dynamic references, which CloudFormation replaces by values from other services and this platform does not.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 */
export function checkDynamicReferences(check: Check): void {
  const visit = (value: Value | undefined, path: Path, type: string): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(item, [...path, index], type);
    } else if (isMap(value)) {
      for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key], type);
    } else if (typeof value === "string") {
      const reference = /\{\{resolve:[^}]*\}\}/.exec(value)?.[0];
      if (reference !== undefined) report(check, path, reference, type);
    }
  };
  for (const [id, resource] of check.resources())
    visit(get(resource, "Properties"), ["Resources", id, "Properties"], String(get(resource, "Type")));
  visit(get(check.template, "Globals"), ["Globals"], "AWS::Serverless::Function");
}

function report(check: Check, path: Path, reference: string, type: string): void {
  if (reference.startsWith("{{resolve:ssm-secure:") && !takesSecrets.has(type)) {
    // As AWS names the place: the type that SAM makes of it, and no further than a list.
    const from = path[0] === "Globals" ? 2 : 3;
    const names = path.slice(from);
    const items = names.findIndex((part) => typeof part === "number");
    const place = [
      type.replace("AWS::Serverless::Function", "AWS::Lambda::Function"),
      "Properties",
      ...(items === -1 ? names : names.slice(0, items)),
    ].join("/");
    check.report(path, {
      severity: "error",
      code: "dynamic-reference",
      message: `SSM Secure reference is not supported in: [${place}]`,
      hint: "Let the function get the parameter, with decryption.",
    });
    return;
  }
  check.report(path, {
    severity: "warning",
    code: "dynamic-reference",
    message: `\`${reference}\` is not resolved here and stays as it is; CloudFormation would put the value in its place.`,
    hint: "Use a parameter, and give it a value for this machine.",
  });
}
