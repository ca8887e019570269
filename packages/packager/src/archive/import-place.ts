import { readFile } from "node:fs/promises";

/**
 * Where a source file imports or requires something: esbuild tells the file alone.
 * @param specifier - as it stands there, or the name of the package that it is in.
 * @returns line and column, counted from 1; those of the beginning if it is nowhere to be seen.
 */
export async function importPlace(
  specifier: string,
  file: string,
): Promise<{ readonly line: number; readonly column: number }> {
  const lines = (await readFile(file, "utf8")).split("\n");
  const quoted = specifier.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const call = new RegExp(`(?:require\\(|import\\(|from|import)\\s*["'\`](?:node:)?${quoted}["'\`/]`);
  const index = lines.findIndex((line) => call.test(line));
  return { line: index + 1 || 1, column: (lines[index]?.search(call) ?? 0) + 1 };
}
