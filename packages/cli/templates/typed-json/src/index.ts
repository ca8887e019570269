import { setTimeout as pause } from "node:timers/promises";
import { managed, streaming } from "@sluice/runtime";
import * as z from "zod";

/** What the function takes; any Standard Schema will do. Anything else becomes an error that names the place. */
const Order = z.object({
  customer: z.string(),
  items: z.array(z.object({ name: z.string(), price: z.number().positive() })).min(1),
});

/** Sends a line of JSON for each item when it is priced, then the total, and writes the invoice afterwards. */
const priceOrder = streaming({ event: Order }, async ({ customer, items }, response, context) => {
  response.setContentType("application/x-ndjson");
  let total = 0;
  for (const { name, price } of items) {
    await pause(300);
    total += price;
    await response.write(`${JSON.stringify({ name, price, total })}\n`);
  }
  await response.writeAndFinish(`${JSON.stringify({ customer, total })}\n`);

  // The caller has everything and goes on; the function works until it returns.
  context.logger.info("Invoice for %s: %d", customer, total);
});

/** What Lambda calls: `Handler: index.handler` in template.yaml. */
export const handler = managed(priceOrder);
