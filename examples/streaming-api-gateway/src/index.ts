import { setTimeout as pause } from "node:timers/promises";
import { type ApiGatewayRestEvent, LambdaRuntime, streaming } from "@sluice/runtime";

/** Sends status and headers, then a number a second. */
const numbers = streaming(async (_event: ApiGatewayRestEvent, response) => {
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

await new LambdaRuntime(numbers).run();
