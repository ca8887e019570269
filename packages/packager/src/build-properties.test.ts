import { describe, expect, test } from "vitest";
import { buildPropertyNames, readBuildProperties } from "./build-properties.ts";

describe("a build property", () => {
  test.each([
    { properties: { Banner: ["js=// a = b"] }, options: { banner: { js: "// a = b" } } },
    { properties: { External: ["@aws-sdk/*", "sharp"] }, options: { external: ["@aws-sdk/*", "sharp"] } },
    { properties: { Format: "esm" }, options: { format: "esm" } },
    {
      properties: { Loader: [".png=dataurl", ".txt=text"] },
      options: { loader: { ".png": "dataurl", ".txt": "text" } },
    },
    { properties: { MainFields: "module,main" }, options: { mainFields: ["module", "main"] } },
    { properties: { Minify: false }, options: { minify: false } },
    { properties: { Minify: "false" }, options: { minify: false } },
    { properties: { OutExtension: [".js=.mjs"] }, options: { outExtension: { ".js": ".mjs" } } },
    { properties: { Sourcemap: true }, options: { sourcemap: true } },
    { properties: { SourcesContent: "false" }, options: { sourcesContent: false } },
    { properties: { Target: "node24, es2022" }, options: { target: ["node24", "es2022"] } },
    { properties: { UseNpmCi: true }, options: {} },
    { properties: { Alias: ["a=b"] }, options: { alias: { a: "b" } } },
    { properties: { Conditions: "worker, lambda" }, options: { conditions: ["worker", "lambda"] } },
    { properties: { KeepNames: true }, options: { keepNames: true } },
    { properties: { LineLimit: "80" }, options: { lineLimit: 80 } },
    { properties: { MangleProps: "_$" }, options: { mangleProps: /_$/ } },
    { properties: { Sourcemap: "inline" }, options: { sourcemap: "inline" } },
    { properties: { Supported: ["bigint=false"] }, options: { supported: { bigint: false } } },
  ])("$properties is handed to esbuild", ({ properties, options }) => {
    expect(readBuildProperties(properties)).toEqual({ entryPoints: undefined, options, problems: [] });
  });

  test("EntryPoints are told apart from the options", () => {
    const { entryPoints, options, problems } = readBuildProperties({ EntryPoints: ["src/a.ts", "b"] });
    expect({ entryPoints, options, problems }).toEqual({
      entryPoints: ["src/a.ts", "b"],
      options: {},
      problems: [],
    });
  });
});

test.each([
  { properties: { Bundle: false } },
  { properties: { Outdir: "dist" } },
  { properties: { Platform: "browser" } },
])("$properties, which sam build sets itself, has no effect, and a warning says so", ({ properties }) => {
  const [property] = Object.keys(properties);
  expect(readBuildProperties(properties)).toEqual({
    entryPoints: undefined,
    options: {},
    problems: [{ severity: "warning", property, message: expect.stringContaining("has no effect") }],
  });
});

describe("what is refused by name", () => {
  test.each<{ properties: Record<string, unknown>; says: string }>([
    { properties: { Sourcemaps: true }, says: "no property Sourcemaps" },
    { properties: { Watch: true }, says: "no property Watch" },
    { properties: { Conditions: ["worker"] }, says: 'Conditions is ["worker"]; give one text, with commas' },
    { properties: { LineLimit: 80 }, says: "give a whole number in quotes" },
    { properties: { MangleProps: "(" }, says: 'MangleProps is "("; give a regular expression' },
    { properties: { Sourcemap: "yes" }, says: "give true, false or one of linked, inline, external, both" },
    { properties: { constructor: true }, says: "no property constructor" },
    { properties: { EntryPoints: "src/a.ts" }, says: 'EntryPoints is "src/a.ts"; give a list of texts' },
    { properties: { EntryPoints: [] }, says: "EntryPoints is []" },
    { properties: { External: { a: "b" } }, says: "give a list of texts" },
    { properties: { Format: "commonjs" }, says: 'Format is "commonjs"; give one of cjs, esm, iife' },
    { properties: { Loader: ["png"] }, says: 'give a list such as [".png=dataurl"]' },
    { properties: { MainFields: ["module"] }, says: 'such as "module,main"' },
    { properties: { Minify: "yes" }, says: 'Minify is "yes"; give true or false' },
    { properties: { Target: "" }, says: 'Target is ""; give one text' },
    { properties: { Target: { Ref: "Target" } }, says: 'Target is {"Ref":"Target"}; give one text' },
  ])("$properties", ({ properties, says }) => {
    const [property] = Object.keys(properties);
    const { problems } = readBuildProperties(properties);
    expect(problems).toEqual([{ severity: "error", property, message: expect.stringContaining(says) }]);
  });

  test("every mistake is told, not only the first", () => {
    const { problems } = readBuildProperties({ Minify: 1, Targets: "x", Format: "esm" });
    expect(problems.map(({ property }) => property)).toEqual(["Minify", "Targets"]);
  });
});

test("every name that is known can be read", () => {
  for (const name of buildPropertyNames) {
    const { problems } = readBuildProperties({ [name]: undefined });
    expect(problems).toEqual([expect.objectContaining({ message: expect.stringContaining("give ") })]);
  }
});
