import { createRequire } from "node:module";
import { type Command, CommandError, parseInput, suggestion, type Terminal, UsageError } from "./command.ts";
import { systemTerminal } from "./terminal.ts";

/** Each verb is loaded only when it is used. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import("./commands/init.ts")).init,
  dev: async () => (await import("./commands/dev.ts")).dev,
  invoke: async () => (await import("./commands/invoke.ts")).invoke,
  whoami: async () => (await import("./commands/whoami.ts")).whoami,
  explain: async () => (await import("./commands/explain.ts")).explain,
  credentials: async () => (await import("./commands/credentials.ts")).credentials,
  deploy: async () => (await import("./commands/deploy.ts")).deploy,
  delete: async () => (await import("./commands/delete.ts")).deleteStack,
  logs: async () => (await import("./commands/logs.ts")).logs,
  archive: async () => (await import("./commands/archive.ts")).archive,
  validate: async () => (await import("./commands/validate.ts")).validate,
};

/**
 * Runs the command line.
 * @param args - without the program's name.
 * @returns the exit code: 0 when it went well, 1 when it did not, 2 when it was asked wrongly.
 */
export async function main(args: readonly string[], terminal: Terminal = systemTerminal()): Promise<number> {
  const [name, ...rest] = args[0] === "help" && args[1] !== undefined ? [args[1], "--help"] : args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    if (name === undefined) terminal.talk(await overview());
    else terminal.out(await overview());
    return name === undefined ? 2 : 0;
  }
  if (name === "--version") {
    terminal.out(`${createRequire(import.meta.url)("../package.json").version}\n`);
    return 0;
  }
  const names = Object.keys(commands);
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    const meant = await suggestion(name, names);
    terminal.talk(`sluice: there is no command "${name}".${meant} There are ${names.join(", ")}.\n`);
    return 2;
  }
  const command = await load();
  try {
    const input = await parseInput(command, rest);
    if (input.values["help"] === true) {
      terminal.out(`Usage: sluice ${name} ${command.usage}\n\n${command.summary}\n\n${command.details}`);
      return 0;
    }
    return await command.run(input, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.talk(`sluice ${name}: ${error.message}\nUsage: sluice ${name} ${command.usage}\n`);
      return 2;
    }
    const problem = await problemOf(error);
    if (problem === undefined) throw error;
    terminal.talk(`sluice ${name}: ${problem}\n`);
    return 1;
  }
}

/** What the user can mend, in a line; nothing if it is a bug. */
async function problemOf(error: unknown): Promise<string | undefined> {
  if (error instanceof CommandError) return error.message;
  const { CredentialsFileError, ListenError, NoSuchFunctionError, StateFileError } = await import(
    "@sluice/platform"
  );
  const known = [CredentialsFileError, ListenError, NoSuchFunctionError, StateFileError];
  if (known.some((kind) => error instanceof kind)) return (error as Error).message;
  // A file or folder of the user's that can't be read or written.
  const { code, path, syscall, message } = error as NodeJS.ErrnoException;
  return code !== undefined && syscall !== undefined && path !== undefined ? message : undefined;
}

async function overview(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(12)} ${(await load()).summary}\n`),
  );
  return `Usage: sluice <command> [options]\n\n${lines.join("")}\nsluice <command> --help says more.\n`;
}
