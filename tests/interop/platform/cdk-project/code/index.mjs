import { setTimeout as sleep } from "node:timers/promises";

export const handler = awslambda.streamifyResponse(async (_event, body) => {
  const stream = awslambda.HttpResponseStream.from(body, {
    statusCode: 200,
    headers: { "content-type": "text/plain" },
  });
  for (const number of [1, 2, 3]) {
    stream.write(`Number: ${number}\n`);
    await sleep(500);
  }
  stream.end();
});
