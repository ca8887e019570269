import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** One verb of the command line. */
export interface Command {
  /** What follows the verb in the usage line. */
  readonly usage: string;
  /** One line. */
  readonly summary: string;
  /** What `--help` says after the usage line. */
  readonly details: string;
  readonly options: ParseArgsOptionsConfig;
  /** Options whose value may be left out, and what they have then. A number after one is its value. */
  readonly standardValues?: Readonly<Record<string, string>>;
  /** @returns the exit code. */
  run(input: CommandInput, terminal: Terminal): Promise<number>;
}

/** What the user typed after the verb. */
export interface CommandInput {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
}

/** Where the command line reads and writes: results go to `out`, everything else to `talk`. */
export interface Terminal {
  readonly environment: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly isInteractive: boolean;
  out(content: string | Uint8Array): void;
  talk(text: string): void;
  /** Reads standard input to its end. */
  readInput(): Promise<Buffer>;
  /** Asks the user for a line. Nothing where there is nobody to ask: not a terminal. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** Resolves when the user asks the command to stop. */
  readonly interrupted: Promise<void>;
}

/** The user's mistake: printed as it is, without a stack, with exit code 2. */
export class UsageError extends Error {}

/** Something that the user can mend, such as a broken template: printed without a stack, with exit code 1. */
export class CommandError extends Error {}

/** Reads the arguments of a command. @throws {UsageError} */
export async function parseInput(command: Command, args: readonly string[]): Promise<CommandInput> {
  const options: ParseArgsOptionsConfig = { help: { type: "boolean", short: "h" }, ...command.options };
  try {
    const { positionals, values } = parseArgs({
      args: withStandardValues(args, command.standardValues ?? {}),
      options,
      allowPositionals: true,
      strict: true,
    });
    return { positionals, values: values as CommandInput["values"] };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const name = /'(?:-\w, )?(-[^' ]*)/.exec(message)?.[1] ?? "";
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
      const names = Object.keys(options).map((option) => `--${option}`);
      throw new UsageError(`there is no option ${name}.${await suggestion(name, names)}`);
    }
    const needsValue = options[name.replace(/^--/, "")]?.type === "string";
    throw new UsageError(needsValue ? `${name} needs a value.` : `${name} takes no value.`);
  }
}

/** `--debug` and `--debug 9300` as they would be if the value could not be left out. */
function withStandardValues(
  args: readonly string[],
  standardValues: Readonly<Record<string, string>>,
): string[] {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const complete: string[] = [];
  for (let index = 0; index < end; index++) {
    const arg = args[index] ?? "";
    const standard = arg.startsWith("--") ? standardValues[arg.slice(2)] : undefined;
    const next = args[index + 1] ?? "";
    if (standard === undefined) complete.push(arg);
    else if (index + 1 < end && /^-?\d+$/.test(next)) {
      complete.push(`${arg}=${next}`);
      index += 1;
    } else complete.push(`${arg}=${standard}`);
  }
  return [...complete, ...args.slice(end)];
}

/** ` Did you mean --port?`, or nothing. */
export async function suggestion(text: string, candidates: readonly string[]): Promise<string> {
  const { nearest } = await import("@sluice/platform");
  const meant = nearest(text, candidates);
  return meant === undefined ? "" : ` Did you mean ${meant}?`;
}

/** The value of a text option. */
export function textOption(input: CommandInput, name: string): string | undefined {
  const value = input.values[name];
  return typeof value === "string" ? value : undefined;
}

/** The value of an option that is a port. @throws {UsageError} */
export function portOption(input: CommandInput, name: string, standard: number): number {
  const text = textOption(input, name);
  if (text === undefined) return standard;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--${name} is "${text}"; give a port from 0 to 65535.`);
}
