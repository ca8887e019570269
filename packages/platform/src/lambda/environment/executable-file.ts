import { constants } from "node:fs";
import { access, open, stat } from "node:fs/promises";

/** What would happen if a file was executed on this machine. */
export type ExecutableFile =
  | { readonly kind: "executable" }
  | { readonly kind: "missing" }
  /** In the words of AWS's error message: `permission denied`, `exec format error`, `no such file or directory`. */
  | { readonly kind: "broken"; readonly reason: string; readonly cause: string }
  /** Made for another processor or operating system. */
  | { readonly kind: "foreign"; readonly madeFor: string };

/** The machine that would execute it. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

/** Enough for the beginning of any executable up to the name of its loader. */
const headBytes = 64 * 1024;

/** Looks at a file as the operating system would. */
export async function inspectExecutable(path: string, machine: Machine = process): Promise<ExecutableFile> {
  const head = await readHead(path);
  if (head === undefined) return { kind: "missing" };
  if (!(await isExecutable(path))) {
    return broken("permission denied", "it is not executable: `chmod +x` it");
  }
  if (head.toString("latin1", 0, 2) === "#!") return inspectScript(head);
  if (head.toString("latin1", 0, 4) === "\x7fELF") return inspectElf(head, machine);
  if (isMachO(head)) return inspectMachO(head, machine);
  return broken("exec format error", "it is neither a binary nor a script that begins with `#!`");
}

/** The other machine that a binary is made for, whether it is a program or a library; nothing if it is this one. */
export async function machineOfBinary(path: string, machine: Machine = process): Promise<string | undefined> {
  const head = await readHead(path);
  const isElf = head?.toString("latin1", 0, 4) === "\x7fELF";
  if (head === undefined || (!isElf && !isMachO(head))) return undefined;
  const file = isElf ? await inspectElf(head, machine) : inspectMachO(head, machine);
  return file.kind === "foreign" ? file.madeFor : undefined;
}

async function readHead(path: string): Promise<Buffer | undefined> {
  try {
    if (!(await stat(path)).isFile()) return undefined;
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return Buffer.alloc(0);
    return undefined;
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function inspectScript(head: Buffer): Promise<ExecutableFile> {
  const end = head.indexOf("\n");
  const line = head.toString("latin1", 2, end === -1 ? head.length : end);
  const interpreter = line.trim().split(/[ \t]+/)[0] ?? "";
  if (line.endsWith("\r")) {
    return broken(
      "no such file or directory",
      "its lines end in CRLF, so that `#!` names an interpreter that ends in a carriage return",
    );
  }
  if (interpreter !== "" && (await isExecutable(interpreter))) return { kind: "executable" };
  return broken("no such file or directory", `its interpreter ${interpreter} does not exist on this machine`);
}

/** @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
async function inspectElf(head: Buffer, machine: Machine): Promise<ExecutableFile> {
  const is64Bit = head[4] === 2;
  const isLittleEndian = head[5] === 1;
  if (!is64Bit || !isLittleEndian || head.length < 64)
    return { kind: "foreign", madeFor: "a 32-bit processor" };
  const arch = elfMachines.get(head.readUInt16LE(18));
  if (machine.platform !== "linux" || arch !== machine.arch) {
    return { kind: "foreign", madeFor: `Linux on ${arch ?? "another processor"}` };
  }
  const loader = elfLoader(head);
  if (loader === undefined || (await isExecutable(loader))) return { kind: "executable" };
  return broken(
    "no such file or directory",
    `it is linked with another C library: its loader ${loader} does not exist on this machine`,
  );
}

const elfMachines: ReadonlyMap<number, string> = new Map([
  [62, "x64"],
  [183, "arm64"],
]);

/** The dynamic loader that a binary asks for (PT_INTERP). */
function elfLoader(head: Buffer): string | undefined {
  const tableAt = Number(head.readBigUInt64LE(32));
  const entryBytes = head.readUInt16LE(54);
  const entries = head.readUInt16LE(56);
  for (let index = 0; index < entries; index++) {
    const at = tableAt + index * entryBytes;
    if (at + 40 > head.length) return undefined;
    if (head.readUInt32LE(at) !== 3) continue;
    const from = Number(head.readBigUInt64LE(at + 8));
    const length = Number(head.readBigUInt64LE(at + 32));
    return from + length > head.length ? undefined : head.toString("utf8", from, from + length - 1);
  }
  return undefined;
}

/** Thin 64-bit binaries of both byte orders, and universal ones. */
const machOMagics = new Set([0xcffaedfe, 0xfeedfacf, 0xcafebabe]);

function isMachO(head: Buffer): boolean {
  return machOMagics.has(head.length >= 4 ? head.readUInt32BE(0) : 0);
}

/** @see https://developer.apple.com/documentation/kernel/mach_header_64 */
function inspectMachO(head: Buffer, machine: Machine): ExecutableFile {
  const isUniversal = head.readUInt32BE(0) === 0xcafebabe;
  const arch = isUniversal ? machine.arch : machOMachines.get(head.length >= 8 ? head.readUInt32LE(4) : 0);
  if (machine.platform === "darwin" && arch === machine.arch) return { kind: "executable" };
  return { kind: "foreign", madeFor: isUniversal ? "macOS" : `macOS on ${arch ?? "another processor"}` };
}

const machOMachines: ReadonlyMap<number, string> = new Map([
  [0x01000007, "x64"],
  [0x0100000c, "arm64"],
]);

function broken(reason: string, cause: string): ExecutableFile {
  return { kind: "broken", reason, cause };
}
