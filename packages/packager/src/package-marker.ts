import { readFile } from "node:fs/promises";
import { isAbsolute, join, normalize } from "node:path";

/**
 * What Sluice notes in a deployment package that it makes for an OS-only runtime: enough to run the package on a
 * machine that its `bootstrap` is not made for.
 */
export interface PackageMarker {
  /** Node.js that `bootstrap` carries: `24.21.0`. */
  readonly node: string;
  /** As in a template's `Architectures`. */
  readonly architecture: "x86_64" | "arm64";
  /** The bundle that Node.js runs, relative to the package. */
  readonly entry: string;
}

/** Where the marker is in a deployment package. */
export const packageMarkerPath = ".sluice/package.json";

/** The marker's content, as it is written. */
export function encodePackageMarker({ node, architecture, entry }: PackageMarker): string {
  return `${JSON.stringify({ sluice: { node, architecture, entry } }, undefined, 2)}\n`;
}

/** The marker of an unpacked deployment package; nothing if Sluice did not make it. */
export async function readPackageMarker(folder: string): Promise<PackageMarker | undefined> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(join(folder, packageMarkerPath), "utf8"));
  } catch {
    return undefined; // none, or not ours
  }
  const { node, architecture, entry } = (content as { sluice?: Partial<PackageMarker> } | null)?.sluice ?? {};
  if (typeof node !== "string" || !/^\d+\.\d+\.\d+$/.test(node)) return undefined;
  if (architecture !== "x86_64" && architecture !== "arm64") return undefined;
  if (typeof entry !== "string" || isAbsolute(entry) || normalize(entry).startsWith("..")) return undefined;
  return { node, architecture, entry };
}
