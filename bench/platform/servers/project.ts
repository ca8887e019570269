import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../project/", import.meta.url));
const folders = new URL("../../dist/platform/", import.meta.url);
const packages = new URL("../../node_modules/", import.meta.url);

/** A fresh copy of the measured project, in which a server may leave what it builds. */
export function projectFor(name: string): string {
  const folder = fileURLToPath(new URL(name, folders));
  // A platform may keep what it logs, and would start with that of every earlier run.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(source, folder, { recursive: true });
  return folder;
}

/** A file of an installed peer, or nothing where it is not installed. */
export function peerFile(path: string): string | undefined {
  const file = fileURLToPath(new URL(path, packages));
  return existsSync(file) ? file : undefined;
}

/** For a {@link Server}: why it can't run, if its file isn't there. */
export function unavailableWithout(file: string | undefined): { readonly unavailable?: string } {
  return file === undefined ? { unavailable: "it is not installed (npm ci in bench/)" } : {};
}
