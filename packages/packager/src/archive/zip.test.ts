import { readFile } from "node:fs/promises";
import { crc32, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Project } from "../../test/project.ts";
import { unzip } from "../../test/unzip.ts";
import { type PackageFile, writeZip } from "./zip.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function archive(files: readonly PackageFile[]): Promise<Buffer> {
  await using project = await Project.create({});
  await writeZip(files, project.path("out/archive.zip"));
  expect(await project.files("out")).toEqual(["archive.zip"]);
  return readFile(project.path("out/archive.zip"));
}

const someFiles = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-zé日]{1,4}(\/[a-z .-]{0,3}[a-z]){0,2}$/u),
    content: fc.uint8Array({ maxLength: 2000 }).map((array) => new Uint8Array(array)),
  }),
  { selector: ({ name }) => name, maxLength: 8 },
);

describe("an archive", () => {
  test("has every file, in the order of the names, whatever the order in which they come", async () => {
    const property = fc.asyncProperty(someFiles, fc.nat({ max: 7 }), async (files, turn) => {
      const written = await archive(files);
      const turned = [...files.slice(turn), ...files.slice(0, turn)].reverse();
      expect((await archive(turned)).equals(written)).toBe(true);
      const expected = files.map(({ name, content }) => ({ name, content: Buffer.from(content) }));
      expect(await unzip(written)).toMatchObject(expected.sort((a, b) => (a.name < b.name ? -1 : 1)));
    });
    await fc.assert(property, { numRuns: 30 });
  });

  test.each([
    { what: "a script", content: bytes("#!/bin/sh\n"), mode: 0o755 },
    { what: "a binary of Linux", content: bytes("\x7fELF\x02\x01"), mode: 0o755 },
    { what: "a module", content: bytes("export {};\n"), mode: 0o644 },
    { what: "an empty file", content: bytes(""), mode: 0o644 },
  ])("gives $what the mode that its content asks for", async ({ content, mode }) => {
    expect(await unzip(await archive([{ name: "file", content }]))).toMatchObject([{ mode }]);
  });

  test("takes what was compressed before", async () => {
    const content = bytes("#!/bin/sh\necho compressed\n");
    const before = {
      deflated: new Uint8Array(deflateRawSync(content)),
      bytes: content.length,
      crc32: crc32(content),
      isExecutable: true,
    };
    expect(await unzip(await archive([{ name: "bin/run", content: before }]))).toEqual([
      { name: "bin/run", content: Buffer.from(content), mode: 0o755 },
    ]);
  });

  test.each([
    {
      file: "folder",
      says: /folder can't be written: there is a folder of that name\. Name another file\.$/,
    },
    { file: "a.txt/b.zip", says: /b\.zip can't be written: what should be its folder is a file\./ },
    { file: "a.txt/b/c.zip", says: /c\.zip can't be written: what should be its folder is a file\./ },
  ])("can't be written to $file, and says why", async ({ file, says }) => {
    await using project = await Project.create({ "folder/x": "", "a.txt": "" });
    await expect(writeZip([{ name: "x", content: bytes("x") }], project.path(file))).rejects.toThrow(says);
    expect(await project.files(".")).toEqual(["a.txt", "folder/x"]);
  });

  test("replaces the one that was there, and leaves it if it can't be made", async () => {
    await using project = await Project.create({ "a.zip": "before" });
    const file = { name: "x", content: bytes("x") };
    await expect(writeZip([file, file], project.path("a.zip"))).rejects.toThrow("two files of one name");
    expect(await readFile(project.path("a.zip"), "utf8")).toBe("before");
    const { bytes: size, entries } = await writeZip([file], project.path("a.zip"));
    expect((await readFile(project.path("a.zip"))).length).toBe(size);
    expect(entries).toMatchObject([{ name: "x", bytes: 1, isExecutable: false }]);
    expect(await project.files(".")).toEqual(["a.zip"]);
  });
});
