import { describe, expect, test } from "vitest";
import { noTransformation, wafRequest, webAclOf } from "../../test/waf-rules.ts";
import { RateCounter } from "./rate-limit.ts";
import type { WafRequest } from "./waf-request.ts";

const limit = 10;
const rate = (more: object = {}) => ({
  Statement: {
    RateBasedStatement: { Limit: limit, AggregateKeyType: "IP", EvaluationWindowSec: 60, ...more },
  },
});
const named = { Name: "x-user", TextTransformations: noTransformation };
const user = (name: string): Partial<WafRequest> => ({ headers: [["X-User", name]] });
const admin = {
  ByteMatchStatement: {
    SearchString: "/admin",
    PositionalConstraint: "CONTAINS",
    FieldToMatch: { UriPath: {} },
    TextTransformations: noTransformation,
  },
};

/** How many of the requests pass that are sent in turn, many times over, at one moment. */
function passing(rule: object, requests: readonly Partial<WafRequest>[], rounds = limit + 5): number {
  const acl = webAclOf([rule]);
  let passed = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const request of requests) {
      if (acl.inspect(wafRequest(request), 0).action === "allow") passed += 1;
    }
  }
  return passed;
}

describe("a rate-based rule", () => {
  test.each([
    ["IP", rate(), [{ sourceIp: "192.0.2.1" }, { sourceIp: "192.0.2.2" }], 2 * limit],
    ["IP", rate(), [{ method: "GET" }, { method: "POST" }], limit],
    [
      "FORWARDED_IP",
      rate({
        AggregateKeyType: "FORWARDED_IP",
        ForwardedIPConfig: { HeaderName: "x-user", FallbackBehavior: "NO_MATCH" },
      }),
      [user("192.0.2.1, 10.0.0.1"), user("192.0.2.2")],
      2 * limit,
    ],
    [
      "a header",
      rate({ AggregateKeyType: "CUSTOM_KEYS", CustomKeys: [{ Header: named }] }),
      [user("anna"), user("ben")],
      2 * limit,
    ],
    [
      "a header and the method",
      rate({ AggregateKeyType: "CUSTOM_KEYS", CustomKeys: [{ Header: named }, { HTTPMethod: {} }] }),
      [user("anna"), { ...user("anna"), method: "POST" }, user("ben")],
      3 * limit,
    ],
    [
      "nothing, within a scope",
      rate({ AggregateKeyType: "CONSTANT", ScopeDownStatement: admin }),
      [
        { rawPath: "/admin", sourceIp: "192.0.2.1" },
        { rawPath: "/admin", sourceIp: "192.0.2.2" },
      ],
      limit,
    ],
  ])("counts by %s", (_, rule, requests, passed) => {
    expect(passing(rule, requests)).toBe(passed);
  });

  test.each([
    ["outside its scope", rate({ ScopeDownStatement: admin }), { rawPath: "/" }],
    [
      "without one of its keys",
      rate({ AggregateKeyType: "CUSTOM_KEYS", CustomKeys: [{ Header: named }, { IP: {} }] }),
      {},
    ],
    [
      "without the header that has the address",
      rate({
        AggregateKeyType: "FORWARDED_IP",
        ForwardedIPConfig: { HeaderName: "x", FallbackBehavior: "MATCH" },
      }),
      {},
    ],
  ])("does not count requests %s", (_, rule, request) => {
    expect(passing(rule, [request], 30)).toBe(30);
  });

  test.each([
    ["MATCH", 0],
    ["NO_MATCH", 30],
  ])("takes an address that is none as %s says", (FallbackBehavior, passed) => {
    const rule = rate({
      AggregateKeyType: "FORWARDED_IP",
      ForwardedIPConfig: { HeaderName: "x-user", FallbackBehavior },
    });
    expect(passing(rule, [user("unknown")], 30)).toBe(passed);
  });

  test("lets requests pass again when those of the window's beginning are out of it", () => {
    const acl = webAclOf([rate()]);
    const send = (second: number) => acl.inspect(wafRequest(), second * 1000).action;
    for (let count = 0; count < limit; count += 1) expect(send(0)).toBe("allow");
    expect(send(30)).toBe("block");
    expect(send(59)).toBe("block");
    // What was blocked counts as well.
    expect(send(60)).toBe("allow");
  });
});

describe("a counter", () => {
  test("forgets who was seen longest ago, not who comes again and again", () => {
    const counter = new RateCounter(1, 60);
    counter.count("first", 0);
    counter.count("again", 0);
    for (let index = 0; index < 9_999; index += 1) {
      counter.count(`other-${index}`, 0);
      counter.count("again", 0);
    }
    expect(counter.count("first", 0)).toBe(false);
    expect(counter.count("again", 0)).toBe(true);
  });
});
