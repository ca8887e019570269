import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "../../..");

/** What `bootstrap` runs. */
export interface Program {
  /** Path of Node. */
  readonly node: string;
  /** Module, from the task root: the bundle unless set. */
  readonly module?: string | undefined;
}

/** A function's code as an OS-only runtime wants it: a folder with an executable `bootstrap`. */
export interface DeploymentPackage extends AsyncDisposable {
  /** Absolute path of a folder whose only entry, `task`, is Lambda's `LAMBDA_TASK_ROOT`. */
  readonly folder: string;
}

/**
 * Bundles a source file into `task/index.mjs`, in a folder of its own that lives as long as the package.
 * @param source - path from the root of the repository.
 */
export async function packageFunction(source: string, program: Program): Promise<DeploymentPackage> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-interop-"));
  // The emulator may run the function as another user.
  await chmod(folder, 0o755);
  await build({
    entryPoints: [join(root, source)],
    outfile: join(folder, "task", "index.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "warning",
  });
  const bootstrap = `#!/bin/sh\nexec "${program.node}" "${program.module ?? "./index.mjs"}"\n`;
  await writeFile(join(folder, "task", "bootstrap"), bootstrap, { mode: 0o755 });
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
