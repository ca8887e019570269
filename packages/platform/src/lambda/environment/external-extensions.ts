import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { type EnvironmentFailure, failure } from "./environment-failure.ts";
import { inspectExecutable } from "./executable-file.ts";
import type { LoggedProcess } from "./process/logged-process.ts";
import { describeExit } from "./process/process-exit.ts";
import { type ExtensionsApi, maxExtensions } from "./runtime-api/extensions-api.ts";

/**
 * The external extensions of a function: each file in the folder `extensions` of its layers, by name.
 * @param layersDirectory - what is `/opt` on AWS. Need not exist.
 */
export async function findExternalExtensions(layersDirectory: string): Promise<readonly string[]> {
  const folder = join(layersDirectory, "extensions");
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    return []; // no layer, or none with an extension
  }
  const paths = names.sort().map((name) => join(folder, name));
  const isFile = await Promise.all(paths.map(async (path) => (await stat(path)).isFile()));
  return paths.filter((_, index) => isFile[index]);
}

/**
 * The processes of external extensions. A process can't have an `/opt` of its own, so an extension runs in the folder
 * that holds its layers' content, finds `bin` and `lib` of it in `PATH` and `LD_LIBRARY_PATH`, and should take its files
 * from there.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
export class ExternalExtensions {
  readonly #api: ExtensionsApi;
  readonly #start: (path: string) => Promise<LoggedProcess>;
  readonly #onFailure: (failed: EnvironmentFailure) => void;
  readonly #processes = new Map<string, LoggedProcess>();
  #isEnding = false;

  /** @param onFailure - an extension ended that should not have. */
  constructor(
    api: ExtensionsApi,
    start: (path: string) => Promise<LoggedProcess>,
    onFailure: (failed: EnvironmentFailure) => void,
  ) {
    this.#api = api;
    this.#start = start;
    this.#onFailure = onFailure;
  }

  get processes(): Iterable<LoggedProcess> {
    return this.#processes.values();
  }

  get count(): number {
    return this.#processes.size;
  }

  /**
   * Starts extensions, and waits until all of them have registered: not before then is the runtime started.
   * @param ended - resolves when nobody waits for them any more.
   */
  async start(paths: readonly string[], ended: Promise<void>): Promise<EnvironmentFailure | undefined> {
    const registered = this.#api.expect(paths.map((path) => basename(path)));
    if (paths.length > maxExtensions) {
      return failure("Extension.LaunchError", `Extension limit (${maxExtensions}) reached`);
    }
    for (const path of paths) {
      const failed = await this.#launch(path);
      if (failed !== undefined || this.#isEnding) return failed;
    }
    await Promise.race([registered, ended]);
    return undefined;
  }

  /**
   * Ends those that are not told, and waits for those that are.
   * @param told - names of extensions that have an event to end.
   */
  async end(told: readonly string[], wait: (exited: Promise<unknown>) => Promise<void>): Promise<void> {
    this.#isEnding = true;
    for (const [name, process] of this.#processes) if (!told.includes(name)) process.kill();
    await wait(Promise.all([...this.#processes.values()].map(({ exited }) => exited)));
  }

  /** Kills what is left, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#isEnding = true;
    for (const process of this.#processes.values()) process.kill();
    await Promise.all([...this.#processes.values()].map((process) => process.gone()));
  }

  async #launch(path: string): Promise<EnvironmentFailure | undefined> {
    const name = basename(path);
    const file = await inspectExecutable(path);
    if (file.kind !== "executable") {
      const reason = file.kind === "broken" ? file.reason : "exec format error";
      const built = file.kind === "foreign" ? `. It is made for ${file.madeFor}.` : "";
      this.#api.launchFailed(name, reason === "permission denied" ? "PermissionDenied" : "UnknownError");
      return failure("Extension.LaunchError", `fork/exec /opt/extensions/${name}: ${reason}${built}`);
    }
    const process = await this.#start(path);
    this.#processes.set(name, process);
    void process.exited.then((exit) => {
      if (this.#isEnding) return;
      const reported = this.#api.statuses.find((extension) => extension.name === name)?.errorType;
      this.#onFailure(failure(reported ?? "Extension.Crash", describeExit(exit) ?? "exit code 0"));
    });
    return undefined;
  }
}
