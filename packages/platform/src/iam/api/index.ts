import type { ServiceEntry } from "../../wire/service-api.ts";
import type { IamApiOptions } from "./iam-api.ts";

/** Where IAM is found. */
export function iamService(options: IamApiOptions): ServiceEntry {
  return {
    name: "IAM",
    signingName: "iam",
    protocols: ["query"],
    target: "AWSIdentityManagementV20100508",
    version: "2010-05-08",
    xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    load: async () => (await import("./iam-api.ts")).iamApi(options),
  };
}
