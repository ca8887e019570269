/**
 * Checks what would be published: packs every package that is not private, lints its shape, looks for files that do not
 * belong there, and then uses the packed packages as a stranger's project does: type-checked both ways TypeScript
 * resolves modules, and run.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { measureBundleSize } from "../bench/bundle-size.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Record<string, unknown>;
  readonly bin?: Record<string, string>;
  readonly dependencies?: Record<string, string>;
}

const root = resolve(import.meta.dirname, "..");
/** Below the repository, so that what the packages depend on is found without a registry. */
const output = join(root, "node_modules", ".cache", "check-packages");
const problems: string[] = [];

await rm(output, { recursive: true, force: true });
await mkdir(join(output, "consumer", "node_modules"), { recursive: true });

const published: Manifest[] = [];
for (const folder of (await readdir(join(root, "packages"))).sort()) {
  const manifest: Manifest = JSON.parse(
    await readFile(join(root, "packages", folder, "package.json"), "utf8"),
  );
  if (manifest.private === true) continue;
  published.push(manifest);
  await checkPackage(join(root, "packages", folder), manifest);
}
await checkConsumer(published);
await checkBundleSize();

for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length === 0) process.stdout.write(`${published.length} packages are fit to be published.\n`);
process.exit(problems.length === 0 ? 0 : 1);

async function checkPackage(folder: string, manifest: Manifest): Promise<void> {
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", output], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  ) as [{ filename: string; files: { path: string }[]; size: number }];
  const paths = packed.files.map(({ path }) => path);
  for (const path of ["README.md", "LICENSE", "package.json"]) {
    if (!paths.includes(path)) problems.push(`${manifest.name}: ${path} is not in the package.`);
  }
  // What `sluice init` copies are sources and tests.
  for (const path of paths.filter((each) => !each.startsWith("templates/"))) {
    if (/\.test\.|(^|\/)(src|test)\/.*(?<!\.d)\.ts$|\.tgz$/.test(path)) {
      problems.push(`${manifest.name}: ${path} does not belong in the package.`);
    }
  }
  for (const [dependency, range] of Object.entries(manifest.dependencies ?? {})) {
    if (!/^\d+\.\d+\.\d+$/.test(range)) {
      problems.push(`${manifest.name}: dependency ${dependency}@${range} is not pinned.`);
    }
  }

  const tarball = await readFile(join(output, packed.filename));
  const { messages, pkg } = await publint({
    strict: true,
    pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength) },
  });
  for (const message of messages) {
    problems.push(`${manifest.name}: ${formatMessage(message, pkg, { color: false })}`);
  }

  const installed = join(output, "consumer", "node_modules", ...manifest.name.split("/"));
  await mkdir(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(output, packed.filename), "-C", installed, "--strip-components=1"]);
  process.stdout.write(
    `${manifest.name} ${manifest.version}: ${paths.length} files, ${Math.ceil(packed.size / 1024)} KB packed\n`,
  );
}

/** Tests bundle the sources; what bundlers keep of the packed files can be more. */
async function checkBundleSize(): Promise<void> {
  const { bytes, aimBytes } = await measureBundleSize(join(output, "consumer"));
  process.stdout.write(`A bundled hello world has ${bytes} bytes of at most ${aimBytes}.\n`);
  if (bytes > aimBytes) problems.push(`A bundled hello world has ${bytes} bytes: more than ${aimBytes}.`);
}

/** A project that has only the packed packages, imports every entry point, and runs each command. */
async function checkConsumer(manifests: readonly Manifest[]): Promise<void> {
  const folder = join(output, "consumer");
  const specifiers = manifests.flatMap(({ name, exports = {} }) =>
    Object.keys(exports)
      .filter((path) => path !== "./package.json")
      .map((path) => name + path.slice(1)),
  );
  // These act when they are imported.
  const acting = new Set([
    "@sluice/runtime/bootstrap",
    "@sluice/runtime/awslambda",
    "@sluice/platform/vitest",
  ]);
  const imports = specifiers.map((specifier, index) =>
    acting.has(specifier)
      ? `import "${specifier}";`
      : `import * as entry${index} from "${specifier}";\nexport { entry${index} };`,
  );
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(folder, "types.ts"), `${imports.join("\n")}\n`);
  for (const [module, moduleResolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ]) {
    const project = join(folder, `tsconfig.${moduleResolution}.json`);
    await writeFile(
      project,
      JSON.stringify({
        compilerOptions: {
          module,
          moduleResolution,
          target: "es2023",
          lib: ["esnext"],
          types: ["node"],
          strict: true,
          noEmit: true,
          // Declarations of ours are checked; a project would not check those of its other dependencies.
          skipLibCheck: false,
        },
        files: ["types.ts"],
      }),
    );
    run(`types with moduleResolution ${moduleResolution}`, "tsc", ["--project", project]);
  }

  for (const specifier of specifiers.filter((each) => !acting.has(each))) {
    const script = `if (Object.keys(await import("${specifier}")).length === 0) throw new Error("It exports nothing.");`;
    run(`import of ${specifier}`, process.execPath, ["--input-type=module", "--eval", script]);
  }
  for (const { name, bin = {} } of manifests) {
    for (const path of Object.values(bin)) {
      run(`${name} --help`, process.execPath, [join(folder, "node_modules", name, path), "--help"]);
    }
  }

  function run(what: string, command: string, args: string[]): void {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
    if (status !== 0) problems.push(`${what} of the packed packages:\n${stdout}${stderr}`);
  }
}
