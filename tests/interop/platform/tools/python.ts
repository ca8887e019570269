import { createHash } from "node:crypto";
import { access, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { install, run, skip, succeeds, type Tool } from "./tool.ts";

/** A virtual environment with the clients that `requirements.txt` names. */
export interface Python {
  /** Where its programs are. */
  readonly programs: string;
  /** `3.13` */
  readonly version: string;
}

const requirements = join(import.meta.dirname, "requirements.txt");
const cache = resolve(import.meta.dirname, "../../../../node_modules/.cache/sluice-interop");

/** Finds the virtual environment in `node_modules/.cache`, or makes it there. */
export async function findPython(): Promise<Tool<Python>> {
  if (!(await succeeds("python3", ["-c", "import venv, ensurepip"]))) {
    return skip(
      "the AWS CLI, boto3 and awslambdaric need python3 with venv and pip, which is not on this machine.",
    );
  }
  return install("the AWS CLI, boto3 and awslambdaric", async () => {
    const version = (
      await run("python3", ["-c", "import platform; print(platform.python_version())"])
    ).trim();
    const hash = createHash("sha256")
      .update(await readFile(requirements))
      .digest("hex")
      .slice(0, 12);
    const folder = join(cache, `python-${version}-${hash}`);
    const programs = join(folder, "bin");
    const mark = join(folder, "complete");
    if (!(await exists(mark))) {
      await rm(folder, { recursive: true, force: true });
      await run("python3", ["-m", "venv", folder]);
      const quietly = ["--quiet", "--disable-pip-version-check"];
      await run(join(programs, "python"), [
        "-m",
        "pip",
        "install",
        ...quietly,
        "--requirement",
        requirements,
      ]);
      await writeFile(mark, "");
    }
    return { programs, version: version.split(".").slice(0, 2).join(".") };
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
