import type { ValueMap } from "../../cloudformation/index.ts";
import type { NetworkPlace } from "../../lambda/network-rights.ts";
import { ResourceError } from "../resource-type.ts";

/**
 * `VpcConfig` of a function, held to what Lambda takes. Whether its subnets and security groups exist nobody here knows.
 * @returns nothing if the function is in no VPC.
 * @throws {ResourceError} for what AWS refuses.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html
 */
export function readVpcConfig(value: unknown): NetworkPlace | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const subnetIds = readIds(value as ValueMap, "SubnetIds", "subnet", 16);
  const securityGroupIds = readIds(value as ValueMap, "SecurityGroupIds", "sg", 5);
  if (subnetIds.length === 0 && securityGroupIds.length === 0) return undefined;
  if (subnetIds.length === 0 || securityGroupIds.length === 0) {
    throw new ResourceError("SubnetIds and SecurityIds must coexist or be both empty list.");
  }
  return { subnetIds, securityGroupIds };
}

function readIds(config: ValueMap, name: string, prefix: string, most: number): readonly string[] {
  const ids = config[name] ?? [];
  if (!Array.isArray(ids)) throw new ResourceError(`${name} of VpcConfig is a list of ids.`);
  if (ids.length > most)
    throw new ResourceError(`VpcConfig has ${ids.length} ${name}; Lambda takes ${most}.`);
  // What the template gives no value for here has some other one on AWS.
  const form = new RegExp(`^${prefix}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`);
  const malformed = ids.find((id) => typeof id !== "string" || !form.test(id));
  if (malformed !== undefined) {
    throw new ResourceError(
      `${name} of VpcConfig has ${JSON.stringify(malformed)}; such ids are ${prefix}- and 8 or 17 hexadecimal digits.`,
    );
  }
  return ids as readonly string[];
}
