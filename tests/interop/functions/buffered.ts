import { buffered, LambdaRuntime } from "@sluice/runtime";

/** What to do with an event. */
export type BufferedOrder =
  | { readonly do: "describe" | "never-answer" }
  | { readonly do: "throw" | "throw-uncaught" | "reject-unhandled"; readonly message: string }
  | { readonly do: "exit"; readonly code: number }
  | { readonly do: "fill"; readonly bytes: number };

const handler = buffered(async (event: BufferedOrder, context) => {
  switch (event.do) {
    case "describe": {
      const { requestId, invokedFunctionArn, functionName, functionVersion, memoryLimitMb } = context;
      const { traceId, tenantId, clientContext } = context;
      const names = { functionName, functionVersion, memoryLimitMb };
      const { pid, env } = process;
      const caller = { traceId, tenantId, clientContext };
      return { event, requestId, invokedFunctionArn, ...names, ...caller, handler: env["_HANDLER"], pid };
    }
    case "never-answer":
      return await unsettled;
    case "throw":
      throw new RangeError(event.message);
    case "throw-uncaught":
      setImmediate(() => {
        throw new RangeError(event.message);
      });
      return await unsettled;
    case "reject-unhandled":
      Promise.reject(new RangeError(event.message));
      return await unsettled;
    case "exit":
      return process.exit(event.code);
    case "fill":
      return new Uint8Array(event.bytes).fill("x".charCodeAt(0));
  }
});

const unsettled = new Promise<never>(() => {});

await new LambdaRuntime(handler).run();
