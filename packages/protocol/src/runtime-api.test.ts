import { describe, expect, test } from "vitest";
import { categorizedErrorType } from "./runtime-api.ts";

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
