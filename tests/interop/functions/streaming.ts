import { LambdaRuntime, type ResponseStreamWriter, streaming } from "@sluice/runtime";

/** What to stream. */
export interface StreamingOrder {
  readonly prelude?: Parameters<ResponseStreamWriter["writeStatusAndHeaders"]>[0];
  readonly contentType?: string;
  readonly chunks?: readonly string[];
  /** How often to write the chunks; once unless set. */
  readonly repeat?: number;
  /** Throws an error with this message after the chunks, instead of finishing. */
  readonly failure?: string;
}

const handler = streaming(async (order: StreamingOrder, response) => {
  if (order.contentType !== undefined) response.setContentType(order.contentType);
  if (order.prelude !== undefined) await response.writeStatusAndHeaders(order.prelude);
  for (let round = 0; round < (order.repeat ?? 1); round++) {
    for (const chunk of order.chunks ?? []) await response.write(chunk);
  }
  if (order.failure !== undefined) throw new RangeError(order.failure);
  await response.finish();
});

await new LambdaRuntime(handler).run();
