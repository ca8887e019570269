import { join } from "node:path";
import { virtualEnvironment } from "./python.ts";
import { install, skip, succeeds, type Tool } from "./tool.ts";

const requirements = join(import.meta.dirname, "sam-requirements.txt");

/** Finds the folder of AWS SAM CLI's program in the cache, or installs it there. */
export async function findSamCli(): Promise<Tool<string>> {
  if (!(await succeeds("python3", ["-c", "import venv, ensurepip"]))) {
    return skip("AWS SAM CLI needs python3 with venv and pip.");
  }
  return install("AWS SAM CLI", async () => (await virtualEnvironment("sam", requirements)).programs);
}
