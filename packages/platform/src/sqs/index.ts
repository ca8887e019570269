import type { ServiceEntry } from "../wire/service-api.ts";
import type { SqsApiOptions } from "./sqs-api.ts";

export type { MessageAttributes } from "./message.ts";
export { checkQueueName, type Queue, readQueueAttributes } from "./queue.ts";
export { SqsService } from "./sqs-service.ts";

/** Where SQS is found. */
export function sqsService(options: SqsApiOptions): ServiceEntry {
  return {
    name: "SQS",
    signingName: "sqs",
    protocols: ["json-1.0"],
    target: "AmazonSQS",
    version: "2012-11-05",
    load: async () => (await import("./sqs-api.ts")).sqsApi(options),
  };
}
