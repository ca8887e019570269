export type { MessageAttributes } from "./message.ts";
export { checkQueueName, type Queue, readQueueAttributes } from "./queue.ts";
export { sqsApi } from "./sqs-api.ts";
export { SqsService } from "./sqs-service.ts";
