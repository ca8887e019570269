import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { categorizedErrorType, errorTrailers, type FunctionErrorDocument } from "./runtime-api.ts";

describe("categorizedErrorType", () => {
  test.each([
    ["TypeError", "Function.TypeError"],
    ["Runtime.ResponseNotFinished", "Runtime.ResponseNotFinished"],
    ["Function.Something", "Function.Something"],
    ["my-error", "Function.Myerror"],
    ["Error 404: gone", "Function.Errorgone"],
    ["string", "Function.String"],
    ["Runtime.", "Function.Runtime"],
    ["runtime.Lower", "Function.RuntimeLower"],
    ["Runtime.Two.Dots", "Function.RuntimeTwoDots"],
    ["", "Function.Unknown"],
    ["E", "Function.Unknown"],
    ["404", "Function.Unknown"],
    ["Fehler\r\nX-Injected: 1", "Function.FehlerXInjected"],
  ])("makes of %j %j", (errorType, expected) => {
    expect(categorizedErrorType(errorType)).toBe(expected);
    // What the service keeps: anything else would become Function.Unknown or Runtime.Unknown.
    expect(categorizedErrorType(errorType)).toMatch(/^(Runtime|Function)\.[A-Z][a-zA-Z]+$/);
  });
});

describe("errorTrailers", () => {
  /** As they go over the wire, with the empty line that ends them. */
  function section(trailers: Record<string, string>): string {
    const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}\r\n`);
    return `${lines.join("")}\r\n`;
  }

  function documentIn(trailers: Record<string, string>): FunctionErrorDocument {
    return JSON.parse(Buffer.from(trailers["Lambda-Runtime-Function-Error-Body"] ?? "", "base64").toString());
  }

  const trace = Array.from(
    { length: 10 },
    (_, frame) => `    at step${frame} (file:///var/task/index.mjs:1:1)`,
  );

  test("hold type and document as they are", () => {
    const error = { errorType: "RangeError", errorMessage: "böm", trace: ["RangeError: böm", ...trace] };
    const trailers = errorTrailers(error);
    expect(trailers["Lambda-Runtime-Function-Error-Type"]).toBe("RangeError");
    expect(documentIn(trailers)).toEqual(error);
  });

  test("keep the beginning of a long message, and the innermost frames", () => {
    const errorMessage = `The query failed: ${"x".repeat(20_000)}`;
    const error = { errorType: "Error", errorMessage, trace: [`Error: ${errorMessage}`, ...trace] };
    const document = documentIn(errorTrailers(error));
    expect(document.errorMessage).toMatch(/^The query failed: x{400,}…$/);
    expect(document.trace.slice(1)).toEqual(trace);
  });

  test("keep the message whole when the trace alone is long", () => {
    const lines = Array.from(
      { length: 1000 },
      (_, line) => `    at step${line} (file:///var/task/index.mjs:1:1)`,
    );
    const document = documentIn(errorTrailers({ errorType: "Error", errorMessage: "short", trace: lines }));
    expect(document.errorMessage).toBe("short");
    expect(document.trace.length).toBeGreaterThan(10);
    expect(lines.join()).toContain(document.trace.join());
  });

  test("fit into the 4,096 bytes that AWS takes, whatever was thrown, in lines that nothing ends early", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc
        .tuple(fc.string({ unit: "binary", minLength: 1, maxLength: 3 }), fc.nat(5_000))
        .map(([unit, times]) => {
          return unit.repeat(times);
        }),
    );
    const error = fc.record({
      errorType: text,
      errorMessage: text,
      trace: fc.array(text, { maxLength: 40 }),
    });
    fc.assert(
      fc.property(error, (thrown) => {
        const trailers = errorTrailers(thrown);
        expect(section(trailers).length).toBeLessThanOrEqual(4096);
        expect(section(trailers)).toMatch(/^[\w-]+: [\x20-\x7e]+\r\n[\w-]+: [\w+/=]+\r\n\r\n$/);
        expect(Object.keys(documentIn(trailers))).toEqual(["errorType", "errorMessage", "trace"]);
      }),
    );
  });
});
