import type { ServiceEntry } from "../wire/service-api.ts";
import type { ParameterStore } from "./parameter-store.ts";

export { ParameterSecrets } from "./parameter-secrets.ts";
export { cloudFormationUser, ParameterStore, parameterValue } from "./parameter-store.ts";

/** Where Systems Manager is found. */
export function ssmService(store: ParameterStore): ServiceEntry {
  return {
    name: "Systems Manager",
    signingName: "ssm",
    protocols: ["json-1.1"],
    target: "AmazonSSM",
    version: "2014-11-06",
    load: async () => (await import("./ssm-api.ts")).ssmApi(store),
  };
}
