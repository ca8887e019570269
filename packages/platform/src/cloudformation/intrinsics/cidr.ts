import { isIP } from "node:net";

/**
 * The subnets that `Fn::Cidr` cuts from a block.
 *
 * @param block - In CIDR notation, IPv4 or IPv6.
 * @param count - How many, 1 to 256.
 * @param hostBits - Bits of a subnet's own: a subnet has 2 to that power addresses.
 * @returns `undefined` if the block is none, or too small for so many subnets.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html
 */
export function cidrBlocks(block: string, count: number, hostBits: number): string[] | undefined {
  const [address = "", prefixText = ""] = block.split("/");
  const version = isIP(address);
  const width = version === 6 ? 128 : 32;
  const prefix = /^\d+$/.test(prefixText) ? Number(prefixText) : -1;
  if (version === 0 || prefix < 0 || prefix > width) return undefined;
  if (!Number.isInteger(count) || count < 1 || count > 256) return undefined;
  if (!Number.isInteger(hostBits) || hostBits < 1 || hostBits > width - prefix) return undefined;
  const available = 1n << BigInt(width - prefix - hostBits);
  if (BigInt(count) > available) return undefined;
  const start = (toNumber(address, version) >> BigInt(width - prefix)) << BigInt(width - prefix);
  return Array.from({ length: count }, (_, index) => {
    const subnet = start + (BigInt(index) << BigInt(hostBits));
    return `${toAddress(subnet, version)}/${width - hostBits}`;
  });
}

function toNumber(address: string, version: number): bigint {
  if (version === 4) return address.split(".").reduce((total, part) => (total << 8n) + BigInt(part), 0n);
  return groupsOf(address).reduce((total, group) => (total << 16n) + BigInt(group), 0n);
}

/** The eight 16-bit groups of an IPv6 address, `::` written out. */
function groupsOf(address: string): number[] {
  const [left = "", right] = address.split("::");
  const parse = (text: string): number[] =>
    text === ""
      ? []
      : text
          .split(":")
          .flatMap((group) => (group.includes(".") ? ofIpv4(group) : [Number.parseInt(group, 16)]));
  const [head, tail] = [parse(left), right === undefined ? [] : parse(right)];
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0);
  return [...head, ...zeros, ...tail];
}

function ofIpv4(text: string): number[] {
  const value = Number(toNumber(text, 4));
  return [Math.floor(value / 0x10000), value % 0x10000];
}

function toAddress(value: bigint, version: number): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  return compressed(groups);
}

/** Writes the longest run of zero groups as `::`. */
function compressed(groups: readonly string[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === "0") length += 1;
    if (length > best.length) best = { start, length };
  }
  if (best.start < 0) return groups.join(":");
  return `${groups.slice(0, best.start).join(":")}::${groups.slice(best.start + best.length).join(":")}`;
}
