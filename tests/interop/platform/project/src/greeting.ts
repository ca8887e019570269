import { buffered, managed } from "@sluice/runtime";
import { type OrderEvent, orderOf, stopAt } from "./order.ts";

/** Returns its answer as a whole. */
export const handler = managed(
  buffered(async (event: OrderEvent & { readonly name?: string }, context) => {
    const order = orderOf(event);
    await stopAt("greeting", order);
    context.logger.info("greeting somebody");
    if (order.failure !== undefined) throw new RangeError(order.failure);
    return { greeting: `Hello, ${event.name ?? "World"}`, client: context.clientContext ?? null };
  }),
);
