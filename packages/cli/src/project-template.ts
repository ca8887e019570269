import { cp, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What `sluice init` can begin with, and what each one is; the first is the one that nobody has to ask for. */
export const projectTemplates = {
  "rest-api": "a REST API of API Gateway that streams",
  "function-url": "a Function URL that streams",
  "server-sent-events": "events for a browser, which a client that comes back goes on with",
  "typed-json": "a typed and validated event in, lines of JSON out",
  hono: "a Hono application behind a Function URL",
  "llm-chat": "a chat with a language model, and a page that shows the words as they arrive",
} as const;

export type ProjectTemplateName = keyof typeof projectTemplates;

/** Below the package, as far from the source of this file as from what is built of it. */
const folderOfTemplates = fileURLToPath(new URL("../templates/", import.meta.url));

/** Names that npm would leave out of the published package, or read as if they were the package's own. */
const storedNames = { _gitignore: ".gitignore", "_package.json": "package.json" };

/** Writes a project called `name` into a folder, which is made if need be. */
export async function writeProject(
  template: ProjectTemplateName,
  folder: string,
  name: string,
): Promise<void> {
  for (const part of ["common", template]) {
    await cp(join(folderOfTemplates, part), folder, { recursive: true });
  }
  for (const [stored, real] of Object.entries(storedNames)) {
    await rename(join(folder, stored), join(folder, real));
  }
  await edit(join(folder, "package.json"), (text) => `${JSON.stringify(filled(text, name), undefined, 2)}\n`);
  await edit(join(folder, "README.md"), (text) =>
    text.replaceAll("{{name}}", name).replaceAll("{{stack}}", stackName(name)),
  );
}

/** CloudFormation wants a letter first, then letters, digits and hyphens, at most 128 in all. */
function stackName(name: string): string {
  const allowed = name.replace(/[^a-z0-9]+/g, "-").replace(/^[^a-z]+/, "");
  return allowed.slice(0, 128) || "stack";
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, "utf8")));
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** The project's manifest: in place of each `*` stands the version that this command line was tested with. */
function filled(text: string, name: string): Manifest {
  const own: Manifest = createRequire(import.meta.url)("../package.json");
  const versions: Readonly<Record<string, string>> = {
    ...own.dependencies,
    ...own.devDependencies,
    sluice: own.version,
  };
  const pinned = (wanted: Manifest["dependencies"] = {}): Record<string, string> =>
    Object.fromEntries(
      Object.keys(wanted).map((dependency) => {
        const version = versions[dependency];
        if (version === undefined) throw new Error(`A template wants ${dependency}, which has no version.`);
        return [dependency, version];
      }),
    );
  const manifest: Manifest = JSON.parse(text);
  return {
    ...manifest,
    name,
    dependencies: pinned(manifest.dependencies),
    devDependencies: pinned(manifest.devDependencies),
  };
}
