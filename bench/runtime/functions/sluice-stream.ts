import { LambdaRuntime, streaming } from "@sluice/runtime";
import { chunkFor, type StreamOrder } from "./stream-order.ts";

await new LambdaRuntime(
  streaming(async (event: StreamOrder, response) => {
    const chunk = chunkFor(event);
    for (let written = 0; written < event.chunks; written++) await response.write(chunk);
    await response.finish();
  }),
).run();
