import { extname, sep } from "node:path";

/** How many deployments in a row may come from a function's own writing before that is said, and stops. */
const toleratedDeployments = 2;

/** A write may be seen this many milliseconds after the invocation that made it is over. */
const graceMs = 250;

/** What people write by hand, or build: a function writes other files. */
const sources = new Set(
  `.js .mjs .cjs .jsx .ts .mts .cts .tsx .py .rb .go .rs .java .wasm .node .so .html .htm .css .svg .md .ejs .hbs .sql
  .graphql .yaml .yml .toml .xml`.split(/\s+/),
);

/** A code folder with what runs in it. */
interface CodeFolder {
  running: number;
  lastEndedMs: number;
  /** How many deployments in a row came from changes while something ran. */
  deployments: number;
  /** The deployment that ran when the last such change came. */
  generation: number;
  isTold: boolean;
}

/**
 * Tells what functions write into their own code folders, which AWS does not let them, from what developers save there.
 * Each such write would bring a deployment, and each request the next.
 *
 * Nobody says who wrote a file. It is taken for the function's if it is no source, and if one invocation after the other
 * has brought a change, without any change by somebody else in between.
 */
export class FunctionWrites {
  readonly #warn: (message: string) => void;
  readonly #nowMs: () => number;
  readonly #folders = new Map<string, CodeFolder>();
  #generation = 0;

  /** @param warn - told once of each folder. */
  constructor(warn: (message: string) => void, nowMs: () => number = () => performance.now()) {
    this.#warn = warn;
    this.#nowMs = nowMs;
  }

  /** An invocation runs from this code until it is over. */
  began(codeFolder: string, over: Promise<unknown>): void {
    const folder = this.#folders.get(codeFolder) ?? {
      running: 0,
      lastEndedMs: Number.NEGATIVE_INFINITY,
      deployments: 0,
      generation: -1,
      isTold: false,
    };
    this.#folders.set(codeFolder, folder);
    folder.running += 1;
    const ended = () => {
      folder.running -= 1;
      folder.lastEndedMs = this.#nowMs();
    };
    over.then(ended, ended);
  }

  /** Another deployment begins: it has all changes until now. */
  deploys(): void {
    this.#generation += 1;
  }

  /** Whether a change is to be overlooked, because the function makes it again and again. */
  isOwn(path: string): boolean {
    for (const [name, folder] of this.#folders) {
      if (!path.startsWith(name + sep)) continue;
      const isRunning = folder.running > 0 || this.#nowMs() - folder.lastEndedMs < graceMs;
      if (!isRunning || sources.has(extname(path).toLowerCase())) {
        folder.deployments = 0;
        continue;
      }
      if (folder.generation !== this.#generation) folder.deployments += 1;
      folder.generation = this.#generation;
      if (folder.deployments <= toleratedDeployments) continue;
      if (!folder.isTold) {
        folder.isTold = true;
        this.#warn(
          `${path} changes whenever the function runs whose code is in ${name}. On AWS that is /var/task, which is read-only: write to /tmp. Such files bring no deployment any more while the function runs; sources still do.`,
        );
      }
      return true;
    }
    return false;
  }
}
