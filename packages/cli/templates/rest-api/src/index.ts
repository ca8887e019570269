import { setTimeout as pause } from "node:timers/promises";
import { type ApiGatewayRestEvent, managed, streaming } from "@sluice/runtime";

const textPlain = { "Content-Type": "text/plain" };

/** Counts to `?count=`, 3 unless given, and sends each number when it is its turn. */
const numbers = streaming(async (event: Partial<ApiGatewayRestEvent>, response) => {
  const count = Number(event.queryStringParameters?.["count"] ?? 3);
  if (!Number.isInteger(count) || count < 1 || count > 50) {
    await response.writeStatusAndHeaders({ statusCode: 400, headers: textPlain });
    return response.writeAndFinish("count is a whole number from 1 to 50.\n");
  }

  await response.writeStatusAndHeaders({ statusCode: 200, headers: textPlain });
  for (let number = 1; number <= count; number++) {
    await response.write(`Number: ${number}\n`);
    await pause(300);
  }
  await response.writeAndFinish("That is all.\n");
});

/** What Lambda calls: `Handler: index.handler` in template.yaml. */
export const handler = managed(numbers);
