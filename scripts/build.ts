/**
 * Builds the published packages: one ESM file per entry point (shared code in chunks, the private protocol package
 * inlined, dependencies left outside) and the type declarations.
 */
import { execFileSync } from "node:child_process";
import { cp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const protocolSources = join(root, "packages", "protocol", "src");

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
  platform: { index: "index.ts", vitest: "vitest/index.ts" },
  cli: { main: "main.ts" },
};

/**
 * Dependencies that are inlined where they are development dependencies, and their modules for bundlers. What Node.js would
 * load of this one is 72 files: they took a sixth of the time in which `sluice dev` starts.
 */
const entryOf: Record<string, string> = {
  yaml: join(root, "node_modules", "yaml", "browser", "index.js"),
};

for (const [name, entries] of Object.entries(packages)) {
  const folder = join(root, "packages", name);
  // Made beside, so that what runs from dist meanwhile finds its files until the last moment.
  const output = join(folder, `dist.${process.pid}`);
  const {
    dependencies = {},
    devDependencies = {},
    peerDependencies = {},
  } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const inlined = Object.keys(devDependencies).filter((dependency) => dependency in entryOf);
  try {
    await build({
      entryPoints: Object.entries(entries).map(([out, source]) => ({ in: join(folder, "src", source), out })),
      outdir: output,
      bundle: true,
      splitting: true,
      chunkNames: "shared-[hash]",
      format: "esm",
      platform: "node",
      target: "node22.13",
      external: Object.keys({ ...dependencies, ...peerDependencies }).flatMap((dependency) => [
        dependency,
        `${dependency}/*`,
      ]),
      alias: Object.fromEntries(inlined.map((dependency) => [dependency, entryOf[dependency] ?? dependency])),
      logLevel: "warning",
    });
    const sources = Object.values(entries).map((source) => join(folder, "src", source));
    await emitTypes(output, sources, "@sluice/protocol" in devDependencies ? [protocolSources] : []);
    for (const dependency of inlined) {
      await cp(join(root, "node_modules", dependency, "LICENSE"), join(output, `LICENSE.${dependency}`));
    }
    await rm(join(folder, "dist"), { recursive: true, force: true });
    await rename(output, join(folder, "dist"));
  } finally {
    await rm(output, { recursive: true, force: true });
  }
  await cp(join(root, "LICENSE"), join(folder, "LICENSE"));
}

/** Declarations under `types`: of the package and, side by side, of the protocol package if it is inlined. */
async function emitTypes(output: string, files: string[], include: string[]): Promise<void> {
  const types = join(output, "types");
  const project = join(output, "tsconfig.json");
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
      files,
      include,
      exclude: [join(root, "**", "*.test.ts")],
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
