import { rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cache, exists, hashOf, install, run, skip, succeeds, type Tool } from "./tool.ts";

/** A virtual environment with what `requirements.txt` names. */
export interface Python {
  /** Folder of its programs. */
  readonly programs: string;
  /** `3.13` */
  readonly version: string;
}

const requirements = join(import.meta.dirname, "requirements.txt");

/** Finds the virtual environment in the cache, or makes it there. */
export async function findPython(): Promise<Tool<Python>> {
  if (!(await succeeds("python3", ["-c", "import venv, ensurepip"]))) {
    return skip("the AWS CLI, boto3 and awslambdaric need python3 with venv and pip.");
  }
  return install("the AWS CLI, boto3 and awslambdaric", () => virtualEnvironment("python", requirements));
}

/**
 * Finds a virtual environment in the cache, or makes it there.
 * @param name - what the cache calls it.
 * @param file - the requirements, absolute.
 */
export async function virtualEnvironment(name: string, file: string): Promise<Python> {
  const tellVersion = "import platform; print(platform.python_version())";
  const version = (await run("python3", ["-c", tellVersion])).trim();
  const hash = await hashOf(dirname(file), [basename(file)]);
  // A virtual environment can't be moved, so a mark tells that it is whole.
  const folder = join(cache, `${name}-${version}-${hash}`);
  const programs = join(folder, "bin");
  const mark = join(folder, "complete");
  if (!(await exists(mark))) {
    await rm(folder, { recursive: true, force: true });
    await run("python3", ["-m", "venv", folder]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await run(join(programs, "python"), [...pip, "--requirement", file]);
    await writeFile(mark, "");
  }
  return { programs, version: version.split(".").slice(0, 2).join(".") };
}
