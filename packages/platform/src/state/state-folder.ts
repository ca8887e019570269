import { mkdirSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** A platform that runs with a state folder. */
export interface RunningPlatform {
  readonly pid: number;
  readonly port: number;
  readonly region: string;
  /** Absolute path. */
  readonly template?: string;
}

/** The state folder: `SLUICE_STATE`, or `.sluice` in the working directory. */
export function stateFolderOf(environment: NodeJS.ProcessEnv, workingDirectory: string): string {
  return resolve(workingDirectory, environment["SLUICE_STATE"] || ".sluice");
}

/** Makes the folder, for its owner alone and out of git's sight. One that is there stays as it is. */
export function makeStateFolder(folder: string): void {
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) === undefined) return;
  writeFileSync(join(folder, ".gitignore"), "*\n", { mode: 0o600 });
}

/** Notes that a platform runs with the folder, for tools that want to reach it. */
export async function writeRunningPlatform(folder: string, running: RunningPlatform): Promise<void> {
  makeStateFolder(folder);
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

/** The platform that runs with the folder on that port, if one does. */
export async function readRunningPlatformAt(
  folder: string,
  port: number,
): Promise<RunningPlatform | undefined> {
  const noted = await readNote(join(folder, noteName(port)));
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
    const { pid, port, region, template } = note;
    if (typeof pid !== "number" || typeof port !== "number" || typeof region !== "string") return undefined;
    return { pid, port, region, ...(typeof template === "string" ? { template } : {}) };
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
