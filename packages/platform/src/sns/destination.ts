import type { DestinationService } from "../lambda/asynchronous/index.ts";
import type { SnsService } from "./sns-service.ts";

/** Topics as destinations of functions: the record is the message, or the event is, with what became of it as attributes. */
export function topicDestination(service: SnsService): DestinationService {
  return {
    find: (arn) => service.find(arn),
    send: (arn, { body, attributes, traceId }) => {
      const topic = service.find(arn);
      if (topic !== undefined) service.publish(topic, { message: body, attributes, traceHeader: traceId });
    },
  };
}
