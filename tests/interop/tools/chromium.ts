import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { cached, install, run, skip, succeeds, type Tool } from "./tool.ts";

/** A Chromium that can be started. */
export interface Chromium {
  readonly program: string;
  /** Folder of the shared libraries that it brings along. */
  readonly libraries?: string;
}

/** A headless build for Linux on x64, as a package of the npm registry. */
const release = {
  package: "@sparticuz/chromium",
  version: "153.0.0",
  sha512: "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==",
};

/** Finds Chromium in `PATH` or in the cache, or installs it there. */
export async function findChromium(): Promise<Tool<Chromium>> {
  for (const program of ["chromium", "chromium-browser", "google-chrome"]) {
    if (await succeeds(program, ["--version"])) return { tool: { program } };
  }
  if (process.platform !== "linux" || process.arch !== "x64") {
    return skip("Chromium is not in PATH, and the build that npm has is for Linux on x64.");
  }
  return install("Chromium", async () => {
    const folder = await cached(`chromium-${release.version}`, unpack);
    const chromium = { program: join(folder, "chromium"), libraries: join(folder, "lib") };
    await run(chromium.program, ["--version"], { LD_LIBRARY_PATH: chromium.libraries });
    return chromium;
  });
}

async function unpack(folder: string): Promise<string> {
  const spec = `${release.package}@${release.version}`;
  const patience = ["--fetch-timeout", "60000", "--fetch-retries", "1"];
  await run("npm", ["pack", spec, "--silent", "--pack-destination", folder, ...patience]);
  const archive = join(folder, `sparticuz-chromium-${release.version}.tgz`);
  const sha512 = createHash("sha512")
    .update(await readFile(archive))
    .digest("base64");
  if (sha512 !== release.sha512) throw new Error(`${spec} has another content: ${sha512}`);
  await run("tar", ["-xzf", archive, "-C", folder]);

  const packed = join(folder, "package", "bin");
  const unpacked = join(folder, "unpacked");
  await mkdir(unpacked);
  await decompress(join(packed, "al2023.tar.br"), join(folder, "libraries.tar"));
  await run("tar", ["-xf", join(folder, "libraries.tar"), "-C", unpacked]);
  await decompress(join(packed, "chromium.br"), join(unpacked, "chromium"), 0o755);
  return unpacked;
}

async function decompress(from: string, to: string, mode = 0o644): Promise<void> {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to, { mode }));
}
