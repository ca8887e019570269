import { setImmediate as nextTurn } from "node:timers/promises";
import { background, LambdaRuntime } from "@sluice/runtime";

/** What to work on after the answer. */
export interface BackgroundOrder {
  readonly name: string;
  /** Works until another invocation comes in, instead of for a while. */
  readonly waitsForAnother?: boolean;
}

let finished = 0;
let anotherCame: () => void = () => {};

const handler = background(async ({ name, waitsForAnother }: BackgroundOrder, respond) => {
  anotherCame();
  await respond({ accepted: name, finishedBefore: finished });
  if (waitsForAnother) {
    const { promise, resolve } = Promise.withResolvers<void>();
    anotherCame = resolve;
    await promise;
  } else {
    for (let turn = 0; turn < 1_000; turn++) await nextTurn();
  }
  finished += 1;
  console.log(`finished ${name}`);
});

await new LambdaRuntime(handler).run();
