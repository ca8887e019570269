import { execFile } from "node:child_process";
import { access, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { BuildError, type BuildProblem } from "../build-error.ts";

/**
 * Checks types with the project's own TypeScript and `tsconfig.json`, the nearest ones above a source file. esbuild only
 * strips types.
 */
export class TypeChecker {
  readonly #onStep: (step: string) => void;
  readonly #checked = new Set<string>();

  /** @param onStep - told before each check. */
  constructor(onStep: (step: string) => void = () => {}) {
    this.#onStep = onStep;
  }

  /**
   * Checks the project of a source file, unless it was right before: several functions may be in one.
   *
   * @param entryPoint - Absolute.
   * @throws {BuildError} with every type error, or if there is no TypeScript or no `tsconfig.json`.
   */
  async check(entryPoint: string): Promise<void> {
    const project = await nearest("tsconfig.json", dirname(entryPoint));
    if (project === undefined) {
      throw new BuildError(
        `Types can't be checked: there is no tsconfig.json above ${entryPoint}. Write one, or leave --check-types out.`,
      );
    }
    if (this.#checked.has(project)) return;
    const compiler = await compilerFrom(dirname(project));
    if (compiler === undefined) {
      throw new BuildError(
        "Types can't be checked: TypeScript is not installed. Run npm install --save-dev typescript, or leave --check-types out.",
      );
    }
    this.#onStep(`checking the types of ${relative(process.cwd(), project)}`);
    const output = await run(compiler, project);
    if (output !== undefined) {
      const problems = output.split("\n").flatMap((line) => readProblem(line, dirname(project)));
      throw new BuildError(problems.length > 0 ? "The types are wrong." : output.trim(), problems);
    }
    this.#checked.add(project);
  }
}

/** `src/index.ts(3,7): error TS2322: Type …`, and `error TS18003: …` for what has no place. */
function readProblem(line: string, folder: string): BuildProblem[] {
  const match = /^(?:(.+)\((\d+),(\d+)\): )?error (TS\d+: .*)$/.exec(line.trimEnd());
  if (match === null) return [];
  const [, file, row, column, message = ""] = match;
  return [
    {
      message,
      file: file === undefined ? undefined : resolve(folder, file),
      line: row === undefined ? undefined : Number(row),
      column: column === undefined ? undefined : Number(column),
    },
  ];
}

async function compilerFrom(folder: string): Promise<string | undefined> {
  try {
    const manifest = createRequire(join(folder, "tsconfig.json")).resolve("typescript/package.json");
    const { bin } = JSON.parse(await readFile(manifest, "utf8")) as { bin: { tsc: string } };
    return resolve(dirname(manifest), bin.tsc);
  } catch {
    return undefined; // not installed
  }
}

/** @returns what the compiler says if it is not content. */
function run(compiler: string, project: string): Promise<string | undefined> {
  const args = [compiler, "--noEmit", "--pretty", "false", "--project", project];
  return new Promise((done) => {
    execFile(
      process.execPath,
      args,
      { cwd: dirname(project), maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => done(error === null ? undefined : stdout + stderr),
    );
  });
}

async function nearest(name: string, from: string): Promise<string | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, name);
    try {
      await access(path);
      return path;
    } catch {
      if (dirname(folder) === folder) return undefined; // not here, and there is nothing above
    }
  }
}
