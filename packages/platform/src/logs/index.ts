import type { ServiceEntry } from "../wire/service-api.ts";
import type { LogStore } from "./log-store.ts";

export type { LogGroupSettings } from "./log-group-table.ts";
export { LogPruning } from "./log-pruning.ts";
export { LogStore } from "./log-store.ts";
export { isRetention, retentions } from "./retention.ts";

/**
 * Where CloudWatch Logs is found.
 * @param arnPrefix - `arn:aws:logs:{region}:{account}`.
 */
export function logsService(store: LogStore, arnPrefix: string): ServiceEntry {
  return {
    name: "CloudWatch Logs",
    signingName: "logs",
    protocols: ["json-1.1"],
    target: "Logs_20140328",
    version: "2014-03-28",
    load: async () => (await import("./logs-api.ts")).logsApi(store, arnPrefix),
  };
}
