import { shutdownWithInternalExtensionMs } from "@sluice/protocol";
import { exitCodes } from "./fatal-errors.ts";
import { registerInternalExtension } from "./internal-extension.ts";
import type { Log } from "./logging.ts";
import type { LambdaRuntimeOptions } from "./runtime.ts";
import type { Connection } from "./runtime-api/connection.ts";

type ShutdownHook = NonNullable<LambdaRuntimeOptions["onShutdown"]>;

/**
 * Sees to it that the hook, if there is one, runs on SIGTERM, and that Lambda sends SIGTERM.
 * @returns what undoes it, so that the process can end by itself.
 */
export async function prepareShutdown(
  address: string,
  options: LambdaRuntimeOptions,
  log: Log,
): Promise<(() => void) | undefined> {
  const { onShutdown } = options;
  if (onShutdown === undefined) return undefined;
  const onSigterm = () => runShutdownHook(onShutdown, log);
  process.once("SIGTERM", onSigterm);
  let connection: Connection | undefined;
  try {
    if (options.registerExtension !== false) connection = await registerInternalExtension(address);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.line("WARN", undefined, [
      `onShutdown may not run: the internal extension could not be registered. ${reason}`,
    ]);
  }
  return () => {
    process.off("SIGTERM", onSigterm);
    connection?.close();
  };
}

/** Runs the hook within the time that Lambda grants, and exits: 0, or 1 if the hook failed or took too long. */
export async function runShutdownHook(onShutdown: ShutdownHook, log: Log): Promise<never> {
  // A little early, to be gone before Lambda's SIGKILL.
  const timeUp = setTimeout(() => {
    log.line("ERROR", undefined, ["onShutdown took more than 500 ms and was cut off."]);
    process.exit(exitCodes.failure);
  }, shutdownWithInternalExtensionMs - 25);
  try {
    await onShutdown();
  } catch (error) {
    log.line("ERROR", undefined, ["onShutdown failed:", error]);
    process.exit(exitCodes.failure);
  }
  clearTimeout(timeUp);
  process.exit(0);
}
