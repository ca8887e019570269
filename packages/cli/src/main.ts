import { type Command, CommandError, parseInput, type Terminal, UsageError } from "./command.ts";
import { systemTerminal } from "./terminal.ts";

/** Each verb is loaded only when it is used. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  dev: async () => (await import("./commands/dev.ts")).dev,
  invoke: async () => (await import("./commands/invoke.ts")).invoke,
  credentials: async () => (await import("./commands/credentials.ts")).credentials,
  archive: async () => (await import("./commands/archive.ts")).archive,
  validate: async () => (await import("./commands/validate.ts")).validate,
};

/**
 * Runs the command line.
 * @param args - without the program's name.
 * @returns the exit code: 0 when it went well, 1 when it did not, 2 when it was asked wrongly.
 */
export async function main(args: readonly string[], terminal: Terminal = systemTerminal()): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    terminal.out(await overview());
    return name === undefined ? 2 : 0;
  }
  const load = commands[name];
  if (load === undefined) {
    terminal.talk(`sluice: there is no command "${name}". It has ${Object.keys(commands).join(", ")}.\n`);
    return 2;
  }
  const command = await load();
  try {
    const input = parseInput(command, rest);
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
    if (error instanceof CommandError) {
      terminal.talk(`sluice ${name}: ${error.message}\n`);
      return 1;
    }
    throw error;
  }
}

async function overview(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(12)} ${(await load()).summary}\n`),
  );
  return `Usage: sluice <command> [options]\n\n${lines.join("")}\nsluice <command> --help says more.\n`;
}
