import type { ServiceEntry } from "../../wire/service-api.ts";
import type { ControlPlaneOptions } from "./control-plane.ts";

export { CodeArchives } from "./code-archives.ts";

/** Where Lambda is found, but for invocations. */
export function lambdaService(options: ControlPlaneOptions): ServiceEntry {
  return {
    name: "Lambda",
    signingName: "lambda",
    protocols: ["rest-json"],
    target: "AWSGirApiService",
    version: "2015-03-31",
    load: async () => (await import("./lambda-api.ts")).lambdaApi(options),
  };
}
