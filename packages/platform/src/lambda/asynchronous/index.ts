export { AsynchronousInvoker } from "./asynchronous-invoker.ts";
export { type DestinationService, refusalOf, sendActionOf } from "./destinations.ts";
export { type EventInvokeConfig, standardEventInvokeConfig } from "./event-invoke-config.ts";
export { EventQueue, type NewEvent } from "./event-queue.ts";
