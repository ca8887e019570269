import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** Editors save in several steps; a change counts once this many milliseconds have passed without another. */
const settleMs = 60;

/**
 * Watches files and folders. Files are watched through their folders, since editors replace a file when they save it.
 */
export class FileWatcher {
  readonly #onChange: () => void;
  #watchers: FSWatcher[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param onChange - called once for a burst of changes. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Watches these paths from now on, and no others. Paths that don't exist are left out. */
  watch(paths: readonly string[]): void {
    this.#stop();
    const files = new Map<string, Set<string>>();
    for (const path of paths) {
      if (isFolder(path)) this.#add(path, { recursive: true }, () => true);
      else files.set(dirname(path), (files.get(dirname(path)) ?? new Set()).add(basename(path)));
    }
    for (const [folder, names] of files) {
      this.#add(folder, {}, (name) => name === null || names.has(name));
    }
  }

  close(): void {
    this.#stop();
    clearTimeout(this.#timer);
  }

  #add(folder: string, options: { recursive?: boolean }, concerns: (name: string | null) => boolean): void {
    try {
      const watcher = watch(folder, options, (_event, name) => {
        if (!concerns(name)) return;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(this.#onChange, settleMs);
      });
      // A folder that goes away is no reason to stop.
      watcher.on("error", () => watcher.close());
      this.#watchers.push(watcher);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }

  #stop(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
