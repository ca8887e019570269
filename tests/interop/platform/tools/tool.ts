import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A tool that tests need, or why there is none. */
export type Tool<T> = { readonly tool: T; readonly missing?: undefined } | { readonly missing: string };

/** Installing takes seconds; a registry that doesn't answer must not hang the suite. */
const installTimeoutMs = 300_000;

/** Runs a program to its end. @throws if it fails. */
export async function run(
  command: string,
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const { stdout } = await promisify(execFile)(command, parameters, {
    timeout: installTimeoutMs,
    env: environment,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

export async function succeeds(command: string, parameters: readonly string[]): Promise<boolean> {
  return run(command, parameters).then(
    () => true,
    () => false,
  );
}

/**
 * Installs a tool that the machine has the means to install. Tests that need it are skipped if that fails; on CI it is
 * an error, because a suite that quietly ran nothing would look like one that passed.
 */
export async function install<T>(what: string, action: () => Promise<T>): Promise<Tool<T>> {
  try {
    return { tool: await action() };
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    if (isCi(process.env)) {
      throw new Error(`${what} could not be installed, and on CI no test may be skipped: ${reason}`);
    }
    return skip(`${what} could not be installed: ${reason}`);
  }
}

/** Says why tests are skipped. */
export function skip(missing: string): { readonly missing: string } {
  process.stderr.write(`Skipped: ${missing}\n`);
  return { missing };
}

function isCi(environment: NodeJS.ProcessEnv): boolean {
  return !["", "0", "false"].includes(environment["CI"] ?? "");
}
