/** The measured functions in the form `aws-lambda-ric` takes them. */
import { once } from "node:events";
import { chunkFor, type StreamOrder } from "./stream-order.ts";

interface OfficialResponseStream extends NodeJS.EventEmitter {
  write(chunk: string | Uint8Array): boolean;
  end(): void;
}

declare const awslambda: {
  streamifyResponse<F extends (event: StreamOrder, stream: OfficialResponseStream) => Promise<void>>(
    handler: F,
  ): F;
};

export const echo = async (event: unknown) => event;

export const stream = awslambda.streamifyResponse(async (event, responseStream) => {
  const chunk = chunkFor(event);
  for (let written = 0; written < event.chunks; written++) {
    if (!responseStream.write(chunk)) await once(responseStream, "drain");
  }
  responseStream.end();
});
