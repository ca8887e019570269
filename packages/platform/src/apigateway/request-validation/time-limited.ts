import { createContext, Script } from "node:vm";

const script = new Script("run()");
const context: { run?: () => void } = createContext({});

/**
 * Calls a function that may take for ever, such as one that matches a regular expression of somebody else's.
 * @returns what it returns, or nothing where it wasn't done in time.
 * @throws what it throws.
 */
export function timeLimited<T>(work: () => T, milliseconds: number): { readonly value: T } | undefined {
  let result: { readonly value: T } | undefined;
  context.run = () => {
    result = { value: work() };
  };
  try {
    script.runInContext(context, { timeout: milliseconds });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    return undefined;
  } finally {
    delete context.run;
  }
  return result;
}
