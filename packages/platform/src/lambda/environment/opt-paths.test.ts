import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { resolveOptPaths } from "./opt-paths.ts";
import { FunctionFolder } from "./testing/function-folder.ts";

describe("a path below /opt", () => {
  test.each([
    { text: "/opt/wrapper", is: "{}/wrapper" },
    { text: "--require /opt/otel.js --enable-source-maps", is: "--require {}/otel.js --enable-source-maps" },
    { text: "--require=/opt/otel.js", is: "--require={}/otel.js" },
    { text: "--import file:///opt/otel.js", is: "--import file://{}/otel.js" },
    { text: "/usr/lib:/opt/lib:/opt/lib/x.so", is: "/usr/lib:{}/lib:{}/lib/x.so" },
    { text: "/opt/lib/handler.handler", is: "{}/lib/handler.handler" },
    { text: "/opt/homebrew", is: "/opt/homebrew" },
    { text: "/opt/elsewhere/x", is: "/opt/elsewhere/x" },
    { text: "/mnt/opt/otel.js", is: "/mnt/opt/otel.js" },
    { text: "https://example.com/opt/otel.js", is: "https://example.com/opt/otel.js" },
    { text: "/opt/", is: "/opt/" },
  ])("is one of a layer if that has it: $text becomes $is", async ({ text, is }) => {
    await using folder = await FunctionFolder.create({ wrapper: "", "otel.js": "", "lib/x.so": "" });
    expect(resolveOptPaths(text, folder.path)).toBe(is.replaceAll("{}", folder.path));
  });

  test("stays as it is without layers", () => {
    expect(resolveOptPaths("/opt/x/y", join("/nowhere", "layers"))).toBe("/opt/x/y");
  });
});
