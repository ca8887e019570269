import { managed, streaming } from "@sluice/runtime";
import { type OrderEvent, orderOf, stopAt } from "./order.ts";

/** Writes three lines, each once the test allows it. */
export const handler = managed(
  streaming(async (event: OrderEvent, response) => {
    const order = orderOf(event);
    if (event.headers) {
      await response.writeStatusAndHeaders({
        statusCode: 201,
        headers: { "Content-Type": "text/plain", "X-Pieces": "3" },
        cookies: ["count=3"],
      });
    }
    for (const piece of ["one", "two", "three"]) {
      await stopAt(piece, order);
      await response.write(`${piece}\n`);
      if (order.failure === piece) throw new RangeError(`no more after ${piece}`);
    }
    await response.finish();
  }),
);
