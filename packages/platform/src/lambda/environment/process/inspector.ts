import { open } from "node:fs/promises";
import type { ProcessCommand } from "./supervised-process.ts";

/**
 * Whether Node.js may be what a command of a runtime runs: it is a Node.js runtime, or a script. What else there is can't
 * be told to wait.
 */
export async function mayBeInspected(runtime: string, command: ProcessCommand["command"]): Promise<boolean> {
  if (runtime.startsWith("nodejs")) return true;
  if (!runtime.startsWith("provided.")) return false;
  // A package that is run past its bootstrap is given to Node.js.
  if (command.length > 1) return true;
  const file = await open(command[0]);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.toString("latin1", 0, bytesRead) === "#!";
  } finally {
    await file.close();
  }
}

/**
 * The same with an inspector that Node.js opens first of all, and waits at.
 *
 * `--inspect-wait` would be handed on to every Node.js that the function starts, and those would end because the port is
 * taken. So it is a module that is imported before any other, opens the inspector, and takes itself out of the variables.
 *
 * @param port - of 127.0.0.1; 0 for any free one.
 */
export function inspected(command: ProcessCommand, port: number): ProcessCommand {
  const own = command.environment["NODE_OPTIONS"];
  const options = JSON.stringify(own);
  const restore =
    own === undefined ? "delete process.env.NODE_OPTIONS" : `process.env.NODE_OPTIONS=${options}`;
  const program = `import{open}from"node:inspector";import{isMainThread}from"node:worker_threads";${restore};if(isMainThread)open(${port},"127.0.0.1",true)`;
  const option = `--import=data:text/javascript,${encodeURIComponent(program)}`;
  const NODE_OPTIONS = own === undefined ? option : `${own} ${option}`;
  return { ...command, environment: { ...command.environment, NODE_OPTIONS } };
}

/** The port that Node.js says it waits at, if that is what a line says. */
export function inspectorPort(line: string): number | undefined {
  const [, port] = /^Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line) ?? [];
  return port === undefined ? undefined : Number(port);
}
