import { join } from "node:path";
import { virtualEnvironment } from "./python.ts";
import { install, skip, succeeds, type Tool } from "./tool.ts";

const requirements = join(import.meta.dirname, "moto-requirements.txt");

/** Finds the program of moto, an emulator of AWS that is not ours, in the cache, or installs it there. */
export async function findMotoServer(): Promise<Tool<string>> {
  if (!(await succeeds("python3", ["-c", "import venv, ensurepip"]))) {
    return skip("moto needs python3 with venv and pip.");
  }
  return install("moto", async () =>
    join((await virtualEnvironment("moto", requirements)).programs, "moto_server"),
  );
}
