import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { bootstrap, FunctionProcess } from "../test/function-process.ts";
import { describeManagedHandlers } from "../test/managed-handlers.ts";

// The same under AWS's own client: tests/interop/managed.test.ts.
describeManagedHandlers("our bootstrap", bootstrap);

test("bytes that a buffered handler returns are sent as they are by our runtime", async () => {
  await using process = await FunctionProcess.start({ handler: "managed.binary" });
  expect((await process.invoke({})).body.toString("hex")).toBe("89504e47");
});

// The source polls by itself where nobody else does.
describe("one source", () => {
  const oneSource = fileURLToPath(new URL("../test/fixtures/one-source.mjs", import.meta.url));
  const environment = { AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" };
  test.each([
    { where: "under our bootstrap in place of AWS's client", options: { program: bootstrap, environment } },
    { where: "under our bootstrap as a custom runtime", options: { program: bootstrap } },
    { where: "as a custom runtime of its own", options: { program: oneSource } },
  ])("runs $where", async ({ options }) => {
    await using process = await FunctionProcess.start({ handler: "one-source.handler", ...options });
    for (const name of ["Ada", "Bob"]) {
      const result = await process.invoke({ name });
      expect(result.body.toString()).toBe(`Hello, ${name}\n`);
    }
  });
});
