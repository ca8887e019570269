import type { DebugOptions } from "@sluice/platform";
import { type CommandInput, portOption, UsageError } from "../command.ts";

/** Options for who debugs functions. */
export const debugOptions = {
  debug: { type: "string" },
  "debug-function": { type: "string", multiple: true },
  "only-runtime": { type: "boolean" },
} as const;

export const debugUsage = "[--debug[=9229]] [--debug-function NAME] [--only-runtime]";

/** For `--help`. */
export const debugDetails = `To debug functions:

  --debug[=PORT]            let every Node.js function wait for a debugger before its code runs, the first one at this
                            port of 127.0.0.1, 9229 unless given, the others at those after it; 0 for any free ones
  --debug-function NAME     only this function, by its logical id or name; may be given more than once
  --only-runtime            start no function: serve the Runtime API of each, for processes that you start yourself

Either way a function has one process, and invocations wait for it; no timeout ends them, and nothing limits memory.
`;

/** The port where the first function waits for a debugger. */
const standardPort = 9229;

/** For a `--debug` without a port. */
export const debugStandardValues: Readonly<Record<string, string>> = { debug: String(standardPort) };

/** What is to be debugged, and how. @throws {UsageError} */
export function debuggingOf(input: CommandInput): {
  readonly debug?: DebugOptions;
  readonly onlyRuntime: boolean;
} {
  const onlyRuntime = input.values["only-runtime"] === true;
  const named = input.values["debug-function"];
  const functions = Array.isArray(named) ? named.map(String) : undefined;
  if (input.values["debug"] === undefined && functions === undefined) return { onlyRuntime };
  if (onlyRuntime) {
    throw new UsageError(
      "--only-runtime starts no function that --debug could be for: debug the processes that you start, or leave it out.",
    );
  }
  const port = portOption(input, "debug", standardPort);
  return { debug: functions === undefined ? { port } : { port, functions }, onlyRuntime };
}
