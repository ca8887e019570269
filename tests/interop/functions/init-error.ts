import { LambdaRuntime } from "@sluice/runtime";

await new LambdaRuntime(() => {
  throw new TypeError("The table's name is not set.");
}).run();
