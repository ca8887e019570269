import { copyFile, cp, mkdir, open, stat, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { type BuildProblem, buildFunction, readSluiceMetadata } from "@sluice/packager";
import { record } from "../../json-value.ts";
import type { CodeSource } from "../../stack/stack-model.ts";
import { CodeError } from "./code-error.ts";
import { InvalidZipError, unpackZip } from "./unpack-zip.ts";

/** A function, as far as its code is concerned. */
export interface CodeRequest {
  readonly logicalId: string;
  readonly runtime: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly code: Exclude<CodeSource, { readonly kind: "package" }>;
  /** `Metadata` of the template's resource. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Folder of the template. */
  readonly templateFolder: string;
  /** Where what is built or unpacked goes; not there yet. */
  readonly outputFolder: string;
}

/** A function's code, ready to run. */
export interface PreparedCode {
  /** The deployment package, unpacked. */
  readonly folder: string;
  /** A build may move the handler. */
  readonly handler: string;
  /** The function's variables; a build may add to them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files and folders whose change asks for another preparation, absolute. */
  readonly inputs: readonly string[];
  /** Of the build. */
  readonly warnings: readonly BuildProblem[];
}

/**
 * Makes a function's code ready: builds it where the template asks for esbuild, unpacks a ZIP, and takes a folder as it
 * is.
 * @throws {CodeError} if there is nothing at the path, or a ZIP can't be unpacked.
 * @throws {BuildError} if esbuild or the build's settings fail.
 */
export async function prepareCode(request: CodeRequest): Promise<PreparedCode> {
  const { code, metadata, handler, environment, outputFolder } = request;
  const asItIs = { handler, environment, warnings: [] };
  if (code.kind === "inline") {
    await writeInline(request, code.text);
    return { ...asItIs, folder: outputFolder, inputs: [] };
  }
  const method = metadata["BuildMethod"];
  if (method === "esbuild") return buildWithEsbuild(request, code.path);
  if (method !== undefined) {
    throw new CodeError(`${request.logicalId} has BuildMethod ${String(method)}, which is not run here.`, {
      hint: "Write `BuildMethod: esbuild` for JavaScript and TypeScript. Otherwise build it yourself, let CodeUri name the result, and leave BuildMethod out.",
      place: ["Metadata", "BuildMethod"],
    });
  }
  const { folder, inputs } = await readPackage(request, code.path, "code");
  return { ...asItIs, folder, inputs };
}

/**
 * Makes the content of layers ready, in one folder: what is `/opt` on AWS. Later layers win.
 * @throws {CodeError} as for a function's code.
 */
export async function prepareLayers(
  layers: readonly { readonly logicalId: string; readonly path: string }[],
  request: Pick<CodeRequest, "templateFolder" | "outputFolder">,
): Promise<{ readonly inputs: readonly string[] }> {
  const inputs: string[] = [];
  for (const { logicalId, path } of layers) {
    const read = await readPackage({ ...request, logicalId }, path, "content");
    inputs.push(...read.inputs);
    if (read.folder !== request.outputFolder)
      await cp(read.folder, request.outputFolder, { recursive: true, verbatimSymlinks: true });
  }
  return { inputs };
}

async function buildWithEsbuild(request: CodeRequest, codeUri: string): Promise<PreparedCode> {
  const { metadata, environment } = request;
  const built = await buildFunction(
    {
      logicalId: request.logicalId,
      runtime: request.runtime,
      handler: request.handler,
      templateFolder: request.templateFolder,
      codeUri,
      buildProperties: record(metadata["BuildProperties"]),
      include: readSluiceMetadata(request.logicalId, metadata).include,
      nodeOptions: environment["NODE_OPTIONS"],
    },
    request.outputFolder,
  );
  return {
    folder: built.folder,
    handler: built.handler ?? "",
    environment:
      built.nodeOptions === undefined ? environment : { ...environment, NODE_OPTIONS: built.nodeOptions },
    inputs: built.inputs,
    warnings: built.warnings,
  };
}

/** A folder as it is, anything else in the output folder. */
async function readPackage(
  request: Pick<CodeRequest, "logicalId" | "templateFolder" | "outputFolder">,
  name: string,
  what: "code" | "content",
): Promise<{ readonly folder: string; readonly inputs: readonly string[] }> {
  const { logicalId, outputFolder } = request;
  const path = resolve(request.templateFolder, name);
  const place = ["Properties"];
  switch (await kindOf(path)) {
    case "missing":
      throw new CodeError(
        `The ${what} of ${logicalId}, ${name}, does not exist. Nothing could be uploaded for it.`,
        {
          hint: "It is relative to the template's folder. Build it first, or add `Metadata: { BuildMethod: esbuild }` to the function so that it is built here.",
          place,
        },
      );
    case "folder":
      return { folder: path, inputs: [path] };
    case "zip":
      try {
        await unpackZip(path, outputFolder);
      } catch (cause) {
        if (!(cause instanceof InvalidZipError)) throw cause;
        throw new CodeError(
          `The ${what} of ${logicalId}, ${name}, ${cause.message}. Lambda answers \`${cause.awsAnswer}\`.`,
          { ...(cause.hint === undefined ? {} : { hint: cause.hint }), place, cause },
        );
      }
      return { folder: outputFolder, inputs: [path] };
    case "file":
      // SAM puts a file that is no archive into one.
      await mkdir(outputFolder, { recursive: true });
      await copyFile(path, join(outputFolder, basename(path)));
      return { folder: outputFolder, inputs: [path] };
  }
}

/** AWS names the file of inline code `index`. */
async function writeInline({ outputFolder, runtime }: CodeRequest, text: string): Promise<void> {
  await mkdir(outputFolder, { recursive: true });
  await writeFile(join(outputFolder, runtime.startsWith("python") ? "index.py" : "index.js"), text);
}

async function kindOf(path: string): Promise<"file" | "folder" | "missing" | "zip"> {
  try {
    if ((await stat(path)).isDirectory()) return "folder";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "missing";
    throw error;
  }
  return /\.(?:zip|jar)$/i.test(path) || (await beginsLikeZip(path)) ? "zip" : "file";
}

async function beginsLikeZip(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return buffer.toString("latin1") === "PK";
}
