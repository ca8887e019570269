import { loadOrCreateCredentials, readRunningPlatform, stateFolderOf } from "@sluice/platform";
import { CommandError, type Terminal } from "../command.ts";

/** The platform that runs here, with its own credentials. @throws {CommandError} if none does. */
export async function runningPlatform(terminal: Terminal) {
  const folder = stateFolderOf(terminal.environment, terminal.folder);
  const running = await readRunningPlatform(folder);
  if (running === undefined) throw new CommandError(noPlatform(folder));
  const credentials = await loadOrCreateCredentials(folder);
  return { folder, credentials, region: running.region, url: `http://127.0.0.1:${running.port}` };
}

/** What to say where a platform should run and doesn't. */
export function noPlatform(stateFolder: string): string {
  return `no platform runs with the state in ${stateFolder}. Start one with sluice dev, in the same folder or with the same SLUICE_STATE.`;
}

/** Whether nobody listens at an address: the platform was ended the hard way, or another program has its process id. */
export function isRefusedConnection(error: unknown): boolean {
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  return code === "ECONNREFUSED" || (cause !== undefined && isRefusedConnection(cause));
}
