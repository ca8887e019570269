import { BuildError, type BuildProblem } from "../build-error.ts";
import {
  bundleFunction,
  type FunctionBundle,
  type FunctionSource,
  hasSourceMapsOption,
} from "../function-bundle.ts";
import { standardNodeVersion } from "./node-binary.ts";

/**
 * Looks whether a managed runtime finds the handler in the package, as it loads it.
 *
 * @returns what may go wrong.
 * @throws {BuildError} if it can't be found.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
 */
export async function checkHandler(source: FunctionSource, bundle: FunctionBundle): Promise<BuildProblem[]> {
  const { logicalId, handler = "", nodeOptions } = source;
  const { path, exported } = partsOf(handler);
  const file = findHandlerFile(source, bundle);
  if (file === undefined) {
    const names = [...bundle.files.keys()].filter((name) => /\.[cm]?js$/.test(name));
    throw new BuildError(
      `The Handler of ${logicalId} is "${handler}", and its archive has no ${path}.js or ${path}.mjs. It has ${names.join(", ")}. Write Handler: ${bundle.program.replace(/\.[cm]?js$/, "")}.${exported || "handler"}.`,
    );
  }
  const names = await exportsOf(source, bundle, file);
  if (names !== undefined && !names.includes(exported.split(".")[0] ?? "")) {
    const has = names.length === 0 ? "exports nothing" : `exports ${names.join(", ")}`;
    throw new BuildError(
      `The Handler of ${logicalId} is "${handler}", and ${bundle.outputs.get(file)?.entryPoint ?? file} ${has}. Export ${exported} there, or let Handler name an export that there is.`,
    );
  }
  const warnings: BuildProblem[] = [];
  if (bundle.format === "esm" && file.endsWith(".js")) {
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

/** What a file of the bundle exports, as far as that can be known without running it. */
async function exportsOf(
  source: FunctionSource,
  bundle: FunctionBundle,
  file: string,
): Promise<readonly string[] | undefined> {
  const entryPoint = bundle.outputs.get(file)?.entryPoint;
  if (entryPoint === undefined || bundle.metafile.inputs[entryPoint]?.format !== "esm") return undefined;
  if (bundle.format === "esm") return bundle.outputs.get(file)?.exports;
  // esbuild tells the exports of ES modules only, so it makes one.
  const asModule = await bundleFunction(
    { ...source, buildProperties: { ...source.buildProperties, Format: "esm" } },
    { outputFolder: bundle.root, nodeVersion: standardNodeVersion },
  );
  return [...asModule.outputs.values()].find((output) => output.entryPoint === entryPoint)?.exports;
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
