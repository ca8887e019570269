import type { ServiceEntry } from "../wire/service-api.ts";
import type { StsApiOptions } from "./sts-api.ts";

/** Where STS is found. */
export function stsService(options: StsApiOptions): ServiceEntry {
  return {
    name: "STS",
    signingName: "sts",
    protocols: ["query"],
    target: "AWSSecurityTokenServiceV20110615",
    version: "2011-06-15",
    xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    load: async () => (await import("./sts-api.ts")).stsApi(options),
  };
}
