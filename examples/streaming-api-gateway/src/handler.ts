import { setTimeout as pause } from "node:timers/promises";
import { type ApiGatewayRestEvent, type FunctionUrlEvent, streaming } from "@sluice/runtime";

/** Sends status and headers, then a number a second. */
export const numbers = streaming(async (_event: ApiGatewayRestEvent | FunctionUrlEvent, response) => {
  await response.writeStatusAndHeaders({
    statusCode: 200,
    headers: {
      "Content-Type": "text/plain",
      "x-my-custom-header": "streaming-example",
    },
  });

  for (let number = 1; number <= 3; number++) {
    await response.write(`Number: ${number}\n`);
    await pause(1000);
  }

  await response.writeAndFinish("Streaming complete!\n");
});
