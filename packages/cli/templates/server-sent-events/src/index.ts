import { setTimeout as pause } from "node:timers/promises";
import { type FunctionUrlEvent, managed, sse, streaming } from "@sluice/runtime";

const steps = ["fetched", "converted", "stored"];

/** Reports a job's progress. A client that comes back goes on after the last event that it saw. */
const progress = streaming(async (event: Partial<FunctionUrlEvent>, response) => {
  const seen = Number(event.headers?.["last-event-id"] ?? 0);
  // A comment keeps the connection open while there is nothing to say.
  const events = await sse(response, { heartbeatMs: 15_000 });
  for (const [index, step] of steps.entries()) {
    const id = index + 1;
    if (id <= seen) continue;
    await pause(300);
    await events.send({ id: String(id), event: "progress", data: { step, done: id, of: steps.length } });
  }
  await events.send({ event: "done", data: "All steps are done." });
  await events.close();
});

/** What Lambda calls: `Handler: index.handler` in template.yaml. */
export const handler = managed(progress);
