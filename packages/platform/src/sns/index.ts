import type { ServiceEntry } from "../wire/service-api.ts";
import type { SnsService } from "./sns-service.ts";

export { topicDestination } from "./destination.ts";
export { SnsService } from "./sns-service.ts";
export {
  checkTopic,
  readSubscription,
  readTopicTags,
  SnsNotServedError,
  type Subscription,
  type Topic,
} from "./topic.ts";

/** Where SNS is found. */
export function snsService(service: SnsService): ServiceEntry {
  return {
    name: "SNS",
    signingName: "sns",
    protocols: ["query"],
    target: "AmazonSimpleNotificationService",
    version: "2010-03-31",
    xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/",
    load: async () => (await import("./sns-api.ts")).snsApi(service),
  };
}
