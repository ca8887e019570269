import { managed, sse, streaming } from "@sluice/runtime";
import { type OrderEvent, orderOf, stopAt } from "./order.ts";

const ticks = ["tick", "tock", "ring"];

/** Sends server-sent events, each once the test allows it. A client that comes back gets what it has not seen. */
export const handler = managed(
  streaming(async (event: OrderEvent, response) => {
    const order = orderOf(event);
    const seen = Number(event.headers?.["last-event-id"] ?? 0);
    const events = await sse(response);
    await events.send({ retry: 1 });
    for (const [index, data] of ticks.entries()) {
      const id = index + 1;
      if (id <= seen) continue;
      await stopAt(data, order);
      await events.send({ id: String(id), data });
      if (order.failure === data && seen === 0) throw new RangeError(`broken off after ${data}`);
    }
    await events.send({ event: "done", data: "" });
    await events.close();
  }),
);
