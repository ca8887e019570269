import type { BuildOptions } from "esbuild";

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

type Convert = (value: unknown) => unknown;

/**
 * The properties that SAM hands to esbuild, each with the values that it takes. SAM makes an option of esbuild's command line
 * of every property, `--keep-names` of `KeepNames`: one text is its value, and a list gives it several times. The JavaScript
 * API has the same names.
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html
 * @see https://github.com/aws/aws-lambda-builders/blob/develop/aws_lambda_builders/workflows/nodejs_npm_esbuild/esbuild.py
 * @see https://esbuild.github.io/api/
 */
const conversions: Readonly<Record<string, Convert>> = {
  Alias: pairs,
  AssetNames: text,
  Banner: pairs,
  Charset: oneOf("ascii", "utf8"),
  ChunkNames: text,
  Conditions: commaSeparated,
  Define: pairs,
  Drop: list,
  DropLabels: commaSeparated,
  EntryNames: text,
  External: list,
  Footer: pairs,
  Format: oneOf("cjs", "esm", "iife"),
  GlobalName: text,
  IgnoreAnnotations: flag,
  Inject: list,
  Jsx: oneOf("transform", "preserve", "automatic"),
  JsxDev: flag,
  JsxFactory: text,
  JsxFragment: text,
  JsxImportSource: text,
  JsxSideEffects: flag,
  KeepNames: flag,
  LegalComments: oneOf("none", "inline", "eof", "linked", "external"),
  LineLimit: wholeNumber,
  Loader: pairs,
  LogOverride: pairs,
  MainFields: commaSeparated,
  MangleProps: regularExpression,
  MangleQuoted: flag,
  Minify: flag,
  MinifyIdentifiers: flag,
  MinifySyntax: flag,
  MinifyWhitespace: flag,
  Outbase: text,
  OutExtension: pairs,
  Packages: oneOf("bundle", "external"),
  PreserveSymlinks: flag,
  PublicPath: text,
  Pure: list,
  ReserveProps: regularExpression,
  ResolveExtensions: commaSeparated,
  Sourcemap: flagOr("linked", "inline", "external", "both"),
  SourceRoot: text,
  SourcesContent: flag,
  Splitting: flag,
  Supported: (value) =>
    Object.fromEntries(Object.entries(pairs(value)).map(([feature, has]) => [feature, flag(has)])),
  Target: commaSeparated,
  TreeShaking: flag,
  Tsconfig: text,
  TsconfigRaw: text,
};

/** What SAM sets itself, whatever the template says. */
const setBySam = new Set(["Bundle", "Outdir", "Platform"]);

/** Says how SAM installs packages; here those that are installed are used. */
const installation = "UseNpmCi";

/** Every property that can stand in `BuildProperties`. */
export const buildPropertyNames: readonly string[] = [
  "EntryPoints",
  installation,
  ...Object.keys(conversions),
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
      else if (Object.hasOwn(conversions, property)) {
        const option = property.charAt(0).toLowerCase() + property.slice(1);
        options = { ...options, [option]: conversions[property]?.(value) };
      } else if (setBySam.has(property)) {
        report(
          "warning",
          `BuildProperties.${property} has no effect: \`sam build\` sets it itself, and so does Sluice.`,
        );
      } else {
        report(
          "error",
          `BuildProperties has no property ${property}: esbuild has no such option, or none that a function can be built with.`,
        );
      }
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

function flagOr(...choices: readonly string[]): Convert {
  return (value) => {
    if (typeof value === "string" && choices.includes(value)) return value;
    try {
      return flag(value);
    } catch {
      throw new ValueError(`true, false or one of ${choices.join(", ")}`);
    }
  };
}

function text(value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new ValueError("one text");
}

/** SAM takes numbers only as texts. */
function wholeNumber(value: unknown): number {
  if (typeof value === "string" && /^\d+$/.test(value)) return Number(value);
  throw new ValueError('a whole number in quotes, such as "120"');
}

function regularExpression(value: unknown): RegExp {
  try {
    return new RegExp(text(value));
  } catch {
    throw new ValueError("a regular expression, such as _$");
  }
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

function oneOf(...choices: readonly string[]): Convert {
  return (value) => {
    if (typeof value === "string" && choices.includes(value)) return value;
    throw new ValueError(`one of ${choices.join(", ")}`);
  };
}
