import type { Terminal } from "../src/command.ts";
import { main } from "../src/main.ts";

/** What a command printed, and how it ended. */
export interface Finished {
  readonly code: number | NodeJS.Signals;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly talk: string;
}

/**
 * Runs the command line within the test, for what needs no process of its own.
 * @param answers - what the user answers to questions, in a terminal then; there is none unless given.
 */
export async function runHere(
  parameters: readonly string[],
  folder = "/",
  input = "",
  environment: NodeJS.ProcessEnv = {},
  answers?: readonly string[],
): Promise<Finished> {
  let out = "";
  let talk = "";
  const left = answers && [...answers];
  const answered = (question: string, answer: string) => {
    talk += `${question}${answer}\n`;
    return answer;
  };
  const terminal: Terminal = {
    environment,
    folder,
    isInteractive: answers !== undefined,
    out: (content) => {
      out += typeof content === "string" ? content : Buffer.from(content).toString("utf8");
    },
    talk: (text) => {
      talk += text;
    },
    readInput: () => Promise.resolve(Buffer.from(input)),
    ask: left && ((question) => Promise.resolve(answered(question, left.shift() ?? ""))),
    interrupted: Promise.resolve(),
  };
  return { code: await main(parameters, terminal), out, talk };
}
