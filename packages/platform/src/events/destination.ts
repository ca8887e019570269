import type { DestinationService } from "../lambda/asynchronous/index.ts";
import type { EventsService } from "./events-service.ts";

/**
 * Event buses as destinations of functions: the record is the event's detail.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export function busDestination(service: EventsService): DestinationService {
  return {
    find: (arn) => service.findBus(arn),
    send: (arn, { body, traceId, invocation: { functionArn, hasSucceeded } }) => {
      const bus = service.findBus(arn);
      if (bus === undefined) return;
      service.put(bus, {
        source: "lambda",
        detailType: `Lambda Function Invocation Result - ${hasSucceeded ? "Success" : "Failure"}`,
        resources: [arn, functionArn],
        detail: JSON.parse(body) as unknown,
        traceHeader: traceId,
      });
    },
  };
}
