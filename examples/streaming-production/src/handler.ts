import { setTimeout as pause } from "node:timers/promises";
import { type ApiGatewayRestEvent, streaming } from "@sluice/runtime";

/** Sends status and headers, then a number every so often, as its environment says. */
export const numbers = streaming(async (event: Partial<ApiGatewayRestEvent>, response, context) => {
  // Whoever may invoke the function can send it anything, and not only through the API.
  if (event.requestContext === undefined) throw new TypeError("The event is no request to the REST API.");
  const { NUMBERS = "3", PAUSE_MS = "1000" } = process.env;
  context.logger.info("Streaming to %s", event.requestContext.identity.userArn);

  await response.writeStatusAndHeaders({ statusCode: 200, headers: { "Content-Type": "text/plain" } });
  for (let number = 1; number <= Number(NUMBERS); number++) {
    await response.write(`Number: ${number}\n`);
    await pause(Number(PAUSE_MS));
  }
  await response.writeAndFinish("Streaming complete!\n");
});
