import type { Architecture } from "./architecture.ts";
import type { Bytes } from "./zip.ts";

/**
 * What a binary is made for, in words: `Linux on arm64`; nothing if the content is no machine code.
 *
 * Universal binaries of macOS share their first bytes with Java classes; only Node.js addons are looked at so closely.
 */
export function machineOf(name: string, content: Bytes): string | undefined {
  if (content.length < 20) return undefined;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  if (view.getUint32(0) === 0x7f454c46) return `Linux on ${elfMachine(view)}`;
  if (!name.endsWith(".node")) return undefined;
  if (machOMagics.has(view.getUint32(0))) return "macOS";
  return view.getUint16(0) === 0x4d5a ? "Windows" : undefined;
}

/** The machine that {@link machineOf} tells of code that runs on Lambda. */
export function lambdaMachine(architecture: Architecture): string {
  return `Linux on ${architecture}`;
}

/** @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
function elfMachine(view: DataView): string {
  const isLittleEndian = view.getUint8(5) === 1;
  const machine = view.getUint16(18, isLittleEndian);
  const architecture = elfMachines.get(machine);
  const is64Bit = view.getUint8(4) === 2;
  return architecture !== undefined && is64Bit && isLittleEndian
    ? architecture
    : `another processor (${machine})`;
}

const elfMachines: ReadonlyMap<number, Architecture> = new Map([
  [62, "x86_64"],
  [183, "arm64"],
]);

/** Thin 64-bit binaries of both byte orders, and universal ones. */
const machOMagics = new Set([0xcffaedfe, 0xfeedfacf, 0xcafebabe]);
