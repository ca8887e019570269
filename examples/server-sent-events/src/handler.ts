import { setTimeout as pause } from "node:timers/promises";
import { type FunctionUrlEvent, sse, streaming } from "@sluice/runtime";

const steps = ["fetched", "converted", "stored"];

/** Reports a job's progress as server-sent events. A client that comes back goes on after the last event it saw. */
export const progress = streaming(async (event: Partial<FunctionUrlEvent>, response) => {
  const seen = Number(event.headers?.["last-event-id"] ?? 0);
  // So short that you can see it. Where it only has to keep the connection open, 15 seconds will do.
  const events = await sse(response, { heartbeatMs: 1000 });

  await events.send({ retry: 2000 });
  for (const [index, step] of steps.entries()) {
    const id = index + 1;
    if (id <= seen) continue;
    await pause(2500);
    await events.send({ id: String(id), event: "progress", data: { step, done: id, of: steps.length } });
  }
  await events.send({ event: "done", data: "All steps are done." });
  await events.close();
});
