import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type RawEntry, rawZip } from "../../../test/raw-zip.ts";
import { FunctionFolder } from "../environment/testing/function-folder.ts";
import { InvalidZipError, unpackZip } from "./unpack-zip.ts";

/** An archive on disk beside the folder that it is unpacked into. */
class Unpacking implements AsyncDisposable {
  readonly #folder: FunctionFolder;

  private constructor(folder: FunctionFolder) {
    this.#folder = folder;
  }

  static async of(archive: Uint8Array | readonly RawEntry[]): Promise<Unpacking> {
    const bytes = archive instanceof Uint8Array ? archive : rawZip(archive);
    return new Unpacking(await FunctionFolder.create({ "code.zip": bytes }));
  }

  async run(limitBytes?: number): Promise<void> {
    await unpackZip(join(this.#folder.path, "code.zip"), this.path(""), limitBytes);
  }

  /** What went wrong, and nothing else. */
  async refusal(limitBytes?: number): Promise<InvalidZipError> {
    const error = await this.run(limitBytes).catch((thrown: unknown) => thrown);
    if (!(error instanceof InvalidZipError)) throw new Error(`It was not refused: ${String(error)}`);
    return error;
  }

  path(name: string): string {
    return join(this.#folder.path, "unpacked", name);
  }

  /** Everything beside the archive: nothing may be written there. */
  async outside(): Promise<string[]> {
    const names = await readdir(this.#folder.path);
    return names.filter((name) => name !== "code.zip" && name !== "unpacked");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

async function permissions(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

const could = "Could not unzip uploaded file. Please check your file, then try to upload again.";

test("files of any bytes come out as they went in", async () => {
  const names = fc.stringMatching(/^[a-z0-9_ é]{1,8}$/).filter((name) => name.trim() !== "");
  const paths = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/d-"));
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(paths, fc.uint8Array({ maxLength: 300 }), { maxKeys: 5 }),
      async (files) => {
        const all = Object.entries(files);
        // A file can't be a folder too.
        fc.pre(all.every(([name]) => !all.some(([other]) => other.startsWith(`${name}/`))));
        await using unpacking = await Unpacking.of(
          all.map(([name, content], index) => ({ name, content, isStored: index % 2 === 0 })),
        );
        await unpacking.run();
        for (const [name, content] of all) {
          expect(new Uint8Array(await readFile(unpacking.path(name)))).toEqual(content);
        }
      },
    ),
    { numRuns: 25 },
  );
});

test("executable bits are kept, and every file can be read", async () => {
  await using unpacking = await Unpacking.of([
    { name: "bin/", mode: 0o040755 },
    { name: "bin/bootstrap", mode: 0o100755 },
    { name: "bin/secret", mode: 0o100000 | 0o200 },
    { name: "bin/rights", mode: 0o104711 },
  ]);
  await unpacking.run();
  expect(await permissions(unpacking.path("bin/bootstrap"))).toBe("755");
  expect(await permissions(unpacking.path("bin/secret"))).toBe("600");
  expect((await stat(unpacking.path("bin/rights"))).mode & 0o7777).toBe(0o711);
});

test("an archive from Windows has no executables", async () => {
  await using unpacking = await Unpacking.of([{ name: "bin\\bootstrap", content: "#!/bin/sh" }]);
  await unpacking.run();
  expect((await stat(unpacking.path("bin/bootstrap"))).mode & 0o111).toBe(0);
});

test("symbolic links stay links", async () => {
  await using unpacking = await Unpacking.of([
    { name: "latest.js", content: "lib/index.js", mode: 0o120777 },
    { name: "lib/index.js", content: "code" },
  ]);
  await unpacking.run();
  expect(await readlink(unpacking.path("latest.js"))).toBe("lib/index.js");
  expect(await readFile(unpacking.path("latest.js"), "utf8")).toBe("code");
});

describe("nothing lands outside of the folder", () => {
  test.each<{ way: string; entries: readonly RawEntry[] }>([
    { way: "a path that climbs", entries: [{ name: "../evil", content: "x" }] },
    { way: "a path that climbs later", entries: [{ name: "a/b/../../../evil", content: "x" }] },
    { way: "a path with backslashes", entries: [{ name: "..\\evil", content: "x" }] },
    { way: "an absolute path", entries: [{ name: "/tmp/sluice-zip-slip", content: "x" }] },
    {
      way: "a file through a link",
      entries: [
        { name: "out", content: "..", mode: 0o120777 },
        { name: "out/evil", content: "x" },
      ],
    },
    {
      way: "a link through a link",
      entries: [
        { name: "out", content: "..", mode: 0o120777 },
        { name: "out/evil", content: "/etc/passwd", mode: 0o120777 },
      ],
    },
  ])("$way", async ({ entries }) => {
    await using unpacking = await Unpacking.of(entries);
    expect((await unpacking.refusal()).awsAnswer).toBe(could);
    expect(await unpacking.outside()).toEqual([]);
  });
});

describe("an archive that can't be used", () => {
  const good = rawZip([{ name: "index.js", content: "exports.handler = 1;".repeat(50) }]);
  const flipped = Buffer.from(good);
  flipped.writeUInt8(flipped.readUInt8(60) ^ 0xff, 60);

  test.each([
    { is: "something else", archive: Buffer.from("<html>404</html>"), says: /is not a ZIP archive/ },
    { is: "empty", archive: Buffer.alloc(0), says: /is not a ZIP archive/ },
    { is: "cut off", archive: good.subarray(0, good.length - 30), says: /is not a ZIP archive/ },
    { is: "damaged", archive: flipped, says: /can't be unpacked/ },
    {
      is: "damaged where nothing is compressed",
      archive: rawZip([{ name: "a", content: "abc", isStored: true, claims: { checksum: 1 } }]),
      says: /is damaged: the checksum of a is wrong/,
    },
    {
      is: "larger than it says",
      archive: rawZip([{ name: "a", content: "x".repeat(1000), claims: { bytes: 10 } }]),
      says: /can't be unpacked/,
    },
  ])("is $is", async ({ archive, says }) => {
    await using unpacking = await Unpacking.of(archive);
    const { message, awsAnswer } = await unpacking.refusal();
    expect(message).toMatch(says);
    expect(awsAnswer).toBe(could);
  });

  test("is too large, before anything is unpacked", async () => {
    await using unpacking = await Unpacking.of([
      { name: "a", claims: { bytes: 200_000_000 } },
      { name: "b", claims: { bytes: 62_144_001 } },
    ]);
    expect(await unpacking.refusal()).toMatchObject({
      message: "is 262144001 bytes unpacked, more than 262144000",
      awsAnswer: "Unzipped size must be smaller than 262144000 bytes",
      hint: expect.stringContaining("Bundle"),
    });
    expect(await readdir(unpacking.path(""))).toEqual([]);
  });

  test("just fits", async () => {
    await using unpacking = await Unpacking.of([{ name: "a", content: "12345" }]);
    await unpacking.run(5);
    await expect(unpacking.run(4)).rejects.toThrow("is 5 bytes unpacked, more than 4");
  });
});
