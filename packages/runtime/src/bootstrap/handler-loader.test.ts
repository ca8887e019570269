import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseHandlerName } from "./handler-loader.ts";

describe("a handler name", () => {
  test.each([
    ["index.handler", { folder: "", module: "index", exportPath: ["handler"] }],
    ["src/api/users.list", { folder: "src/api", module: "users", exportPath: ["list"] }],
    ["index.api.users.list", { folder: "", module: "index", exportPath: ["api", "users", "list"] }],
    ["/opt/nodejs/wrapper.handler", { folder: "/opt/nodejs", module: "wrapper", exportPath: ["handler"] }],
    ["./index.handler", { folder: ".", module: "index", exportPath: ["handler"] }],
    ["v1.2/index.handler", { folder: "v1.2", module: "index", exportPath: ["handler"] }],
  ])("%s is understood", (text, name) => {
    expect(parseHandlerName(text)).toEqual(name);
  });

  test.each([
    undefined,
    "",
    "index",
    "src/index",
    "../index.handler",
    "a/../b.handler",
    ".handler",
    "index.",
    "a..b",
  ])("%s is refused", (text) => {
    expect(() => parseHandlerName(text)).toThrow(
      expect.objectContaining({ code: "Runtime.MalformedHandlerName" }),
    );
  });
});

/** Each file tells its own name. */
const files: Record<string, string> = {
  "module.mjs": 'export const handler = () => "module.mjs";',
  "common.cjs": 'exports.handler = () => "common.cjs";',
  "folder/inner.mjs": 'export const handler = () => "folder/inner.mjs";',
  "by-type/package.json": '{ "type": "module" }',
  "by-type/index.js": 'export const handler = () => "by-type/index.js";',
  "by-default/package.json": "{}",
  "by-default/index.js": 'exports.handler = () => "by-default/index.js";',
  extensionless: 'exports.handler = () => "extensionless";',
  "order/all": 'exports.handler = () => "order/all";',
  "order/all.js": 'exports.handler = () => "order/all.js";',
  "order/some.js": 'exports.handler = () => "order/some.js";',
  "order/some.mjs": 'export const handler = () => "order/some.mjs";',
  "order/some.cjs": 'exports.handler = () => "order/some.cjs";',
  "order/few.mjs": 'export const handler = () => "order/few.mjs";',
  "order/few.cjs": 'exports.handler = () => "order/few.cjs";',
  "order/shadow/index.js": 'exports.handler = () => "order/shadow/index.js";',
  "order/shadow.mjs": 'export const handler = () => "order/shadow.mjs";',
  "nested.mjs": 'export const api = { users: { list: () => "nested.mjs" } };',
  "default.mjs": 'export default { handler: () => "default.mjs" };',
  "hidden.cjs": 'module.exports = Object.fromEntries([["handler", () => "hidden.cjs"]]);',
  "awaits.mjs": 'const text = await Promise.resolve("awaits.mjs"); export const handler = () => text;',
  "promised.mjs": 'export const handler = Promise.resolve(() => "promised.mjs");',
  "node_modules/wrapper/index.js": 'exports.handler = () => "wrapper";',
  "node_modules/wrapper-module/package.json": '{ "type": "module", "main": "main.js" }',
  "node_modules/wrapper-module/main.js": 'export const handler = () => "wrapper-module";',
  "layer/layer-wrapper/index.js": 'exports.handler = () => "layer-wrapper";',
  "syntax-error.mjs": "export const = 1;",
  "common-syntax-error.cjs": "const = 1;",
  "json-error.mjs": 'JSON.parse("{");',
  "missing-import.mjs": 'import "./not-there.mjs";',
  "missing-package.mjs": 'import "not-there";',
  "missing-require.cjs": 'require("./not-there.cjs");',
  "closed-package.mjs": 'import "closed/inner.js";',
  "node_modules/closed/package.json": '{ "exports": { ".": "./index.js" } }',
  "throws.mjs": 'throw new RangeError("boom");',
  "class.mjs": "export class Api { static handler() {} }",
};

/** What became of each handler name, in the words of `load-handlers.ts`. */
interface Loaded {
  readonly [name: string]: { readonly output?: string; readonly code?: string; readonly message?: string };
}

describe("loading", () => {
  const found = [
    ["module.handler", "module.mjs"],
    ["common.handler", "common.cjs"],
    ["folder/inner.handler", "folder/inner.mjs"],
    ["by-type/index.handler", "by-type/index.js"],
    ["by-default/index.handler", "by-default/index.js"],
    ["extensionless.handler", "extensionless"],
    ["order/all.handler", "order/all"],
    ["order/some.handler", "order/some.js"],
    ["order/few.handler", "order/few.mjs"],
    ["order/shadow.handler", "order/shadow.mjs"],
    ["nested.api.users.list", "nested.mjs"],
    ["default.handler", "default.mjs"],
    ["hidden.handler", "hidden.cjs"],
    ["awaits.handler", "awaits.mjs"],
    ["promised.handler", "promised.mjs"],
    ["wrapper.handler", "wrapper"],
    ["wrapper-module.handler", "wrapper-module"],
    ["layer-wrapper.handler", "layer-wrapper"],
  ] as const;
  const failed = [
    ["not-there.handler", "Runtime.ImportModuleError", "not-there"],
    ["missing-import.handler", "Runtime.ImportModuleError", "not-there.mjs"],
    ["missing-package.handler", "Runtime.ImportModuleError", "not-there"],
    ["missing-require.handler", "Runtime.ImportModuleError", "not-there.cjs"],
    ["closed-package.handler", "Runtime.ImportModuleError", "inner.js"],
    ["syntax-error.handler", "Runtime.UserCodeSyntaxError", "Unexpected token"],
    ["common-syntax-error.handler", "Runtime.UserCodeSyntaxError", "Unexpected token"],
    ["json-error.handler", "Runtime.UserCodeSyntaxError", "JSON"],
    ["module.other", "Runtime.HandlerNotFound", '"other". It exports: handler.'],
    ["nested.api.posts.list", "Runtime.HandlerNotFound", '"api.posts.list"'],
    ["class.Api.handler", "Runtime.HandlerNotFound", '"Api.handler"'],
    ["module.handler.name", "Runtime.HandlerNotFound", '"handler.name"'],
    ["throws.handler", undefined, "boom"],
  ] as const;
  let root: string;
  let loaded: Loaded;

  // In a process of its own: the test runner has its own way of importing.
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "handler-loader-"));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), text);
    }
    const names = [
      ...found.map(([name]) => name),
      ...failed.map(([name]) => name),
      join(root, "module.handler"),
    ];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [fileURLToPath(new URL("../../test/fixtures/load-handlers.ts", import.meta.url)), root, ...names],
      { env: { PATH: process.env["PATH"], NODE_PATH: join(root, "layer") } },
    );
    loaded = JSON.parse(stdout);
  });
  afterAll(() => rm(root, { recursive: true }));

  test.each(found)("%s finds %s", (name, output) => {
    expect(loaded[name]).toEqual({ output });
  });

  test("an absolute path is taken as it is", () => {
    expect(loaded[join(root, "module.handler")]).toEqual({ output: "module.mjs" });
  });

  test.each(failed)("%s fails with %s", (name, code, text) => {
    expect(loaded[name]?.code).toBe(code);
    expect(loaded[name]?.message).toContain(text);
  });
});
