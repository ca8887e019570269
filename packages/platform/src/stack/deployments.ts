import { rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { PublishedVersions } from "../lambda/published-versions.ts";
import type { PlatformEvent } from "../platform-options.ts";
import { FileWatcher } from "./file-watcher.ts";
import { FunctionWrites } from "./function-writes.ts";
import {
  type DeployableStack,
  type Deployment,
  type DeploymentOptions,
  deployTemplate,
} from "./template-deployment.ts";

/** What deployments are made with. */
export interface DeploymentsOptions
  extends Omit<DeploymentOptions, "buildFolder" | "versions" | "idOf" | "template"> {
  /** Path. */
  readonly template: string;
  readonly stateFolder: string;
  /** Keeps ids from one start to the next. */
  readonly idOf: (kind: string, name: string, length: number) => string;
  /** Deploys again when the template or the code changes. */
  readonly watches: boolean;
  readonly emit: (event: PlatformEvent) => void;
  /** Called before it takes over. What it throws keeps it from that. */
  readonly prepare: (stack: DeployableStack) => Promise<void>;
  /**
   * Lets what was deployed take over.
   * @returns for each function, when nothing runs any more of what was there before.
   */
  readonly apply: (stack: DeployableStack) => readonly Promise<void>[];
}

/** Deploys a template, again and again where its files are watched, one deployment at a time. */
export class Deployments {
  readonly #options: DeploymentsOptions;
  readonly #template: string;
  readonly #watcher: FileWatcher;
  readonly #functionWrites: FunctionWrites;
  readonly #versions: PublishedVersions;
  #buildFolder = "";
  #generation = 0;
  /** What the last deployment that succeeded was made from. */
  #inputs: readonly string[] = [];
  /** Where the code is that runs. */
  #codeFolder: string | undefined;
  #leavingCode: Promise<unknown> = Promise.resolve();
  #deploying: Promise<void> = Promise.resolve();
  #isQueued = false;
  #isClosed = false;

  constructor(options: DeploymentsOptions) {
    this.#options = options;
    this.#template = resolve(options.template);
    const warn = (message: string) => options.emit({ kind: "warning", message });
    this.#functionWrites = new FunctionWrites(warn);
    this.#watcher = new FileWatcher(
      () => this.#deployAgain(),
      options.stateFolder,
      warn,
      [1, 2],
      (path) => this.#functionWrites.isOwn(path),
    );
    this.#versions = new PublishedVersions(resolve(options.stateFolder));
  }

  /**
   * Deploys the template for the first time.
   * @param buildFolder - where code is built and unpacked; removed with {@link close}.
   */
  start(buildFolder: string): Promise<Deployment> {
    this.#buildFolder = buildFolder;
    return this.#deploy();
  }

  /** A function runs from this code until the promise is settled: what it writes there is no change of its code. */
  runs(codeFolder: string, over: Promise<unknown>): void {
    // What was built or published is a copy that nobody watches.
    if (this.#inputs.includes(codeFolder)) this.#functionWrites.began(codeFolder, over);
  }

  /** Watches nothing any more, and begins no deployment. */
  stop(): void {
    this.#isClosed = true;
    this.#watcher.close();
  }

  /** Removes what was built, once nothing runs from it. */
  async close(): Promise<void> {
    this.stop();
    await Promise.allSettled([this.#deploying, this.#leavingCode]);
    if (this.#buildFolder !== "") await rm(this.#buildFolder, { recursive: true, force: true });
  }

  /** After a deployment under way. What ran before runs on if it fails. */
  #deployAgain(): void {
    // One that has not begun yet will see this change too.
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.#deploying = this.#deploying.then(async () => {
      this.#isQueued = false;
      if (this.#isClosed) return;
      try {
        await this.#deploy();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#options.emit({ kind: "warning", message: `The template could not be deployed: ${message}` });
      }
    });
  }

  async #deploy(): Promise<Deployment> {
    const startedMs = performance.now();
    const sinceMs = Date.now();
    const { emit, prepare, apply, watches, idOf } = this.#options;
    this.#generation += 1;
    this.#functionWrites.deploys();
    const buildFolder = join(this.#buildFolder, String(this.#generation));
    const deployment = await deployTemplate({
      ...this.#options,
      template: this.#template,
      idOf: (kind, name, length) => idOf(kind, `${dirname(this.#template)}/${name}`, length),
      buildFolder,
      versions: this.#versions.begin(join(this.#buildFolder, "versions")),
    });
    if (this.#isClosed) return deployment;
    const { stack, diagnostics, inputs } = deployment;
    // Taking a broken change back mends it as well.
    const watched = stack === undefined ? [...this.#inputs, ...inputs] : inputs;
    if (watches) this.#watcher.watch(watched, sinceMs);
    if (stack === undefined) {
      await rm(buildFolder, { recursive: true, force: true });
      emit({ kind: "rejected", diagnostics });
      return deployment;
    }
    await prepare(stack);
    if (this.#isClosed) return deployment;
    const left =
      this.#codeFolder === undefined ? stack.leftFolders : [this.#codeFolder, ...stack.leftFolders];
    this.#leaveCode(left, apply(stack));
    this.#codeFolder = buildFolder;
    this.#inputs = inputs;
    emit({ kind: "deployed", durationMs: performance.now() - startedMs, diagnostics });
    return deployment;
  }

  /** Removes the code of earlier deployments once nothing runs from it. */
  #leaveCode(folders: readonly string[], replaced: readonly Promise<void>[]): void {
    const leaving = Promise.all(replaced).then(() =>
      Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))),
    );
    this.#leavingCode = Promise.all([this.#leavingCode, leaving]);
    this.#leavingCode.catch((error: unknown) => this.#options.emit({ kind: "bug", error }));
  }
}
