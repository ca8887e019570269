import { delimiter, join } from "node:path";
import { exists, run, skip, type Tool } from "./tool.ts";

/**
 * Finds a program of AWS CLI 2 in PATH that knows AWS_ENDPOINT_URL. No package registry has it, so that it can't be
 * installed for the tests: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html
 */
export async function findAwsCli2(): Promise<Tool<string>> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const program = join(folder, "aws");
    if (!(await exists(program))) continue;
    const [, minor] = /^aws-cli\/2\.(\d+)\./.exec(await run(program, ["--version"]).catch(() => "")) ?? [];
    if (Number(minor) >= 13) return { tool: program };
  }
  return skip("aws logs tail --follow and aws configure export-credentials need AWS CLI 2.13 or later.");
}
