import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type BuildProblem, buildFunction } from "@sluice/packager";
import type { CodeSource } from "../../stack/stack-model.ts";
import { unpackZip } from "./unpack-zip.ts";

/** Why a function's code can't be made ready. */
export class CodeError extends Error {}

/** A function, as far as its code is concerned. */
export interface CodeRequest {
  readonly functionName: string;
  readonly logicalId: string;
  readonly runtime: string;
  readonly handler: string;
  readonly code: CodeSource;
  /** `Metadata` of the template's resource. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Folder of the template. */
  readonly templateFolder: string;
  /** Where what is built or unpacked goes. */
  readonly outputFolder: string;
}

/** A function's code, ready to run. */
export interface PreparedCode {
  /** The deployment package, unpacked. */
  readonly folder: string;
  /** Files and folders whose change asks for another preparation, absolute. */
  readonly inputs: readonly string[];
  readonly warnings: readonly BuildProblem[];
}

/**
 * Makes a function's code ready: builds it where the template asks for esbuild, unpacks a ZIP, and takes a folder as it
 * is.
 * @throws {CodeError} if there is nothing at the path.
 * @throws {BuildError} if esbuild or the build's settings fail.
 * @throws {InvalidZipError} if a ZIP can't be unpacked.
 */
export async function prepareCode(request: CodeRequest): Promise<PreparedCode> {
  const { code, metadata, templateFolder, outputFolder } = request;
  if (code.kind === "inline") return writeInline(request, code.text);
  if (metadata["BuildMethod"] === "esbuild") {
    await rm(outputFolder, { recursive: true, force: true });
    const built = await buildFunction(
      {
        logicalId: request.logicalId,
        runtime: request.runtime,
        handler: request.handler,
        templateFolder,
        codeUri: code.path,
        buildProperties: record(metadata["BuildProperties"]),
      },
      outputFolder,
    );
    return { folder: built.folder, inputs: built.inputs, warnings: built.warnings };
  }
  if (metadata["BuildMethod"] !== undefined) {
    throw new CodeError(
      `${request.logicalId} has BuildMethod ${String(metadata["BuildMethod"])}, which is not built here. Use esbuild, or build it yourself and let CodeUri name the result.`,
    );
  }
  const path = resolve(templateFolder, code.path);
  const kind = await kindOf(path);
  if (kind === "missing") {
    throw new CodeError(
      `The code of ${request.logicalId}, ${code.path}, does not exist. Build it first, or add Metadata with BuildMethod: esbuild to the function so that it is built here.`,
    );
  }
  if (kind === "folder") return { folder: path, inputs: [path], warnings: [] };
  await unpackZip(path, outputFolder);
  return { folder: outputFolder, inputs: [path], warnings: [] };
}

/** AWS names the file of inline code `index`, and takes it for CommonJS. */
async function writeInline({ outputFolder, runtime }: CodeRequest, text: string): Promise<PreparedCode> {
  await rm(outputFolder, { recursive: true, force: true });
  await mkdir(outputFolder, { recursive: true });
  await writeFile(join(outputFolder, runtime.startsWith("python") ? "index.py" : "index.js"), text);
  return { folder: outputFolder, inputs: [], warnings: [] };
}

async function kindOf(path: string): Promise<"file" | "folder" | "missing"> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "missing";
    throw error;
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
