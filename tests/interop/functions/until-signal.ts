import { once } from "node:events";
import { LambdaRuntime, streaming } from "@sluice/runtime";

const handler = streaming(async (_event, response, context) => {
  await response.write('{"text":');
  await once(context.signal, "abort");
  const text = context.signal.reason.message;
  await response.writeAndFinish(`${JSON.stringify(text)},"remainingTimeMs":${context.remainingTimeMs()}}`);
});

await new LambdaRuntime(handler).run();
