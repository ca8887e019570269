import type { ValueMap } from "../../cloudformation/index.ts";

/** Types that need a capability, and the property that gives them a name, which needs a greater one. */
const iamTypes: Readonly<Record<string, string>> = {
  "AWS::IAM::AccessKey": "",
  "AWS::IAM::Group": "GroupName",
  "AWS::IAM::InstanceProfile": "InstanceProfileName",
  "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
  "AWS::IAM::Policy": "",
  "AWS::IAM::Role": "RoleName",
  "AWS::IAM::User": "UserName",
  "AWS::IAM::UserToGroupAddition": "",
};

/** What the resources of a template need. */
export interface CapabilityNeed {
  readonly capability: "CAPABILITY_IAM" | "CAPABILITY_NAMED_IAM";
  readonly types: readonly string[];
}

/**
 * The capability that resources need; nothing if none.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
 */
export function capabilityNeed(
  resources: Iterable<{ readonly type: string; readonly properties: ValueMap }>,
): CapabilityNeed | undefined {
  const types = new Set<string>();
  let isNamed = false;
  for (const { type, properties } of resources) {
    const nameProperty = Object.hasOwn(iamTypes, type) ? iamTypes[type] : undefined;
    if (nameProperty === undefined) continue;
    types.add(type);
    if (nameProperty !== "" && properties[nameProperty] !== undefined) isNamed = true;
  }
  if (types.size === 0) return undefined;
  return { capability: isNamed ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM", types: [...types] };
}

/** Whether what was acknowledged is enough. */
export function isAcknowledged({ capability }: CapabilityNeed, capabilities: readonly string[]): boolean {
  return (
    capabilities.includes("CAPABILITY_NAMED_IAM") ||
    (capability === "CAPABILITY_IAM" && capabilities.includes("CAPABILITY_IAM"))
  );
}
