export type { CustomResponse } from "./action.ts";
export { type IpSet, readIpSet } from "./ip-set.ts";
export type { RuleGroup } from "./rule.ts";
export type { RegexPatternSet } from "./statement.ts";
export { WafError, WafNotServedError } from "./waf-error.ts";
export {
  capacityIncluded,
  readRegexPatternSet,
  readRuleGroup,
  readWebAcl,
  type Verdict,
  type WafResources,
  type WebAcl,
} from "./web-acl.ts";
