import { type Dirent, type FSWatcher, fstatSync, readdirSync, type Stats, statSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Editors save in several steps; a change counts once this many milliseconds have passed without another. */
const settleMs = 60;

/** What changes without being anyone's code, or is too much to watch; so do logs. */
const overlooked = new Set([".git", ".aws-sam", "node_modules", "__pycache__"]);

/**
 * Watches files and folders with all that is in them. Files are watched through their folders, since editors replace a
 * file when they save it, and so that one that does not exist yet is seen when it appears.
 */
export class FileWatcher {
  readonly #onChange: () => void;
  readonly #ignoredFolder: string;
  readonly #warn: (message: string) => void;
  readonly #ownOutput: readonly number[];
  readonly #overlooks: (path: string) => boolean;
  /** By folder, with the names in it that matter: all of them if there is no set. */
  readonly #watched = new Map<string, { readonly watcher: FSWatcher; names: Set<string> | undefined }>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param onChange - called once for a burst of changes.
   * @param ignoredFolder - overlooked, wherever it is: the platform's own.
   * @param warn - told which folder can't be watched, and why.
   * @param ownOutput - file descriptors that this process prints to. A file behind one of them is no one's code, and each
   *   deployment that is told there would bring the next.
   * @param overlooks - asked of each change that would count.
   */
  constructor(
    onChange: () => void,
    ignoredFolder: string,
    warn: (message: string) => void,
    ownOutput: readonly number[] = [1, 2],
    overlooks: (path: string) => boolean = () => false,
  ) {
    this.#overlooks = overlooks;
    this.#ownOutput = ownOutput;
    this.#onChange = onChange;
    this.#ignoredFolder = ignoredFolder;
    this.#warn = warn;
  }

  /**
   * Watches these paths from now on, and no others.
   *
   * @param sinceMs - what has changed after this Unix time has changed, though nobody watched.
   */
  watch(paths: readonly string[], sinceMs: number): void {
    const wanted = new Map<string, Set<string> | undefined>();
    for (const path of paths) {
      if (isFolder(path)) for (const folder of this.#foldersIn(path)) wanted.set(folder, undefined);
    }
    for (const path of paths) {
      const folder = dirname(path);
      if (isFolder(path) || (wanted.has(folder) && wanted.get(folder) === undefined)) continue;
      wanted.set(folder, (wanted.get(folder) ?? new Set()).add(basename(path)));
    }
    for (const [folder, { watcher }] of this.#watched) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#watched.delete(folder);
    }
    for (const [folder, names] of wanted) this.#watchFolder(folder, names);
    if (paths.some((path) => changedMs(path) > sinceMs)) this.#changed();
  }

  close(): void {
    for (const { watcher } of this.#watched.values()) watcher.close();
    this.#watched.clear();
    clearTimeout(this.#timer);
  }

  /** Watchers that are there already stay, so that no change falls between an old one and a new one. */
  #watchFolder(folder: string, names: Set<string> | undefined): void {
    const known = this.#watched.get(folder);
    if (known !== undefined) {
      known.names = names;
      return;
    }
    try {
      const watcher = watch(folder, (_event, name) => {
        const concerns = this.#watched.get(folder)?.names;
        if (name !== null && concerns?.has(name) === false) return;
        const path = name === null ? folder : join(folder, name);
        if (name !== null && (this.#isOverlooked(path) || this.#isOwnOutput(path))) return;
        if (!this.#overlooks(path)) this.#changed();
      });
      // A folder that goes away is no reason to stop; it may come back, and then it is another one.
      watcher.on("error", () => this.#forget(folder));
      this.#watched.set(folder, { watcher, names });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return;
      const cure = code === "ENOSPC" ? " Raise fs.inotify.max_user_watches, or watch less." : "";
      this.#warn(`${folder} can't be watched, so that changes there are not seen: ${message}.${cure}`);
    }
  }

  #forget(folder: string): void {
    this.#watched.get(folder)?.watcher.close();
    this.#watched.delete(folder);
  }

  #changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onChange, settleMs);
  }

  #foldersIn(folder: string): string[] {
    if (this.#isOverlooked(folder)) return [];
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch {
      return []; // gone in the meantime, or not for us to see
    }
    const below = entries.filter((entry) => entry.isDirectory());
    return [folder, ...below.flatMap((entry) => this.#foldersIn(join(folder, entry.name)))];
  }

  #isOverlooked(path: string): boolean {
    return overlooked.has(basename(path)) || path.endsWith(".log") || path === this.#ignoredFolder;
  }

  #isOwnOutput(path: string): boolean {
    const file = statSync(path, { throwIfNoEntry: false });
    if (file?.isFile() !== true) return false;
    return this.#ownOutput.some((descriptor) => {
      const own = statusOf(descriptor);
      return own?.ino === file.ino && own.dev === file.dev;
    });
  }
}

/** Nothing for a descriptor that was closed. */
function statusOf(descriptor: number): Stats | undefined {
  try {
    return fstatSync(descriptor);
  } catch {
    return undefined;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** 0 for what isn't there. */
function changedMs(path: string): number {
  const status = statSync(path, { throwIfNoEntry: false });
  return status?.isFile() ? status.mtimeMs : 0;
}
