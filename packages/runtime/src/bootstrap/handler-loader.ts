import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  HandlerNotFoundError,
  ImportModuleError,
  MalformedHandlerNameError,
  UserCodeSyntaxError,
} from "../errors.ts";

/** What `_HANDLER` names. */
export interface HandlerName {
  /** Folder of the module, relative to the task root unless absolute; empty for the task root. */
  readonly folder: string;
  /** The module's name without extension. */
  readonly module: string;
  /** The names that lead to the function, from the outermost export inwards. */
  readonly exportPath: readonly string[];
}

/**
 * Takes `file.export`, `folder/file.export` or `file.outer.inner` apart.
 * @throws {MalformedHandlerNameError} if it is anything else, or holds `..`.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html#nodejs-handler-naming
 */
export function parseHandlerName(text: string | undefined): HandlerName {
  if (text === undefined || text === "") {
    throw new MalformedHandlerNameError('_HANDLER is not set. Give it the form "file.export".');
  }
  if (text.includes("..")) {
    throw new MalformedHandlerNameError(
      `"${text}" is not a handler name: ".." is not allowed. Name a file below the task root, or an absolute path.`,
    );
  }
  const slash = text.lastIndexOf("/");
  const [module = "", ...exportPath] = text.slice(slash + 1).split(".");
  if (module === "" || exportPath.length === 0 || exportPath.includes("")) {
    throw new MalformedHandlerNameError(`"${text}" is not a handler name. Give it the form "file.export".`);
  }
  return { folder: text.slice(0, Math.max(slash, 0)), module, exportPath };
}

/**
 * Imports the module and finds the export; a promise is waited for.
 *
 * The module is the file of that name, with the extension `.js`, `.mjs` or `.cjs` or without one, else the package of
 * that name, as layers bring it. It may be an ES or a CommonJS module, and may use top-level await.
 *
 * @param taskRoot - `LAMBDA_TASK_ROOT`.
 * @throws {ImportModuleError} if the module, or one that it imports, isn't there.
 * @throws {UserCodeSyntaxError} if its code is no JavaScript.
 * @throws {HandlerNotFoundError} if there is no such export.
 * @throws whatever the module throws.
 */
export async function loadExport(taskRoot: string, name: HandlerName): Promise<unknown> {
  const module = await importModule(taskRoot, name);
  // CommonJS exports that the parser of Node.js did not see are only there under `default`.
  const found = find(module, name.exportPath) ?? find(find(module, ["default"]), name.exportPath);
  if (found === undefined || found === null) {
    throw new HandlerNotFoundError(
      `The module "${name.module}" does not export "${name.exportPath.join(".")}". It exports: ${Object.keys(module).join(", ") || "nothing"}.`,
    );
  }
  return await found;
}

async function importModule(taskRoot: string, name: HandlerName): Promise<object> {
  try {
    return await import(pathToFileURL(findModule(taskRoot, name)).href);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new UserCodeSyntaxError(`The function's code could not be parsed: ${error.message}`, {
        cause: error,
      });
    }
    if (error instanceof Error && "code" in error && notFoundCodes.has(error.code)) {
      throw new ImportModuleError(`The function's code could not be imported: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}

const notFoundCodes: ReadonlySet<unknown> = new Set([
  "MODULE_NOT_FOUND",
  "ERR_MODULE_NOT_FOUND",
  "ERR_PACKAGE_PATH_NOT_EXPORTED",
]);

function findModule(taskRoot: string, { folder, module }: HandlerName): string {
  const base = resolve(taskRoot, folder, module);
  for (const extension of ["", ".js", ".mjs", ".cjs"]) {
    const file = base + extension;
    if (existsSync(file) && statSync(file).isFile()) return file;
  }
  // A layer's wrapper is found as a package, also through NODE_PATH.
  return createRequire(join(taskRoot, "_")).resolve(module, { paths: [taskRoot, resolve(taskRoot, folder)] });
}

function find(from: unknown, path: readonly string[]): unknown {
  let value = from;
  for (const key of path) {
    // As on Lambda, functions are not looked into.
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as { [key: string]: unknown })[key];
  }
  return value;
}
