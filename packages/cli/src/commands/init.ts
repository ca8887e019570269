import { readdir } from "node:fs/promises";
import { builtinModules } from "node:module";
import { basename, relative, resolve } from "node:path";
import {
  type Command,
  CommandError,
  type CommandInput,
  suggestion,
  type Terminal,
  textOption,
  UsageError,
} from "../command.ts";
import { type ProjectTemplateName, projectTemplates, writeProject } from "../project-template.ts";

const names = Object.keys(projectTemplates) as ProjectTemplateName[];
const list = names.map((name) => `  ${name.padEnd(20)} ${projectTemplates[name]}\n`).join("");

/** Begins a project. */
export const init: Command = {
  usage: "FOLDER [--template NAME] [--list]",
  summary: "Begins a project: a function that streams, its template, its tests.",
  details: `The project is called as its folder, which must be new or empty; . is the folder that you are in.

  --template NAME      ${names[0]} unless given
  --list               print the templates

Templates:

${list}`,
  options: { template: { type: "string" }, list: { type: "boolean" } },
  async run(input, terminal) {
    if (input.values["list"] === true) {
      terminal.out(list);
      return 0;
    }
    const template = await templateOf(input);
    const folder = resolve(terminal.folder, folderOf(input));
    const name = basename(folder);
    refuseName(name);
    await refuseContents(folder, terminal);
    await writeProject(template, folder, name);
    const path = relative(terminal.folder, folder);
    const steps = [...(path === "" ? [] : [`cd ${path}`]), "npm install", "npm test", "npx sluice dev"];
    terminal.out(
      `${name} is ${projectTemplates[template]}. Next:\n\n${steps.map((step) => `  ${step}\n`).join("")}`,
    );
    return 0;
  },
};

async function templateOf(input: CommandInput): Promise<ProjectTemplateName> {
  const wanted = textOption(input, "template") ?? names[0];
  const found = names.find((name) => name === wanted);
  if (found !== undefined) return found;
  const meant = await suggestion(String(wanted), names);
  throw new UsageError(`there is no template "${wanted}".${meant} There are ${names.join(", ")}.`);
}

function folderOf({ positionals }: CommandInput): string {
  const [folder] = positionals;
  if (folder === undefined) throw new UsageError("name the project's folder, such as my-stream.");
  if (positionals.length > 1) throw new UsageError(`one project at a time, not ${positionals.length}.`);
  return folder;
}

/** npm's rules for the names of new packages: https://docs.npmjs.com/cli/configuring-npm/package-json#name */
function refuseName(name: string): void {
  if (/^[a-z0-9-][a-z0-9._-]{0,213}$/.test(name)) {
    if (!["node_modules", "favicon.ico", ...builtinModules].includes(name)) return;
    throw new UsageError(`"${name}" means something else to Node.js or npm; take another name.`);
  }
  const better = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|-+$/g, "")
    .slice(0, 214);
  const hint = better === "" ? "" : ` ${better} would be one.`;
  throw new UsageError(
    `"${name}" is no name for an npm package: it has lower-case letters, digits, -, _ and ., at most 214, and begins with none of the last two.${hint}`,
  );
}

/** A folder that was just cloned is as good as an empty one. */
async function refuseContents(folder: string, terminal: Terminal): Promise<void> {
  const shown = relative(terminal.folder, folder) || "this folder";
  const contents = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR") throw new CommandError(`${shown} is a file. Choose another name.`);
    throw error;
  });
  const [first] = contents.filter((name) => name !== ".git");
  if (first === undefined) return;
  throw new CommandError(
    `${shown} is not empty: it has ${first}. Choose another name, or empty the folder first.`,
  );
}
