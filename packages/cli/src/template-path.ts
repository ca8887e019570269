import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { CommandError, type CommandInput, type Terminal, UsageError } from "./command.ts";

const usualNames = ["template.yaml", "template.yml", "template.json"];

/**
 * The template that the user names, or the one in the folder that the user names, or in the working directory.
 * @throws {CommandError} if there is none.
 */
export function templatePath({ positionals }: CommandInput, terminal: Terminal): string {
  if (positionals.length > 1) throw new UsageError(`one template at a time, not ${positionals.length}.`);
  const [named] = positionals;
  const path = resolve(terminal.folder, named ?? ".");
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) throw new CommandError(`${named} does not exist.`);
  if (!status.isDirectory()) return path;
  const found = usualNames
    .map((name) => join(path, name))
    .find((file) => statSync(file, { throwIfNoEntry: false }));
  if (found !== undefined) return found;
  const names = `${usualNames.slice(0, -1).join(", ")} or ${usualNames.at(-1)}`;
  throw new CommandError(
    named === undefined
      ? `there is no ${names} here. Name the template, or change to its folder.`
      : `${named} has no ${names}. Name the template.`,
  );
}

/** `--parameter Name=value`, as often as there are parameters. @throws {UsageError} */
export function parameterValues(input: CommandInput): Record<string, string> {
  const given = input.values["parameter"];
  const list = Array.isArray(given) ? given : given === undefined ? [] : [given];
  return Object.fromEntries(
    list.map((item) => {
      const match = /^([A-Za-z0-9]+)=(.*)$/s.exec(String(item));
      if (match?.[1] === undefined)
        throw new UsageError(`--parameter takes Name=value, not "${String(item)}".`);
      return [match[1], match[2] ?? ""];
    }),
  );
}
