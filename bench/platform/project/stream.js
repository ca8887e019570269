/**
 * The function of the streaming rows, in the form that AWS and each peer that streams takes. Its query string says what to
 * write: `chunks` of `size` bytes, `everyMs` apart. A paced chunk begins with the time at which it was written.
 */
const { once } = require("node:events");
const { setTimeout: delay } = require("node:timers/promises");

exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const { chunks, size, everyMs, holdMs, prelude } = readOrder(event.queryStringParameters ?? {});
  const response = prelude ? awslambda.HttpResponseStream.from(stream, { statusCode: 200 }) : stream;
  const block = Buffer.alloc(size, "x");
  for (let written = 0; written < chunks; written++) {
    if (everyMs > 0 && written > 0) await delay(everyMs);
    const chunk = everyMs > 0 ? timed(size) : block;
    if (!response.write(chunk)) await once(response, "drain");
  }
  if (holdMs > 0) await delay(holdMs);
  response.end();
});

function readOrder(query) {
  const { chunks = "1", size = "16", everyMs = "0", holdMs = "0", prelude } = query;
  return {
    chunks: Number(chunks),
    size: Number(size),
    everyMs: Number(everyMs),
    holdMs: Number(holdMs),
    /** A REST API wants one; not every peer's Function URL takes it. */
    prelude: prelude === "yes",
  };
}

/** Processes of one machine share this clock, so that the receiver can tell how long the chunk was under way. */
function timed(size) {
  return `${process.hrtime.bigint()}`.padEnd(size, "x");
}
