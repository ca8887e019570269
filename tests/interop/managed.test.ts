import { describe, expect, inject, test } from "vitest";
import { FunctionProcess } from "../../packages/runtime/test/function-process.ts";
import { describeManagedHandlers } from "../../packages/runtime/test/managed-handlers.ts";

const { tool: program = "", missing } = inject("awsNodeClient");

describe.skipIf(missing !== undefined)("under AWS's own client", () => {
  describeManagedHandlers("AWS's client", program);

  test("bytes that a buffered handler returns go through if they are JSON", async () => {
    await using process = await FunctionProcess.start({ handler: "managed.jsonBytes", program });
    expect((await process.invoke({})).body.toString()).toBe('{"a":1}');
  });

  test("bytes that a buffered handler returns fail if they are not", async () => {
    await using process = await FunctionProcess.start({ handler: "managed.binary", program });
    const result = await process.invoke({});
    expect(result.kind).toBe("error");
    expect(JSON.parse(result.body.toString()).errorType).toBe("Runtime.OutputNotSerializable");
  });

  test("a source that can also poll by itself runs", async () => {
    await using process = await FunctionProcess.start({
      handler: "one-source.handler",
      program,
      environment: { AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" },
    });
    for (const name of ["Ada", "Bob"]) {
      const result = await process.invoke({ name });
      expect(result.body.toString()).toBe(`Hello, ${name}\n`);
    }
  });
});
