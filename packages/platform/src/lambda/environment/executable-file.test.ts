import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inspectExecutable, type Machine } from "./executable-file.ts";
import { FunctionFolder } from "./testing/function-folder.ts";

const linux: Machine = { platform: "linux", arch: "x64" };
const mac: Machine = { platform: "darwin", arch: "arm64" };

/** The beginning of a 64-bit ELF file, with the loader it asks for. */
function elf(machine: number, loader?: string): Buffer {
  const file = Buffer.alloc(256);
  file.write("\x7fELF", 0, "latin1");
  file[4] = 2;
  file[5] = 1;
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  if (loader !== undefined) {
    file.writeUInt16LE(1, 56);
    file.writeUInt32LE(3, 64);
    file.writeBigUInt64LE(128n, 64 + 8);
    file.writeBigUInt64LE(BigInt(loader.length + 1), 64 + 32);
    file.write(`${loader}\0`, 128);
  }
  return file;
}

function machO(cpu: number): Buffer {
  const file = Buffer.alloc(32);
  file.writeUInt32BE(0xcffaedfe, 0);
  file.writeUInt32LE(cpu, 4);
  return file;
}

describe("a file to execute", () => {
  const cases: readonly { what: string; content: string | Buffer; machine: Machine; expected: object }[] = [
    { what: "a script", content: "#!/bin/sh\n", machine: linux, expected: { kind: "executable" } },
    {
      what: "a script with options",
      content: "#! /usr/bin/env -S sh\n",
      machine: linux,
      expected: { kind: "executable" },
    },
    {
      what: "a script in CRLF",
      content: "#!/bin/sh\r\n",
      machine: linux,
      expected: {
        kind: "broken",
        reason: "no such file or directory",
        cause: expect.stringContaining("CRLF"),
      },
    },
    {
      what: "a script of a language that is not here",
      content: "#!/opt/no/lang\n",
      machine: linux,
      expected: {
        kind: "broken",
        reason: "no such file or directory",
        cause: expect.stringContaining("/opt/no/lang"),
      },
    },
    {
      what: "a script without its first line",
      content: "echo hello\n",
      machine: linux,
      expected: { kind: "broken", reason: "exec format error" },
    },
    {
      what: "nothing",
      content: "",
      machine: linux,
      expected: { kind: "broken", reason: "exec format error" },
    },
    { what: "a binary of this machine", content: elf(62), machine: linux, expected: { kind: "executable" } },
    {
      what: "a binary with its loader here",
      content: elf(62, "/bin/sh"),
      machine: linux,
      expected: { kind: "executable" },
    },
    {
      what: "a binary of another C library",
      content: elf(62, "/lib/ld-nowhere.so.1"),
      machine: linux,
      expected: {
        kind: "broken",
        reason: "no such file or directory",
        cause: expect.stringContaining("/lib/ld-nowhere.so.1"),
      },
    },
    {
      what: "a binary of another processor",
      content: elf(183),
      machine: linux,
      expected: { kind: "foreign", madeFor: "Linux on arm64" },
    },
    {
      what: "a Linux binary on a Mac",
      content: elf(183),
      machine: mac,
      expected: { kind: "foreign", madeFor: "Linux on arm64" },
    },
    {
      what: "a Mac binary on a Mac",
      content: machO(0x0100000c),
      machine: mac,
      expected: { kind: "executable" },
    },
    {
      what: "a Mac binary of another processor",
      content: machO(0x01000007),
      machine: mac,
      expected: { kind: "foreign", madeFor: "macOS on x64" },
    },
    {
      what: "a Mac binary on Linux",
      content: machO(0x0100000c),
      machine: linux,
      expected: { kind: "foreign", madeFor: "macOS on arm64" },
    },
  ];
  test.each(cases)("that is $what", async ({ content, machine, expected }) => {
    await using folder = await FunctionFolder.create({ bootstrap: content });
    expect(await inspectExecutable(join(folder.path, "bootstrap"), machine)).toMatchObject(expected);
  });

  test("that is not executable", async () => {
    await using folder = await FunctionFolder.create({ bootstrap: "#!/bin/sh\n" });
    await chmod(join(folder.path, "bootstrap"), 0o644);
    expect(await inspectExecutable(join(folder.path, "bootstrap"))).toMatchObject({
      kind: "broken",
      reason: "permission denied",
    });
  });

  test("that does not exist, or is a folder", async () => {
    await using folder = await FunctionFolder.create({ "bootstrap/file": "" });
    expect(await inspectExecutable(join(folder.path, "bootstrap"))).toEqual({ kind: "missing" });
    expect(await inspectExecutable(join(folder.path, "none"))).toEqual({ kind: "missing" });
  });

  test("that runs this test", async () => {
    expect(await inspectExecutable(process.execPath)).toEqual({ kind: "executable" });
  });
});
