import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
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

/** Removes the note, unless another platform has taken the folder over. */
export async function removeRunningPlatform(folder: string, { pid, port }: RunningPlatform): Promise<void> {
  const noted = await readNote(folder);
  if (noted?.pid === pid && noted.port === port) await rm(join(folder, runningFile), { force: true });
}

/** The platform that runs with the folder, if one does. */
export async function readRunningPlatform(folder: string): Promise<RunningPlatform | undefined> {
  const noted = await readNote(folder);
  // A platform that was killed leaves its note behind.
  return noted !== undefined && isRunning(noted.pid) ? noted : undefined;
}

/**
 * Makes a folder for what one platform builds, and removes those of platforms that are gone. Other platforms on the same
 * state run from theirs.
 */
export async function createBuildFolder(folder: string): Promise<string> {
  const parent = join(folder, "build");
  await mkdir(parent, { recursive: true, mode: 0o700 });
  for (const name of await readdir(parent)) {
    const pid = Number(name.split("-")[0]);
    if (!isRunning(pid)) await rm(join(parent, name), { recursive: true, force: true });
  }
  return mkdtemp(join(parent, `${process.pid}-`));
}

async function readNote(folder: string): Promise<RunningPlatform | undefined> {
  try {
    const note = JSON.parse(await readFile(join(folder, runningFile), "utf8")) as Partial<RunningPlatform>;
    const { pid, port, region } = note;
    return typeof pid === "number" && typeof port === "number" && typeof region === "string"
      ? { pid, port, region }
      : undefined;
  } catch {
    // There is none, or it was only half written: either way nobody can be reached by it.
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else's is one all the same.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
