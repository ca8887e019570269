import type { BuildOptions, Loader } from "esbuild";

/** What is wrong with a template's build settings, or with the sources. */
export class BuildError extends Error {
  /** Each problem with its place in the sources, where there is one. */
  readonly problems: readonly BuildProblem[];

  constructor(message: string, problems: readonly BuildProblem[] = []) {
    super(message);
    this.name = "BuildError";
    this.problems = problems;
  }
}

/** One problem that esbuild found. */
export interface BuildProblem {
  readonly message: string;
  /** Relative to the working directory. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  /** Counted from 1. */
  readonly column: number | undefined;
}

/** `Metadata.BuildProperties` of a function, as esbuild's options. */
export interface BuildProperties {
  readonly entryPoints: readonly string[] | undefined;
  readonly options: BuildOptions;
}

/** SAM's own defaults. */
const samDefaults: BuildOptions = { format: "cjs", minify: true, sourcemap: false, target: "es2020" };

type Convert = (value: unknown, name: string) => BuildOptions;

/**
 * The properties that SAM takes for `BuildMethod: esbuild`, each with what it means to esbuild.
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html
 */
const conversions: Readonly<Record<string, Convert>> = {
  Banner: (value, name) => ({ banner: pairs(value, name) }),
  Define: (value, name) => ({ define: pairs(value, name) }),
  External: (value, name) => ({ external: strings(value, name) }),
  Footer: (value, name) => ({ footer: pairs(value, name) }),
  Format: (value, name) => ({ format: oneOf(value, name, ["cjs", "esm", "iife"] as const) }),
  KeepNames: (value, name) => ({ keepNames: flag(value, name) }),
  Loader: (value, name) => ({ loader: pairs(value, name) as Record<string, Loader> }),
  MainFields: (value, name) => ({ mainFields: strings(value, name) }),
  Minify: (value, name) => ({ minify: flag(value, name) }),
  OutExtension: (value, name) => ({ outExtension: pairs(value, name) }),
  Sourcemap: (value, name) => ({ sourcemap: flag(value, name) }),
  SourcesContent: (value, name) => ({ sourcesContent: flag(value, name) }),
  Target: (value, name) => ({ target: text(value, name).split(",") }),
  TreeShaking: (value, name) => ({ treeShaking: flag(value, name) }),
};

/** Properties that tell SAM how to install packages; here the packages that are installed are used. */
const withoutEffectOnOutput = new Set(["UseNpmCi"]);

/**
 * Reads `BuildProperties` of a function's `Metadata`.
 * @throws {BuildError} naming a property that isn't SAM's, or a value that can't be one.
 */
export function readBuildProperties(properties: Readonly<Record<string, unknown>>): BuildProperties {
  let options: BuildOptions = { ...samDefaults };
  let entryPoints: readonly string[] | undefined;
  for (const [name, value] of Object.entries(properties)) {
    if (name === "EntryPoints") {
      entryPoints = strings(value, name);
      if (entryPoints.length === 0)
        throw new BuildError("EntryPoints is empty. Name at least one source file.");
      continue;
    }
    if (withoutEffectOnOutput.has(name)) continue;
    const convert = conversions[name];
    if (convert === undefined) {
      const known = [...Object.keys(conversions), "EntryPoints", ...withoutEffectOnOutput].sort();
      throw new BuildError(`BuildProperties has no property ${name}. It takes ${known.join(", ")}.`);
    }
    options = { ...options, ...convert(value, name) };
  }
  return { entryPoints, options };
}

function text(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new BuildError(`${name} is ${JSON.stringify(value)}; give a text.`);
}

/** SAM takes a flag as a word too. */
function flag(value: unknown, name: string): boolean {
  if (typeof value === "boolean") return value;
  if (value === "true" || value === "false") return value === "true";
  throw new BuildError(`${name} is ${JSON.stringify(value)}; give true or false.`);
}

/** A list, or a text with commas. */
function strings(value: unknown, name: string): string[] {
  const list = typeof value === "string" ? value.split(",").map((item) => item.trim()) : value;
  if (Array.isArray(list) && list.every((item) => typeof item === "string" && item !== "")) return list;
  throw new BuildError(`${name} is ${JSON.stringify(value)}; give a list of texts.`);
}

/** A list of `key=value`, or a map. */
function pairs(value: unknown, name: string): Record<string, string> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value);
    if (entries.every(([, item]) => typeof item === "string")) return Object.fromEntries(entries);
  } else {
    const split = strings(value, name).map((item) => /^([^=]+)=(.*)$/s.exec(item));
    if (split.every((match) => match !== null)) {
      return Object.fromEntries(split.map((match) => [match[1] ?? "", match[2] ?? ""]));
    }
  }
  throw new BuildError(`${name} is ${JSON.stringify(value)}; give a list such as [".png=file"].`);
}

function oneOf<T extends string>(value: unknown, name: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new BuildError(`${name} is ${JSON.stringify(value)}; give one of ${choices.join(", ")}.`);
}
