import { LambdaRuntime, managed } from "@sluice/runtime";
import { numbers } from "./handler.ts";

/** What Lambda's own Node.js runtimes call: `Handler: index.handler` in template.yaml. */
export const handler = managed(numbers);

// Everywhere else: a local server on this machine, the Runtime API in a custom runtime. Returns at once on nodejs24.x.
await new LambdaRuntime(handler).run();
