import { BuildError, type BuildProblem } from "../build-error.ts";
import { type FunctionBundle, type FunctionSource, hasSourceMapsOption } from "../function-bundle.ts";

/**
 * Looks whether a managed runtime finds the handler in the package, as it loads it.
 *
 * @returns what may go wrong.
 * @throws {BuildError} if it can't be found.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
 */
export function checkHandler(source: FunctionSource, bundle: FunctionBundle): BuildProblem[] {
  const { logicalId, handler = "", nodeOptions } = source;
  const { path, exported } = partsOf(handler);
  const file = findHandlerFile(source, bundle);
  if (file === undefined) {
    const names = [...bundle.files.keys()].filter((name) => /\.[cm]?js$/.test(name));
    throw new BuildError(
      `The Handler of ${logicalId} is "${handler}", and its archive has no ${path}.js or ${path}.mjs. It has ${names.join(", ")}. Write Handler: ${bundle.program.replace(/\.[cm]?js$/, "")}.${exported || "handler"}.`,
    );
  }
  const output = bundle.outputs.get(file);
  const isModule = bundle.format === "esm";
  if (isModule && output !== undefined && !output.exports.includes(exported.split(".")[0] ?? "")) {
    const has = output.exports.length === 0 ? "exports nothing" : `exports ${output.exports.join(", ")}`;
    throw new BuildError(
      `The Handler of ${logicalId} is "${handler}", and ${output.entryPoint ?? file} ${has}. Export ${exported} there, or let Handler name an export that there is.`,
    );
  }
  const warnings: BuildProblem[] = [];
  if (isModule && file.endsWith(".js")) {
    warnings.push({
      ...nowhere,
      message: `${file} is an ES module, and Lambda takes .js for CommonJS: a module that awaits at its top level does not start.`,
      hint: "Add OutExtension: [.js=.mjs] to BuildProperties.",
    });
  }
  if (bundle.hasSourceMaps && !hasSourceMapsOption(nodeOptions)) {
    warnings.push({
      ...nowhere,
      message: `${logicalId} has a source map that nothing reads: stack traces show places in the bundle.`,
      hint: "Add Environment.Variables.NODE_OPTIONS: --enable-source-maps to the function, as sam build does, or leave Sourcemap out.",
    });
  }
  return warnings;
}

/** About the package as a whole. */
const nowhere = { file: undefined, line: undefined, column: undefined };

/** The file of the package that a managed runtime loads for a handler. */
export function findHandlerFile(
  { handler = "" }: FunctionSource,
  { files }: FunctionBundle,
): string | undefined {
  const { path } = partsOf(handler);
  return [".js", ".mjs", ".cjs"].map((ending) => path + ending).find((name) => files.has(name));
}

/** `src/app.handler`: the file ends at the first dot after the last slash. */
function partsOf(handler: string): { path: string; exported: string } {
  const [, folder = "", stem = "", exported = ""] = /^(.*\/)?([^.]*)\.?(.*)$/.exec(handler) ?? [];
  return { path: folder + stem, exported };
}
