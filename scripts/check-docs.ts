/**
 * Type-checks the TypeScript in the documentation: every `ts` block of every Markdown file is a module of its own.
 *
 * A block keeps its line numbers, so the compiler's `docs__handlers.md.2.ts(57,9)` is line 57 of docs/handlers.md.
 */
import { spawnSync } from "node:child_process";
import { glob, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
/** Below the repository, so that imports find its packages. */
const output = join(root, "node_modules", ".cache", "check-docs");

const files = await markdownFiles();
let count = 0;
await rm(output, { recursive: true, force: true });
await mkdir(output, { recursive: true });
for (const file of files) {
  for (const [index, block] of codeBlocks(await readFile(join(root, file), "utf8")).entries()) {
    await writeFile(join(output, `${file.replaceAll("/", "__")}.${index + 1}.ts`), block);
    count++;
  }
}
await writeFile(
  join(output, "tsconfig.json"),
  JSON.stringify({
    extends: join(root, "tsconfig.base.json"),
    // A block may show a name and leave its use to the reader.
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, moduleDetection: "force" },
    include: ["*.ts"],
  }),
);
// Its imports are those of a package with `"type": "module"`.
await writeFile(join(output, "package.json"), JSON.stringify({ type: "module" }));

const { status } = spawnSync("tsc", ["--project", output], { stdio: "inherit", cwd: output });
if (status === 0) process.stdout.write(`${count} blocks in ${files.length} documents are correct.\n`);
process.exit(status ?? 1);

/** All Markdown files of the repository, relative to the root. */
async function markdownFiles(): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of glob("**/*.md", { cwd: root, exclude: ["**/node_modules", "**/dist"] }))
    paths.push(path);
  return paths.sort();
}

/** The contents of the `ts` blocks, each below as many empty lines as stand above it in the document. */
function codeBlocks(markdown: string): string[] {
  const blocks: string[] = [];
  let block: string[] | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    if (block === undefined) {
      if (line === "```ts") block = Array.from({ length: index + 1 }, () => "");
    } else if (line === "```") {
      blocks.push(`${block.join("\n")}\n`);
      block = undefined;
    } else {
      block.push(line);
    }
  }
  return blocks;
}
