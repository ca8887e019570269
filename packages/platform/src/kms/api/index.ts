import type { ServiceEntry } from "../../wire/service-api.ts";
import type { KmsApiOptions } from "./kms-api.ts";

/** Where KMS is found. */
export function kmsService(options: KmsApiOptions): ServiceEntry {
  return {
    name: "KMS",
    signingName: "kms",
    protocols: ["json-1.1"],
    target: "TrentService",
    version: "2014-11-01",
    load: async () => (await import("./kms-api.ts")).kmsApi(options),
  };
}
