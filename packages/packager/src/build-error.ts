import { dirname, relative, resolve } from "node:path";

/** One problem that keeps a function from being built. */
export interface BuildProblem {
  readonly message: string;
  /** Absolute; nothing where the problem has no place in the sources. */
  readonly file: string | undefined;
  /** Counted from 1. */
  readonly line: number | undefined;
  /** Counted from 1. */
  readonly column: number | undefined;
  /** What to do, where the message does not say it. */
  readonly hint?: string;
}

/** What is wrong with a template's build settings, or with the sources. */
export class BuildError extends Error {
  /** Each problem with its place in the sources, where there is one. */
  readonly problems: readonly BuildProblem[];

  constructor(message: string, problems: readonly BuildProblem[] = []) {
    super([message, ...problems.map(describeProblem)].join("\n"));
    this.name = "BuildError";
    this.problems = problems;
  }

  /** Files that may mend it when they change or appear, absolute. */
  get files(): readonly string[] {
    return this.problems.flatMap(({ file, message }) => {
      if (file === undefined) return [];
      const missing = /^Could not resolve "(\.[^"]*)"/.exec(message)?.[1];
      return missing === undefined
        ? [file]
        : [file, ...sourcePaths(resolve(dirname(file), missing)).filter((path) => path !== file)];
    });
  }
}

/** Endings that a source file may have, in the order in which they are tried. */
const sourceEndings = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"];

/** A path that may have been written without its ending, with each of them. */
export function sourcePaths(path: string): string[] {
  return [path, ...sourceEndings.map((ending) => path + ending)];
}

/** `src/index.ts:3:7: Could not resolve "x"`, the file relative to the working directory. */
function describeProblem({ file, line, column, message, hint }: BuildProblem): string {
  const place = file === undefined ? [] : [relative(process.cwd(), file), line, column];
  const text = [...place.filter((part) => part !== undefined), ` ${message}`].join(":").trimStart();
  return hint === undefined ? text : `${text}\n  ${hint}`;
}
