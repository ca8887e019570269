import { BlockList } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cidrBlocks } from "./cidr.ts";

describe("Fn::Cidr", () => {
  test.each<[string, number, number, string[] | undefined]>([
    ["192.168.0.0/24", 2, 5, ["192.168.0.0/27", "192.168.0.32/27"]],
    ["10.0.0.0/16", 3, 8, ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]],
    ["10.0.7.9/16", 1, 8, ["10.0.0.0/24"]],
    ["2001:db8::/56", 2, 64, ["2001:db8::/64", "2001:db8:0:1::/64"]],
    ["::ffff:1.2.0.0/112", 1, 8, ["::ffff:102:0/120"]],
    ["10.0.0.0/24", 2, 8, undefined],
    ["10.0.0.0/33", 1, 1, undefined],
    ["10.0.0/24", 1, 1, undefined],
    ["10.0.0.0", 1, 1, undefined],
    ["10.0.0.0/8", 257, 8, undefined],
  ])("of %s, %i blocks of %i bits, gives %j", (block, count, bits, blocks) => {
    expect(cidrBlocks(block, count, bits)).toEqual(blocks);
  });

  test("blocks lie in the block they come from and do not overlap", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(
        octet,
        octet,
        fc.integer({ min: 8, max: 24 }),
        fc.integer({ min: 1, max: 8 }),
        (a, b, prefix, count) => {
          const hostBits = 32 - prefix - 3;
          const blocks = cidrBlocks(`10.${a}.${b}.0/${prefix}`, count, hostBits) ?? [];
          expect(blocks).toHaveLength(count);
          const whole = new BlockList();
          whole.addSubnet(`10.${a}.${b}.0`, prefix);
          for (const block of blocks) expect(whole.check(block.split("/")[0] ?? "")).toBe(true);
          expect(new Set(blocks).size).toBe(count);
        },
      ),
    );
  });
});
