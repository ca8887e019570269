import { buffered, LambdaRuntime } from "@sluice/runtime";

await new LambdaRuntime(buffered(async (event: unknown) => event)).run();
