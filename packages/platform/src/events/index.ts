import type { ServiceEntry } from "../wire/service-api.ts";
import type { EventsService } from "./events-service.ts";

export { busDestination } from "./destination.ts";
export { EventsService, type TargetedRule } from "./events-service.ts";
export { type EventBus, EventsNotServedError, type GivenTarget, readRule, readTarget } from "./rule.ts";

/** Where EventBridge is found. */
export function eventsService(service: EventsService): ServiceEntry {
  return {
    name: "EventBridge",
    signingName: "events",
    protocols: ["json-1.1"],
    target: "AWSEvents",
    version: "2015-10-07",
    load: async () => (await import("./events-api.ts")).eventsApi(service),
  };
}
