import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { onDemand } from "./emulator/modes.ts";

const source = "tests/interop/functions/exports.ts";
const module = fileURLToPath(import.meta.resolve("@sluice/runtime/bootstrap"));
const streamed = `{"statusCode":200}${"\0".repeat(8)}Hello, Ada`;

describe.skipIf(onDemand.isMissing)("@sluice/runtime/bootstrap, under the runtime interface emulator", () => {
  test.each([
    { what: "one of our handlers", handler: "index.orders.stream", expected: streamed },
    { what: "a streamified function", handler: "index.streamified", expected: streamed },
    { what: "an async function", handler: "index.plain", expected: '{"greeting":"Hello, Ada"}' },
  ])("starts $what, as _HANDLER names it", async ({ handler, expected }) => {
    const emulated = await onDemand.start(source, { module, environment: { _HANDLER: handler } });
    const { status, body } = await emulated.invoke({ name: "Ada" });
    expect([status, body.toString()]).toEqual([200, expected]);
  });

  test.each([
    { what: "no export of that name", handler: "index.missing", errorType: "Runtime.HandlerNotFound" },
    { what: "no such module", handler: "missing.handler", errorType: "Runtime.ImportModuleError" },
    { what: "no handler name", handler: "index", errorType: "Runtime.MalformedHandlerName" },
  ])("reports $what as an init error", async ({ handler, errorType }) => {
    const emulated = await onDemand.start(source, { module, environment: { _HANDLER: handler } });
    const { status, body } = await emulated.invoke({ name: "Ada" });
    expect(status).toBe(502);
    expect(JSON.parse(body.toString())).toMatchObject({ errorType });
  });
});
