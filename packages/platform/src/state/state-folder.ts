import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** A platform that runs with a state folder. */
export interface RunningPlatform {
  readonly pid: number;
  readonly port: number;
  readonly region: string;
}

/** The state folder: `SLUICE_STATE`, or `.sluice` in the working directory. */
export function stateFolderOf(environment: NodeJS.ProcessEnv, workingDirectory: string): string {
  return resolve(workingDirectory, environment["SLUICE_STATE"] || ".sluice");
}

/** Notes that a platform runs with the folder, for tools that want to reach it. */
export async function writeRunningPlatform(folder: string, running: RunningPlatform): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await noteNames(folder)) {
    const noted = await readNote(join(folder, name));
    if (noted !== undefined && !isRunning(noted.pid)) await rm(join(folder, name), { force: true });
  }
  await writeFile(join(folder, noteName(running.port)), `${JSON.stringify(running)}\n`);
}

/** Removes the note, unless another platform has the port now. */
export async function removeRunningPlatform(folder: string, { pid, port }: RunningPlatform): Promise<void> {
  const path = join(folder, noteName(port));
  if ((await readNote(path))?.pid === pid) await rm(path, { force: true });
}

/** The platform that runs with the folder, if one does; the one that came last if several do. */
export async function readRunningPlatform(folder: string): Promise<RunningPlatform | undefined> {
  const found: { readonly noted: RunningPlatform; readonly sinceMs: number }[] = [];
  for (const name of await noteNames(folder)) {
    const path = join(folder, name);
    const noted = await readNote(path);
    // A platform that was killed leaves its note behind.
    if (noted === undefined || !isRunning(noted.pid)) continue;
    const { mtimeMs: sinceMs = 0 } = await stat(path).catch(() => ({ mtimeMs: 0 }));
    found.push({ noted, sinceMs });
  }
  return found.sort((a, b) => b.sinceMs - a.sinceMs)[0]?.noted;
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

/** One platform at a time can have a port, so that each has a note of its own. */
function noteName(port: number): string {
  return `running-${port}.json`;
}

async function noteNames(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => /^running-\d+\.json$/.test(name));
  } catch {
    // Without the folder no platform has run yet.
    return [];
  }
}

async function readNote(path: string): Promise<RunningPlatform | undefined> {
  try {
    const note = JSON.parse(await readFile(path, "utf8")) as Partial<RunningPlatform>;
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
