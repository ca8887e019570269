import { BlockList, isIP } from "node:net";
import { Properties } from "./properties.ts";
import { invalidParameter } from "./waf-error.ts";

/** Addresses and ranges of them. */
export interface IpSet {
  readonly arn: string;
  has(address: string): boolean;
}

/** What every resource of WAF that has a name is called by. */
export const entityName = { most: 128, pattern: /^[\w-]+$/ };

/**
 * Reads `AWS::WAFv2::IPSet`.
 * @throws {WafError}
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-wafv2-ipset.html
 */
export function readIpSet(value: unknown, arn: string): IpSet {
  const properties = new Properties(value, "#", [
    "Addresses",
    "Description",
    "IPAddressVersion",
    "Name",
    "Scope",
    "Tags",
  ]);
  properties.optionalText("Name", entityName);
  const version = properties.oneOf("IPAddressVersion", ["IPV4", "IPV6"]);
  properties.required("Addresses");
  const addresses = properties.texts("Addresses");
  if (addresses.length > 10_000) {
    throw invalidParameter("An IP set has at most 10000 addresses.", "IP_SET", String(addresses.length));
  }
  const list = new BlockList();
  for (const address of addresses) addRange(list, address, version);
  return { arn, has: (address) => isIn(list, address) };
}

function addRange(list: BlockList, range: string, version: "IPV4" | "IPV6"): void {
  const family = version === "IPV4" ? 4 : 6;
  const [address = "", size = "", ...rest] = range.split("/");
  const bits = /^\d{1,3}$/.test(size) ? Number(size) : Number.NaN;
  // AWS takes every size of range but that of all addresses.
  const isRange = bits >= 1 && bits <= (family === 4 ? 32 : 128) && rest.length === 0;
  if (!isRange || isIP(address) !== family || address.includes("%")) {
    throw invalidParameter("The parameter contains formatting that is not valid.", "IP_ADDRESS", range);
  }
  list.addSubnet(address, bits, family === 4 ? "ipv4" : "ipv6");
}

function isIn(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 4 ? "ipv4" : "ipv6");
}
