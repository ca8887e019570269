import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { Project } from "../test/project.ts";
import { BuildError } from "./build-error.ts";
import { type BuiltFunction, buildFunction } from "./function-build.ts";
import { bundleFunction, type FunctionSource } from "./function-bundle.ts";

const run = promisify(execFile);

function sourceIn(project: Project, source: Partial<FunctionSource> = {}): FunctionSource {
  return {
    logicalId: "Numbers",
    runtime: "nodejs24.x",
    handler: "index.handler",
    templateFolder: project.folder,
    codeUri: undefined,
    buildProperties: {},
    ...source,
  };
}

function build(project: Project, source: Partial<FunctionSource> = {}): Promise<BuiltFunction> {
  return buildFunction(sourceIn(project, source), project.path("out"));
}

/** What was thrown, as far as it is a build's mistake. */
async function buildErrorOf(building: Promise<unknown>): Promise<BuildError> {
  const error = await building.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof BuildError) return error;
  throw new Error(`There was no BuildError, but ${String(error)}`);
}

const handler = "export const handler = async (): Promise<string> => 'made';";

describe("where entry points are", () => {
  test.each([
    { codeUri: undefined, entry: "src/index.ts", file: "src/index.ts" },
    { codeUri: "app/", entry: "src/index.ts", file: "app/src/index.ts" },
    { codeUri: ".sluice/Numbers.zip", entry: "src/index.ts", file: "src/index.ts" },
    { codeUri: "build/function.jar", entry: "src/index.ts", file: "src/index.ts" },
    { codeUri: "app/", entry: "src/index", file: "app/src/index.ts" },
    { codeUri: "app/", entry: "src/index", file: "app/src/index.js" },
  ])("CodeUri $codeUri, entry point $entry: $file", async ({ codeUri, entry, file }) => {
    const source = file.endsWith(".js") ? "exports.handler = async () => 'made';" : handler;
    await using project = await Project.create({ [file]: source });
    const { inputs, folder } = await build(project, { codeUri, buildProperties: { EntryPoints: [entry] } });
    expect(inputs).toEqual([project.path(file)]);
    expect(folder).toBe(project.path("out"));
    expect(await project.files("out")).toEqual(["index.js", "index.js.map"]);
  });

  test.each([
    { given: "index.handler", file: "index.ts", becomes: "index.handler" },
    { given: "src/app.handler", file: "src/app.ts", becomes: "app.handler" },
    { given: "src/app.main.handler", file: "src/app.main.js", becomes: "app.main.handler" },
  ])("without any, the handler $given is one", async ({ given, file, becomes }) => {
    await using project = await Project.create({ [file]: "exports.handler = 1;" });
    const built = await build(project, { handler: given });
    expect(built.inputs).toEqual([project.path(file)]);
    expect(built.handler).toBe(becomes);
  });

  test("several keep their folders, and the handler stays as it is", async () => {
    await using project = await Project.create({ "a/one.ts": handler, "b/two.ts": handler });
    const built = await build(project, {
      handler: "b/two.handler",
      buildProperties: { EntryPoints: ["a/one.ts", "b/two.ts"] },
    });
    expect(await project.files("out")).toEqual(["a/one.js", "a/one.js.map", "b/two.js", "b/two.js.map"]);
    expect(built.handler).toBe("b/two.handler");
  });
});

test("SAM's defaults: one CommonJS file, minified, for ES2020, without a source map", async () => {
  await using project = await Project.create({
    "index.ts": `import { text } from "./text";\n${handler.replace("'made'", "text?.long ?? 'x'")}`,
    "text.ts": "export const text: { long: string } | undefined = undefined;",
  });
  const { files } = await bundleFunction(sourceIn(project), {
    outputFolder: project.path("out"),
    nodeVersion: process.versions.node,
  });
  expect([...files.keys()]).toEqual(["index.js"]);
  const code = new TextDecoder().decode(files.get("index.js"));
  expect(code).toContain("module.exports=");
  expect(code.trim().split("\n")).toHaveLength(1);
});

test("what the template asks for is what esbuild makes", async () => {
  await using project = await Project.create({
    "index.ts":
      'import note from "./note.md"; declare const NAME: string;\nexport const handler = NAME + note;',
    "note.md": "a note",
  });
  await build(project, {
    buildProperties: {
      Banner: ["js=// banner"],
      Define: ['NAME="defined"'],
      Format: "esm",
      Loader: [".md=text"],
      Minify: false,
      OutExtension: [".js=.mjs"],
      Target: "node24",
    },
  });
  const code = await readFile(project.path("out/index.mjs"), "utf8");
  expect(code).toMatch(/^\/\/ banner\n/);
  const module: { handler: string } = await import(project.path("out/index.mjs"));
  expect(module.handler).toBe("defineda note");
});

describe("source maps", () => {
  test.each([
    {
      given: undefined,
      properties: {},
      runsWith: "--enable-source-maps",
      files: ["index.js", "index.js.map"],
    },
    { given: undefined, properties: { Sourcemap: false }, runsWith: undefined, files: ["index.js"] },
    {
      given: undefined,
      properties: { Sourcemap: true },
      runsWith: "--enable-source-maps",
      files: ["index.js", "index.js.map"],
    },
    {
      given: "--no-warnings",
      properties: { Sourcemap: true },
      runsWith: "--no-warnings --enable-source-maps",
      files: ["index.js", "index.js.map"],
    },
    {
      given: "--enable-source-maps",
      properties: {},
      runsWith: "--enable-source-maps",
      files: ["index.js", "index.js.map"],
    },
    {
      given: "--enable-source-maps",
      properties: { Sourcemap: false },
      runsWith: "--enable-source-maps",
      files: ["index.js"],
    },
  ])("NODE_OPTIONS $given with $properties", async ({ given, properties, runsWith, files }) => {
    await using project = await Project.create({ "index.ts": handler });
    const { nodeOptions } = await build(project, { nodeOptions: given, buildProperties: properties });
    expect(nodeOptions).toBe(runsWith);
    expect(await project.files("out")).toEqual(files);
  });
});

describe("a stack trace names the source's lines, functions and classes", () => {
  const source = `interface Order { readonly amount: number }

class Checker {
  check({ amount }: Order): void {
    if (amount < 0) throw new RangeError("negative");
  }
}
function checkAll(orders: readonly Order[]): void {
  for (const order of orders) new Checker().check(order);
}
try {
  checkAll([{ amount: -1 }]);
} catch (error) {
  console.log((error as Error).stack);
}
`;

  test.each([
    { runtime: "nodejs24.x", properties: {} },
    { runtime: "nodejs24.x", properties: { Minify: true } },
    { runtime: "provided.al2023", properties: {} },
    { runtime: "provided.al2023", properties: { Minify: true, Format: "cjs" } },
  ])("on $runtime with $properties", async ({ runtime, properties }) => {
    await using project = await Project.create({ "src/index.ts": source });
    const { nodeOptions } = await build(project, {
      runtime,
      handler: "src/index.handler",
      buildProperties: properties,
    });
    const env = {
      PATH: "/usr/bin:/bin",
      ...(nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions }),
    };
    const { stdout } = runtime.startsWith("provided")
      ? await run(project.path("out/bootstrap"), { env })
      : await run(process.execPath, [project.path("out/index.js")], { env });
    const file = project.path("src/index.ts");
    expect(stdout).toContain(`at Checker.check (${file}:5:27)`);
    expect(stdout).toContain(`at checkAll (${file}:9:45)`);
  });
});

describe("an OS-only runtime", () => {
  test.each([
    {
      format: "its own",
      properties: {},
      source: 'import dep from "./dep.cjs";\nconsole.log(dep(), await Promise.resolve("awaited"));',
    },
    {
      format: "CommonJS",
      properties: { Format: "cjs" },
      source: 'console.log(require("./dep.cjs")(), "awaited");',
    },
    {
      format: "an ES module with a banner of its own",
      properties: { Format: "esm", Banner: ["js=const require = undefined;"] },
      source:
        'import dep from "./dep.cjs";\nconsole.log(globalThis.require("path").basename(import.meta.url) && "posix", dep && "awaited");',
    },
  ])("gets an executable bootstrap: $format", async ({ properties, source }) => {
    await using project = await Project.create({
      "it's here/src/main.ts": source,
      "it's here/src/dep.cjs": 'module.exports = () => require("node:path").posix && "posix";',
      "it's here/src/other.ts": "console.log('other');",
    });
    await build(project, {
      runtime: "provided.al2023",
      codeUri: "it's here",
      handler: "bootstrap",
      buildProperties: { EntryPoints: ["src/main.ts", "src/other.ts"], ...properties },
    });
    const { stdout } = await run(project.path("out/bootstrap"), { env: { PATH: "/usr/bin:/bin" } });
    expect(stdout).toBe("posix awaited\n");
  });
});

describe("a build that fails", () => {
  test("tells file, line and column of every problem, and what may mend it", async () => {
    await using project = await Project.create({
      "app/src/index.ts": 'import "./gone";\nimport { x } from "./other";\nexport const handler = x;',
      "app/src/other.ts": "export const x = ;\n",
    });
    const error = await buildErrorOf(
      build(project, { codeUri: "app", buildProperties: { EntryPoints: ["src/index.ts"] } }),
    );
    expect(error.problems).toEqual([
      { file: project.path("app/src/index.ts"), line: 1, column: 8, message: 'Could not resolve "./gone"' },
      { file: project.path("app/src/other.ts"), line: 1, column: 18, message: 'Unexpected ";"' },
    ]);
    expect(error.message).toMatch(
      /^Numbers could not be built\.\n.*app\/src\/index\.ts:1:8: Could not resolve/,
    );
    expect(error.files).toEqual(
      expect.arrayContaining([project.path("app/src/gone.ts"), project.path("app/src/other.ts")]),
    );
  });

  test.each([
    {
      what: "an entry point that does not exist",
      source: { codeUri: "app", buildProperties: { EntryPoints: ["src/gone.ts"] } },
      says: /entry point src\/gone\.ts of Numbers does not exist in .*app\. Entry points are relative to CodeUri/,
    },
    {
      what: "no entry point, and a handler that is no source",
      source: { handler: "app.handler" },
      says: /Numbers names no entry point, and its handler "app\.handler" is no source file/,
    },
    {
      what: "a property that does not exist",
      source: { buildProperties: { Sourcemaps: true } },
      says: /BuildProperties has no property Sourcemaps/,
    },
  ])("$what is named", async ({ source, says }) => {
    await using project = await Project.create({ "index.ts": handler, "app/x.ts": "" });
    expect((await buildErrorOf(build(project, source))).message).toMatch(says);
  });
});
