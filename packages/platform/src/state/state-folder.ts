import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** A platform that runs with a state folder. */
export interface RunningPlatform {
  readonly pid: number;
  readonly port: number;
  readonly region: string;
}

const runningFile = "running.json";

/** The state folder: `SLUICE_STATE`, or `.sluice` in the working directory. */
export function stateFolderOf(environment: NodeJS.ProcessEnv, workingDirectory: string): string {
  return resolve(workingDirectory, environment["SLUICE_STATE"] || ".sluice");
}

/** Notes which platform runs with the folder, for tools that want to reach it. */
export async function writeRunningPlatform(folder: string, running: RunningPlatform): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, runningFile), `${JSON.stringify(running)}\n`);
}

/** Removes the note. */
export async function removeRunningPlatform(folder: string): Promise<void> {
  await rm(join(folder, runningFile), { force: true });
}

/** The platform that runs with the folder, if one does. */
export async function readRunningPlatform(folder: string): Promise<RunningPlatform | undefined> {
  try {
    const running = JSON.parse(await readFile(join(folder, runningFile), "utf8")) as RunningPlatform;
    // A platform that was killed leaves its note behind.
    process.kill(running.pid, 0);
    return running;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPERM") return undefined;
    return undefined;
  }
}
