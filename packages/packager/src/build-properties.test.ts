import { describe, expect, test } from "vitest";
import { buildPropertyNames, readBuildProperties } from "./build-properties.ts";

describe("a build property of SAM", () => {
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
  { properties: { Alias: ["a=b"] }, options: { alias: { a: "b" } } },
  { properties: { Charset: "utf8" }, options: { charset: "utf8" } },
  { properties: { Conditions: ["worker"] }, options: { conditions: ["worker"] } },
  { properties: { Define: ["DEBUG=false"] }, options: { define: { DEBUG: "false" } } },
  { properties: { Footer: ["js=// end"] }, options: { footer: { js: "// end" } } },
  { properties: { Inject: ["./shim.js"] }, options: { inject: ["./shim.js"] } },
  { properties: { KeepNames: true }, options: { keepNames: true } },
  { properties: { LegalComments: "none" }, options: { legalComments: "none" } },
  { properties: { TreeShaking: true }, options: { treeShaking: true } },
])("$properties, which sam build leaves out, is used with a warning", ({ properties, options }) => {
  const [property] = Object.keys(properties);
  expect(readBuildProperties(properties)).toMatchObject({
    options,
    problems: [
      { severity: "warning", property, message: expect.stringContaining("`sam build` leaves it out") },
    ],
  });
});

describe("what is refused by name", () => {
  test.each<{ properties: Record<string, unknown>; says: string }>([
    { properties: { Sourcemaps: true }, says: "no property Sourcemaps" },
    { properties: { Outdir: "dist" }, says: "no property Outdir" },
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
