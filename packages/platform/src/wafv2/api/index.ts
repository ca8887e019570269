import type { ServiceEntry } from "../../wire/service-api.ts";
import type { WafApiOptions } from "./waf-api.ts";

/** Where WAF is found. */
export function wafService(options: WafApiOptions): ServiceEntry {
  return {
    name: "WAF",
    signingName: "wafv2",
    protocols: ["json-1.1"],
    target: "AWSWAF_20190729",
    version: "2019-07-29",
    load: async () => (await import("./waf-api.ts")).wafApi(options),
  };
}
