import type { ServiceEntry } from "../wire/service-api.ts";
import type { RepositoryStore } from "./repository-store.ts";

export { type RepositorySettings, RepositoryStore } from "./repository-store.ts";

/** Where ECR is found. */
export function ecrService(store: RepositoryStore): ServiceEntry {
  return {
    name: "ECR",
    signingName: "ecr",
    protocols: ["json-1.1"],
    target: "AmazonEC2ContainerRegistry_V20150921",
    version: "2015-09-21",
    load: async () => (await import("./ecr-api.ts")).ecrApi(store),
  };
}
