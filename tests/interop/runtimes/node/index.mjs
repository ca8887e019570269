/* global awslambda */
const { HttpResponseStream, streamifyResponse } = awslambda;
let invocations = 0;

/** Writes three lines, each once the test allows it. */
export const pieces = streamifyResponse(async (event, stream) => {
  invocations++;
  const order = orderOf(event);
  if (order.failure === "start") throw new RangeError("no start");
  const response = HttpResponseStream.from(stream, {
    statusCode: 201,
    headers: {
      "Content-Type": "text/plain",
      "X-Process": String(process.pid),
      "X-Invocation": String(invocations),
    },
    cookies: ["count=3"],
  });
  for (const piece of ["one", "two", "three"]) {
    await stopAt(piece, order);
    response.write(`${piece}\n`);
    if (order.failure === piece) throw new RangeError(`no more after ${piece}`);
  }
  response.end();
});

/** Returns what the runtime client says about the invocation. */
export async function facts(event, context) {
  invocations++;
  if (orderOf(event).failure === "start") throw new RangeError("no start");
  return {
    functionName: context.functionName,
    memoryMb: Number(context.memoryLimitInMB),
    arn: context.invokedFunctionArn,
    requestId: context.awsRequestId,
    invocation: invocations,
  };
}

function orderOf(event) {
  return event.queryStringParameters ?? event;
}

async function stopAt(name, { gate }) {
  if (gate === undefined) return;
  const { ok } = await fetch(`${gate}/${name}`);
  if (!ok) throw new Error(`The test closed the gate before "${name}".`);
}
