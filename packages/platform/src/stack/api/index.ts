import type { ServiceEntry } from "../../wire/service-api.ts";
import type { CloudFormationApiOptions } from "./cloudformation-api.ts";

export type { CloudFormationApiOptions } from "./cloudformation-api.ts";
export { withLocalAddresses } from "./local-outputs.ts";

/** Where CloudFormation is found. */
export function cloudFormationService(options: CloudFormationApiOptions): ServiceEntry {
  return {
    name: "CloudFormation",
    signingName: "cloudformation",
    protocols: ["query"],
    target: "CloudFormation",
    version: "2010-05-15",
    xmlNamespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/",
    load: async () => (await import("./cloudformation-api.ts")).cloudFormationApi(options),
  };
}
