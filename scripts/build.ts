/**
 * Builds the published packages: one ESM file per entry point (shared code in chunks, the private protocol package
 * inlined, dependencies left outside) and the type declarations.
 */
import { execFileSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");

/** Package to its entry points: output name to source, relative to the package's `src`. Dependencies come first. */
const packages: Record<string, Record<string, string>> = {
  runtime: {
    index: "index.ts",
    testing: "testing.ts",
    awslambda: "awslambda.ts",
    bootstrap: "bootstrap.ts",
    local: "local/index.ts",
  },
  packager: { index: "index.ts" },
  platform: { index: "index.ts" },
  cli: { main: "main.ts" },
};

for (const [name, entries] of Object.entries(packages)) {
  const folder = join(root, "packages", name);
  const output = join(folder, "dist");
  const { dependencies = {} } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  await rm(output, { recursive: true, force: true });
  await build({
    entryPoints: Object.entries(entries).map(([out, source]) => ({ in: join(folder, "src", source), out })),
    outdir: output,
    bundle: true,
    splitting: true,
    chunkNames: "shared-[hash]",
    format: "esm",
    platform: "node",
    target: "node22.13",
    external: Object.keys(dependencies).flatMap((dependency) => [dependency, `${dependency}/*`]),
    logLevel: "warning",
  });
  await emitTypes(folder, Object.values(entries));
  await cp(join(root, "LICENSE"), join(folder, "LICENSE"));
}

/** Declarations of the package and of the protocol package side by side, under `dist/types`. */
async function emitTypes(folder: string, sources: string[]): Promise<void> {
  const types = join(folder, "dist", "types");
  const project = join(folder, "dist", "tsconfig.json");
  await mkdir(dirname(project), { recursive: true });
  await writeFile(
    project,
    JSON.stringify({
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        stripInternal: true,
        rootDir: join(root, "packages"),
        outDir: types,
      },
      files: sources.map((source) => join(folder, "src", source)),
      include: [join(root, "packages", "protocol", "src")],
      exclude: ["**/*.test.ts"],
    }),
  );
  execFileSync("tsc", ["--project", project], { stdio: "inherit", cwd: root });
  await rm(project);
  await pointToProtocol(types);
}

/** The protocol package is not published: its name becomes the path of its declarations. */
async function pointToProtocol(types: string): Promise<void> {
  const protocol = join(types, "protocol", "src", "index.d.ts");
  for (const entry of await readdir(types, { recursive: true })) {
    if (!entry.endsWith(".d.ts")) continue;
    const file = join(types, entry);
    const text = await readFile(file, "utf8");
    const path = relative(dirname(file), protocol);
    // Declarations keep the extensions of the sources they came from.
    const pointed = text
      .replaceAll('"@sluice/protocol"', `"${path.startsWith(".") ? path : `./${path}`}"`)
      .replace(/(from|import\()(\s*"\.[^"]*?)(?:\.d)?\.ts"/g, '$1$2.js"');
    if (pointed !== text) await writeFile(file, pointed);
  }
}
