import { symlink } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type Asked, archive } from "../../test/archive.ts";
import { Project } from "../../test/project.ts";
import { TypeChecker } from "./type-check.ts";

const module = { Format: "esm", OutExtension: [".js=.mjs"], Target: "node24" };

describe("an archive is refused, with place and cure, for", () => {
  test.each<{
    what: string;
    files: Record<string, string>;
    asked?: Asked;
    checksTypes?: boolean;
    says: RegExp;
  }>([
    {
      what: "an entry point that is not there",
      files: {},
      says: /The entry point index\.ts of Numbers does not exist in .*\. Entry points are relative to/,
    },
    {
      what: "an entry point that is misspelt",
      files: { "src/handler.ts": "", "src/index.ts": "", "src/notes.md": "" },
      asked: { source: { buildProperties: { EntryPoints: ["src/indx.ts"] } } },
      says: /The entry point src\/indx\.ts of Numbers does not exist .*\. There are handler\.ts, index\.ts beside it\.$/,
    },
    {
      what: "a package that is not installed",
      files: { "index.ts": '\nimport { x } from "@scope/gone/sub";\nexport const handler = x;' },
      says: /index\.ts:2:19: Could not resolve "@scope\/gone\/sub"\n {2}Install it \(npm install @scope\/gone\), or list it/,
    },
    {
      what: "an await that CommonJS does not have",
      files: { "index.ts": "await 1;\nexport const handler = 1;" },
      says: /index\.ts:1:1: Top-level await .*\n {2}Add Format: esm, OutExtension: \[\.js=\.mjs\] and Target: node24/,
    },
    {
      what: "a handler in a file that the package does not have",
      files: { "index.ts": "export const handler = 1;" },
      asked: { source: { handler: "app.handler" } },
      says: /The Handler of Numbers is "app\.handler", and its archive has no app\.js or app\.mjs\. It has index\.js\. Write Handler: index\.handler/,
    },
    {
      what: "a handler that the module does not export",
      files: { "index.ts": "export const main = 1, other = 2;" },
      asked: { source: { buildProperties: module } },
      says: /The Handler of Numbers is "index\.handler", and index\.ts exports main, other\. Export handler there, or/,
    },
    {
      what: "a handler that the source of CommonJS does not export",
      files: { "index.ts": 'export * from "./other";', "other.ts": "export const main = 1;" },
      says: /The Handler of Numbers is "index\.handler", and index\.ts exports main\. Export handler there, or/,
    },
    {
      what: "a type that is wrong, if types are checked",
      files: {
        "index.ts": "export const handler: number = 'text';",
        "tsconfig.json": '{ "compilerOptions": { "types": [] } }',
      },
      checksTypes: true,
      says: /The types are wrong\.\n.*index\.ts:1:14: TS2322: Type 'string' is not assignable to type 'number'\./,
    },
    {
      what: "types that can't be checked without a tsconfig.json",
      files: { "index.ts": "export const handler = 1;" },
      checksTypes: true,
      says: /there is no tsconfig\.json above .*index\.ts\. Write one/,
    },
  ])("$what", async ({ files, asked = {}, checksTypes, says }) => {
    await using project = await Project.create(files);
    await symlink(`${process.cwd()}/node_modules`, project.path("node_modules"));
    const typeChecker = checksTypes === true ? new TypeChecker() : undefined;
    await expect(archive(project, { ...asked, typeChecker })).rejects.toThrow(says);
    expect(await project.files(".")).toEqual(Object.keys(files).sort());
  });

  test("types that can't be checked without TypeScript", async () => {
    await using project = await Project.create({
      "index.ts": "export const handler = 1;",
      "tsconfig.json": "{}",
    });
    await expect(archive(project, { typeChecker: new TypeChecker() })).rejects.toThrow(
      "TypeScript is not installed",
    );
  });
});

describe("an archive is made, with a warning, of", () => {
  test.each<{ what: string; files: Record<string, string>; asked?: Asked; warns: readonly unknown[] }>([
    {
      what: "nothing that is wrong",
      files: { "index.ts": "export const handler = 1;", "tsconfig.json": "{}" },
      warns: [],
    },
    {
      what: "CommonJS, whose exports nobody knows before it runs",
      files: { "index.ts": "module.exports = make(); declare function make(): unknown;" },
      warns: [],
    },
    {
      what: "an export of an export",
      files: { "index.ts": 'export * from "./other";', "other.ts": "export const handler = 1;" },
      warns: [],
    },
    {
      what: "a require of a computed name",
      files: { "index.ts": "\nexport const handler = require(process.env['NAME']!);" },
      warns: [
        {
          file: "index.ts",
          line: 2,
          column: 24,
          message: expect.stringContaining("will not be bundled because the argument is not a string"),
          hint: expect.stringContaining("What it loads is not in the package."),
        },
      ],
    },
    {
      what: "a require in a package that became part of a module",
      files: {
        "index.ts": 'import old from "old"; export const handler = old;',
        "node_modules/old/index.js": "// old\nmodule.exports = require('node:fs');",
      },
      asked: { source: { buildProperties: module } },
      warns: [
        {
          file: "node_modules/old/index.js",
          line: 2,
          column: 18,
          message: expect.stringContaining('calls require("node:fs"), and the bundle is an ES module'),
          hint: expect.stringContaining("Banner: ['js=import { createRequire }"),
        },
      ],
    },
    {
      what: "a module that Lambda takes for CommonJS",
      files: { "index.ts": "export const handler = await 1;" },
      asked: { source: { buildProperties: { Format: "esm", Target: "node24" } } },
      warns: [{ message: expect.stringContaining("Lambda takes .js for CommonJS"), file: undefined }],
    },
    {
      what: "a source map that nothing reads",
      files: { "index.ts": "export const handler = 1;" },
      asked: { source: { buildProperties: { Sourcemap: true } } },
      warns: [{ message: expect.stringContaining("a source map that nothing reads"), file: undefined }],
    },
  ])("$what", async ({ files, asked = {}, warns }) => {
    await using project = await Project.create(files);
    const { warnings } = await archive(project, asked);
    const inProject = warnings.map(({ file, ...rest }) => ({
      ...rest,
      file: file?.slice(project.folder.length + 1),
    }));
    expect(inProject).toEqual(warns.map((warning) => expect.objectContaining(warning)));
  });

  test("no require in a module that brings its own", async () => {
    await using project = await Project.create({
      "index.ts": 'import old from "old"; export const handler = old;',
      "node_modules/old/index.js": "module.exports = require('fs');",
    });
    const Banner = [
      'js=import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    ];
    const { warnings } = await archive(project, { source: { buildProperties: { ...module, Banner } } });
    expect(warnings).toEqual([]);
  });

  test("right types, which are checked once for a project", async () => {
    await using project = await Project.create({
      "src/index.ts": "export const handler: number = 1;",
      "tsconfig.json": '{ "compilerOptions": { "types": [] } }',
    });
    await symlink(`${process.cwd()}/node_modules`, project.path("node_modules"));
    const steps: string[] = [];
    const typeChecker = new TypeChecker((step) => steps.push(step));
    for (const logicalId of ["One", "Two"]) {
      const { names } = await archive(project, {
        typeChecker,
        source: { logicalId, buildProperties: { EntryPoints: ["src/index.ts"] } },
      });
      expect(names).toEqual(["index.js"]);
    }
    expect(steps).toEqual([expect.stringMatching(/^checking the types of .*tsconfig\.json$/)]);
  });
});
