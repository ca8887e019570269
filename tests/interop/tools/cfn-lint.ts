import { join } from "node:path";
import { virtualEnvironment } from "./python.ts";
import { install, skip, succeeds, type Tool } from "./tool.ts";

const requirements = join(import.meta.dirname, "cfn-lint-requirements.txt");

/** Finds AWS's linter of templates in the cache, or installs it there. */
export async function findCfnLint(): Promise<Tool<string>> {
  if (!(await succeeds("python3", ["-c", "import venv, ensurepip"]))) {
    return skip("cfn-lint needs python3 with venv and pip.");
  }
  return install("cfn-lint", async () => {
    const { programs } = await virtualEnvironment("cfn-lint", requirements);
    return join(programs, "cfn-lint");
  });
}
