import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { rawZip } from "../../../test/raw-zip.ts";
import { FunctionFolder } from "../environment/testing/function-folder.ts";
import { CodeError } from "./code-error.ts";
import { type CodeRequest, type PreparedCode, prepareCode, prepareLayers } from "./code-preparation.ts";

interface Asked {
  readonly code: CodeRequest["code"];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly runtime?: string;
  readonly handler?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

function prepare(folder: FunctionFolder, asked: Asked): Promise<PreparedCode> {
  return prepareCode({
    logicalId: "Numbers",
    runtime: "nodejs24.x",
    handler: "index.handler",
    environment: {},
    metadata: {},
    templateFolder: folder.path,
    outputFolder: join(folder.path, "out"),
    ...asked,
  });
}

const local = (path: string): CodeRequest["code"] => ({ kind: "path", path });

describe("a function's code", () => {
  test("is a folder as it is", async () => {
    await using folder = await FunctionFolder.create({ "dist/index.js": "x" });
    const path = join(folder.path, "dist");
    expect(await prepare(folder, { code: local("dist/") })).toEqual({
      folder: path,
      handler: "index.handler",
      environment: {},
      inputs: [path],
      warnings: [],
    });
  });

  test.each(["code.zip", "code.jar", "code"])("is the content of the archive %s", async (name) => {
    const archive = rawZip([{ name: "index.js", content: "unpacked" }]);
    await using folder = await FunctionFolder.create({ [name]: archive });
    const prepared = await prepare(folder, { code: local(name) });
    expect(prepared.inputs).toEqual([join(folder.path, name)]);
    expect(await readFile(join(prepared.folder, "index.js"), "utf8")).toBe("unpacked");
  });

  test("is one file in a package of its own, as SAM uploads it", async () => {
    await using folder = await FunctionFolder.create({ "src/index.js": "alone", "src/other.js": "other" });
    const prepared = await prepare(folder, { code: local("src/index.js") });
    expect(prepared.folder).toBe(join(folder.path, "out"));
    expect(await readFile(join(prepared.folder, "index.js"), "utf8")).toBe("alone");
  });

  test.each([
    { runtime: "nodejs24.x", file: "index.js" },
    { runtime: "python3.13", file: "index.py" },
  ])("is written in the template: $file for $runtime", async ({ runtime, file }) => {
    await using folder = await FunctionFolder.create({});
    const prepared = await prepare(folder, { runtime, code: { kind: "inline", text: "inline" } });
    expect(await readFile(join(prepared.folder, file), "utf8")).toBe("inline");
  });

  test("is built, and the handler and NODE_OPTIONS follow", async () => {
    await using folder = await FunctionFolder.create({ "src/app.ts": "export const handler = 1 as number;" });
    const prepared = await prepare(folder, {
      code: local(".sluice/Numbers.zip"),
      handler: "src/app.handler",
      environment: { A: "b" },
      metadata: {
        BuildMethod: "esbuild",
        BuildProperties: { EntryPoints: ["src/app.ts"] },
      },
    });
    expect(prepared).toEqual({
      folder: join(folder.path, "out"),
      handler: "app.handler",
      environment: { A: "b", NODE_OPTIONS: "--enable-source-maps" },
      inputs: [join(folder.path, "src/app.ts")],
      warnings: [],
    });
  });
});

describe("code that can't be had", () => {
  test.each([
    {
      is: "not there",
      asked: { code: local("gone/") },
      says: /The code of Numbers, gone\/, does not exist\. Nothing could be uploaded/,
      hint: /relative to the template's folder\. Build it first/,
      place: ["Properties"],
    },
    {
      is: "below a file",
      asked: { code: local("file.txt/dist") },
      says: /does not exist/,
      hint: /Build it first/,
      place: ["Properties"],
    },
    {
      is: "no archive, whatever its name",
      asked: { code: local("broken.zip") },
      says: /broken\.zip, is not a ZIP archive.*Lambda answers `Could not unzip uploaded file\./,
      hint: undefined,
      place: ["Properties"],
    },
    {
      is: "to be built by something else",
      asked: { code: local("."), metadata: { BuildMethod: "makefile" } },
      says: /Numbers has BuildMethod makefile, which is not run here/,
      hint: /BuildMethod: esbuild/,
      place: ["Metadata", "BuildMethod"],
    },
  ])("is $is", async ({ asked, says, hint, place }) => {
    await using folder = await FunctionFolder.create({ "broken.zip": "no", "file.txt": "" });
    const error = await prepare(folder, asked).catch((thrown: unknown) => thrown);
    if (!(error instanceof CodeError)) throw error;
    expect(error.message).toMatch(says);
    expect(error.place).toEqual(place);
    expect(error.hint ?? "").toMatch(hint ?? /^$/);
  });
});

test("layers lie over each other in their order", async () => {
  await using folder = await FunctionFolder.create({
    "one/shared": "one",
    "one/nodejs/node_modules/a/index.js": "a",
    "two.zip": rawZip([{ name: "shared", content: "two" }]),
  });
  const outputFolder = join(folder.path, "opt");
  const { inputs } = await prepareLayers(
    [
      { logicalId: "One", path: "one" },
      { logicalId: "Two", path: "two.zip" },
    ],
    { templateFolder: folder.path, outputFolder },
  );
  expect(inputs).toEqual([join(folder.path, "one"), join(folder.path, "two.zip")]);
  expect(await readFile(join(outputFolder, "shared"), "utf8")).toBe("two");
  expect(await readFile(join(outputFolder, "nodejs/node_modules/a/index.js"), "utf8")).toBe("a");
});
