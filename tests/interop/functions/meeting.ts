import { LambdaRuntime, streaming } from "@sluice/runtime";

const met: string[] = [];
const { promise: everybodyIsHere, resolve: letGo } = Promise.withResolvers<void>();

/** Answers once two of them have met, which takes two invocations at once. */
const handler = streaming(async ({ name }: { readonly name: string }, response, context) => {
  met.push(name);
  if (met.length === 2) letGo();
  await response.write('{"met":');
  await everybodyIsHere;
  console.log(`${name} was here`);
  const rest = { name, pid: process.pid, requestId: context.requestId };
  await response.write(JSON.stringify(met.toSorted()));
  await response.writeAndFinish(`,${JSON.stringify(rest).slice(1)}`);
});

await new LambdaRuntime(handler).run();
