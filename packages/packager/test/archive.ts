import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type ArchiveRequest,
  archiveFunction,
  type FunctionArchive,
} from "../src/archive/function-archive.ts";
import type { FunctionSource } from "../src/function-bundle.ts";
import type { Project } from "./project.ts";
import { type UnzippedFile, unzip } from "./unzip.ts";

/** What a test asks for beside a managed function whose entry point is `index.ts`. */
export interface Asked extends Partial<Omit<ArchiveRequest, "source">> {
  readonly source?: Partial<FunctionSource>;
}

/** Archives a function of a project into `out.zip`. */
export async function archive(
  project: Project,
  { source, ...asked }: Asked = {},
): Promise<FunctionArchive & { readonly files: readonly UnzippedFile[]; readonly names: readonly string[] }> {
  const made = await archiveFunction({
    source: {
      logicalId: "Numbers",
      runtime: "nodejs24.x",
      handler: "index.handler",
      templateFolder: project.folder,
      codeUri: ".sluice/Numbers.zip",
      ...source,
      buildProperties: { EntryPoints: ["index.ts"], ...source?.buildProperties },
    },
    architecture: "arm64",
    file: project.path("out.zip"),
    cacheFolder: project.path("cache"),
    ...asked,
  });
  const files = await unzip(await readFile(made.file));
  return { ...made, files, names: files.map(({ name }) => name) };
}

/** Unpacks what was archived, modes kept. */
export async function unpack(files: readonly UnzippedFile[], folder: string): Promise<void> {
  for (const { name, content, mode } of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    await chmod(path, mode);
  }
}
