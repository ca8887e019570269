import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "../../..");
const source = (path: string) => join(root, "packages", path);

/** The command line as it is published, made from the sources of now. */
export class BuiltProgram implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<BuiltProgram> {
    // Below node_modules of the repository, so that it finds its dependencies.
    const parent = join(root, "node_modules/.cache");
    await mkdir(parent, { recursive: true });
    const folder = await mkdtemp(join(parent, "sluice-cli-"));
    await build({
      entryPoints: [source("cli/src/main.ts")],
      outdir: join(folder, "dist"),
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node22.13",
      alias: {
        "@sluice/packager": source("packager/src/index.ts"),
        "@sluice/platform": source("platform/src/index.ts"),
        "@sluice/protocol": source("protocol/src/index.ts"),
      },
      external: ["@aws-sdk/*", "@sluice/runtime", "@smithy/*", "esbuild", "fflate", "yaml", "yauzl"],
      logLevel: "error",
    });
    await cp(source("cli/bin"), join(folder, "bin"), { recursive: true });
    await cp(source("cli/package.json"), join(folder, "package.json"));
    return new BuiltProgram(folder);
  }

  get path(): string {
    return join(this.#folder, "bin/sluice.js");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
