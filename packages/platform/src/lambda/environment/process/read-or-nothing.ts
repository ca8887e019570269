import { readFileSync } from "node:fs";

/** A file of `/proc`; empty if the process ended, or belongs to somebody else. */
export function readOrNothing(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
