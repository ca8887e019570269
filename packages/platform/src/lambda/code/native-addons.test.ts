import { expect, test } from "vitest";
import { FunctionFolder } from "../environment/testing/function-folder.ts";
import { findForeignAddon } from "./native-addons.ts";

/** The beginning of a shared library for Linux. */
function library(arch: string): Buffer {
  const head = Buffer.alloc(128);
  head.write("\x7fELF\x02\x01", 0, "latin1");
  head.writeUInt16LE(arch === "x64" ? 62 : 183, 18);
  return head;
}

const other = process.arch === "x64" ? "arm64" : "x64";
const ours = library(process.arch);
const foreign = library(other);

test.each([
  { package: "without addons", files: { "index.js": "" }, finds: undefined },
  { package: "with an addon for this machine", files: { "a.node": ours }, finds: undefined },
  {
    package: "with an addon for another processor",
    files: { "node_modules/a/build/a.node": foreign },
    finds: { file: "node_modules/a/build/a.node", madeFor: `Linux on ${other}` },
  },
  {
    package: "with addons for every machine",
    files: { "prebuilds/other/a.node": foreign, "prebuilds/this/a.node": ours },
    finds: undefined,
  },
  { package: "with a file that is only named so", files: { "a.node": "text" }, finds: undefined },
])("a package $package", { skip: process.platform !== "linux" }, async ({ files, finds }) => {
  await using folder = await FunctionFolder.create(files as Record<string, string | Uint8Array>);
  expect(await findForeignAddon(folder.path)).toEqual(finds);
});
