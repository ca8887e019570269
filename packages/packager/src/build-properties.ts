import type { BuildOptions, Charset, Loader } from "esbuild";

/** Something that is wrong with a function's `Metadata.BuildProperties`. */
export interface BuildPropertyProblem {
  /** A warning does not keep the function from being built. */
  readonly severity: "error" | "warning";
  readonly property: string;
  /** What is wrong, with the value, and what `sam build` does. */
  readonly message: string;
}

/** `Metadata.BuildProperties` of a function, as esbuild's options. */
export interface BuildProperties {
  /** Relative to the code's root; nothing where the template names none. */
  readonly entryPoints: readonly string[] | undefined;
  /** What the template asks for, without SAM's defaults. */
  readonly options: BuildOptions;
  readonly problems: readonly BuildPropertyProblem[];
}

type Convert = (value: unknown) => BuildOptions;

/**
 * The properties that SAM hands to esbuild, each with what it means there. SAM takes a list where esbuild's command
 * line takes an option several times, and one text elsewhere.
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html
 */
const samConversions: Readonly<Record<string, Convert>> = {
  Banner: (value) => ({ banner: pairs(value) }),
  External: (value) => ({ external: list(value) }),
  Format: (value) => ({ format: oneOf(value, ["cjs", "esm", "iife"] as const) }),
  Loader: (value) => ({ loader: pairs(value) as Record<string, Loader> }),
  MainFields: (value) => ({ mainFields: commaSeparated(value) }),
  Minify: (value) => ({ minify: flag(value) }),
  OutExtension: (value) => ({ outExtension: pairs(value) }),
  Sourcemap: (value) => ({ sourcemap: flag(value) }),
  SourcesContent: (value) => ({ sourcesContent: flag(value) }),
  Target: (value) => ({ target: commaSeparated(value) }),
};

/** Options of esbuild that `sam build` leaves out without a word, though templates have them. */
const esbuildConversions: Readonly<Record<string, Convert>> = {
  Alias: (value) => ({ alias: pairs(value) }),
  Charset: (value) => ({ charset: oneOf<Charset>(value, ["ascii", "utf8"]) }),
  Conditions: (value) => ({ conditions: list(value) }),
  Define: (value) => ({ define: pairs(value) }),
  Footer: (value) => ({ footer: pairs(value) }),
  Inject: (value) => ({ inject: list(value) }),
  KeepNames: (value) => ({ keepNames: flag(value) }),
  LegalComments: (value) => ({
    legalComments: oneOf(value, ["none", "inline", "eof", "linked", "external"]),
  }),
  TreeShaking: (value) => ({ treeShaking: flag(value) }),
};

/** Says how SAM installs packages; here those that are installed are used. */
const installation = "UseNpmCi";

/** Every property that can stand in `BuildProperties`. */
export const buildPropertyNames: readonly string[] = [
  "EntryPoints",
  installation,
  ...Object.keys(samConversions),
  ...Object.keys(esbuildConversions),
].sort();

/** Reads `BuildProperties` of a function's `Metadata`, and tells what is wrong with them. */
export function readBuildProperties(properties: Readonly<Record<string, unknown>>): BuildProperties {
  let options: BuildOptions = {};
  let entryPoints: readonly string[] | undefined;
  const problems: BuildPropertyProblem[] = [];
  for (const [property, value] of Object.entries(properties)) {
    const report = (severity: BuildPropertyProblem["severity"], message: string) =>
      problems.push({ severity, property, message });
    try {
      if (property === "EntryPoints") entryPoints = list(value);
      else if (property === installation) flag(value);
      else if (Object.hasOwn(samConversions, property)) {
        options = { ...options, ...samConversions[property]?.(value) };
      } else if (Object.hasOwn(esbuildConversions, property)) {
        options = { ...options, ...esbuildConversions[property]?.(value) };
        report(
          "warning",
          `BuildProperties.${property} is used here, but \`sam build\` leaves it out: what it deploys is built without.`,
        );
      } else report("error", `BuildProperties has no property ${property}: \`sam build\` would overlook it.`);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      report("error", `BuildProperties.${property} is ${JSON.stringify(value)}; give ${error.message}.`);
    }
  }
  return { entryPoints, options, problems };
}

/** What a value should have been. */
class ValueError extends Error {}

/** A flag may be a text too. */
function flag(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (value === "true" || value === "false") return value === "true";
  throw new ValueError("true or false");
}

function commaSeparated(value: unknown): string[] {
  const items = typeof value === "string" ? value.split(",").map((item) => item.trim()) : [];
  if (items.length > 0 && items.every((item) => item !== "")) return items;
  throw new ValueError('one text, with commas where there are several, such as "module,main"');
}

function list(value: unknown): string[] {
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string" && item)) {
    return value;
  }
  throw new ValueError("a list of texts");
}

function pairs(value: unknown): Record<string, string> {
  const matches = Array.isArray(value) ? value.map((item) => /^([^=]+)=(.*)$/s.exec(String(item))) : [];
  if (matches.length > 0 && matches.every((match) => match !== null)) {
    return Object.fromEntries(matches.map(([, key = "", text = ""]) => [key, text]));
  }
  throw new ValueError('a list such as [".png=dataurl"]');
}

function oneOf<T extends string>(value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new ValueError(`one of ${choices.join(", ")}`);
}
