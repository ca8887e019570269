import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { CommandError, type CommandInput, type Terminal, UsageError } from "./command.ts";

const usualNames = ["template.yaml", "template.yml", "template.json"];

/** The template that the user names, or the one in the working directory. @throws {CommandError} if there is none. */
export function templatePath({ positionals }: CommandInput, terminal: Terminal): string {
  if (positionals.length > 1) throw new UsageError(`one template at a time, not ${positionals.length}.`);
  const [named] = positionals;
  const names = named === undefined ? usualNames : [named];
  const found = names.map((name) => resolve(terminal.folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new CommandError(
    named === undefined
      ? `there is no ${usualNames.join(", ")} here. Name the template, or change to its folder.`
      : `${named} does not exist.`,
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
