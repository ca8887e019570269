import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Project } from "../test/project.ts";
import { buildPropertyNames } from "./build-properties.ts";
import { bundleFunction } from "./function-bundle.ts";

const esbuild = createRequire(import.meta.url).resolve("esbuild/bin/esbuild");

/** Code in which every property has something to do. */
const sources = {
  "src/index.ts": `
    import lodged from "lodged";
    import { other } from "#other";
    import page from "./page.html";
    import { picture } from "./picture";
    import { view } from "./view.tsx";
    /*! a legal comment */
    declare const MODE: string;
    class Kept { hidden_ = 1; 'quoted_' = 2; }
    function unused() { return "unused"; }
    inLabel: { console.log("in a label"); }
    export const handler = async () => {
      debugger;
      const big = { ...{ a: 1 }, b: MODE ?? globalThis.nothing?.c };
      const pure = call();
      return [lodged, other, page, picture, view, new Kept().hidden_, "wörld", big, (await import("./later.ts")).later];
    };
    function call() { return Symbol(); }`,
  "src/later.ts": "export const later: string = 'later';\n",
  "src/other.ts": "export const other: number = 1;\n",
  "src/page.html": "<p>page</p>\n",
  "src/picture.node.ts": "export const picture = 'for node';\n",
  "src/picture.ts": "export const picture = 'for all';\n",
  "src/view.tsx":
    "import * as React from 'reacting'; export const view = <><p a='1'>view</p></>; void React;\n",
  "shim.js": "globalThis.shimmed = true;\n",
  "tsconfig.json": "{}",
  "tsconfig.other.json": '{ "compilerOptions": { "target": "es2015", "useDefineForClassFields": false } }',
  "package.json":
    '{ "name": "app", "imports": { "#other": { "special": "./src/later-other.ts", "default": "./src/other.ts" } } }',
  "src/later-other.ts": "export const other: number = 2;\n",
  "node_modules/lodged/package.json": '{ "name": "lodged", "main": "main.js", "module": "module.js" }',
  "node_modules/lodged/main.js": "module.exports = 'main';\n",
  "node_modules/lodged/module.js": "export default 'module';\n",
  "node_modules/reacting/package.json":
    '{ "name": "reacting", "exports": { ".": "./index.js", "./*": "./index.js" } }',
  "node_modules/reacting/index.js":
    "export const createElement = (...all) => all, jsx = createElement, jsxs = jsx, jsxDEV = jsx, Fragment = 'f';\n",
};

const always = { EntryPoints: ["src/index.ts"], Loader: [".html=text"] };

/** The arguments that SAM makes of build properties, and those that it always gives. */
function argumentsOfSam(properties: Readonly<Record<string, unknown>>): string[] {
  const { EntryPoints, ...rest } = properties;
  const made = Object.entries(rest).flatMap(([property, value]) => {
    const name = `--${property.replace(/(?!^)(?=[A-Z])/g, "-").toLowerCase()}`;
    if (Array.isArray(value)) return value.map((item) => `${name}:${item}`);
    if (typeof value === "boolean") return value ? [name] : [];
    return [`${name}=${value}`];
  });
  const defaults = { Target: "--target=es2020", Format: "--format=cjs", Minify: "--minify" };
  const missing = Object.entries(defaults).filter(([property]) => !(property in properties));
  const bundle = ["--bundle", "--platform=node", "--outdir=sam"];
  return [...(EntryPoints as string[]), ...bundle, ...missing.map(([, argument]) => argument), ...made];
}

let project: Project;
beforeAll(async () => {
  project = await Project.create(sources);
});
afterAll(() => project[Symbol.asyncDispose]());

async function builtBySam(properties: Readonly<Record<string, unknown>>): Promise<Map<string, string>> {
  const scratch = await Project.create(sources);
  await using _ = scratch;
  await promisify(execFile)(esbuild, argumentsOfSam(properties), { cwd: scratch.folder });
  const files = new Map<string, string>();
  for (const name of await scratch.files("sam")) {
    files.set(name, await readFile(scratch.path(`sam/${name}`), "utf8"));
  }
  return files;
}

async function builtHere(buildProperties: Readonly<Record<string, unknown>>): Promise<Map<string, string>> {
  const { files } = await bundleFunction(
    {
      logicalId: "A",
      runtime: "nodejs24.x",
      handler: "index.handler",
      templateFolder: project.folder,
      codeUri: undefined,
      buildProperties,
    },
    { outputFolder: project.path("sam"), nodeVersion: "24.21.0" },
  );
  return new Map(
    [...files].map(([name, content]) => [name, new TextDecoder().decode(content)] as const).sort(),
  );
}

const plain = { Minify: false };
const module = { ...plain, Format: "esm" };

const cases: readonly Readonly<Record<string, unknown>>[] = [
  { Alias: ["lodged=./shim.js"] },
  { Loader: [".html=file"], AssetNames: "assets/[name]" },
  { Banner: ["js=// a banner"] },
  { Charset: "utf8" },
  { ...module, Splitting: true, ChunkNames: "chunks/[name]-[hash]" },
  { Conditions: "special,other" },
  { Define: ['MODE="defined"'] },
  { Drop: ["debugger", "console"] },
  { DropLabels: "inLabel" },
  { EntryNames: "made/[name]" },
  { External: ["lodged"] },
  { Footer: ["js=// a footer"] },
  { Format: "esm" },
  { Format: "iife", GlobalName: "made" },
  { IgnoreAnnotations: true },
  { Inject: ["./shim.js"] },
  { ...plain, Jsx: "automatic", JsxImportSource: "reacting" },
  { ...plain, Jsx: "automatic", JsxDev: true, JsxImportSource: "reacting" },
  { ...plain, JsxFactory: "React.jsx" },
  { ...plain, JsxFragment: "React.Fragment" },
  { ...plain, JsxSideEffects: true },
  { KeepNames: true },
  { LegalComments: "external" },
  { LineLimit: "60" },
  { LogOverride: ["direct-eval=silent"] },
  { MainFields: "module,main" },
  { MangleProps: "_$", ReserveProps: "^quoted" },
  { MangleProps: "_$", MangleQuoted: true },
  { Minify: false },
  { ...plain, MinifyIdentifiers: true },
  { ...plain, MinifySyntax: true },
  { ...plain, MinifyWhitespace: true },
  { Outbase: "." },
  { OutExtension: [".js=.mjs"] },
  { Packages: "external" },
  { PreserveSymlinks: true },
  { Loader: [".html=file"], PublicPath: "https://example.com/" },
  { ...plain, Pure: ["call"] },
  { ResolveExtensions: ".node.ts,.ts,.js" },
  { Sourcemap: true },
  { Sourcemap: "inline" },
  { Sourcemap: true, SourceRoot: "/sources" },
  { Sourcemap: true, SourcesContent: "false" },
  { ...plain, Supported: ["arrow=false"] },
  { Target: "node24" },
  { TreeShaking: true },
  { Tsconfig: "tsconfig.other.json" },
  { TsconfigRaw: '{ "compilerOptions": { "jsxFactory": "React.jsx" } }' },
];

test.each(cases)("%j gives the bytes that esbuild gives to sam build", async (properties) => {
  const all = { ...always, ...properties };
  expect(await builtHere(all)).toEqual(await builtBySam(all));
});

test("every property is among them", () => {
  const tried = new Set([...cases, always].flatMap((properties) => Object.keys(properties)));
  expect(buildPropertyNames.filter((name) => !tried.has(name))).toEqual(["UseNpmCi"]);
});
