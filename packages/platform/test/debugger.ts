import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { SourceMap, type SourceMapPayload } from "node:module";
import { fileURLToPath } from "node:url";
import { Condition } from "../src/lambda/environment/testing/condition.ts";

/** A place in a source file: lines from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
}

interface Script {
  readonly scriptId: string;
  readonly url: string;
  readonly sourceMapURL: string;
}

interface Paused {
  readonly reason: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly hitBreakpoints?: readonly string[];
  readonly callFrames: readonly {
    readonly callFrameId: string;
    readonly location: {
      readonly scriptId: string;
      readonly lineNumber: number;
      readonly columnNumber: number;
    };
  }[];
}

/** A debugger that is attached to Node.js, as editors are: over the inspector's WebSocket, and through source maps. */
export class Debugger implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #condition = new Condition();
  readonly #answers = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  readonly #scripts: Script[] = [];
  #paused: Paused | undefined;
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(String(data))));
  }

  /** Attaches to the process that waits there, which goes on waiting. */
  static async attach(address: string): Promise<Debugger> {
    const targets = (await (await fetch(`http://${address}/json/list`)).json()) as {
      webSocketDebuggerUrl: string;
    }[];
    const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? "");
    await once(socket, "open");
    const attached = new Debugger(socket);
    await attached.send("Runtime.enable");
    await attached.send("Debugger.enable");
    return attached;
  }

  /** Lets the process run. */
  async run(): Promise<void> {
    await this.send("Runtime.runIfWaitingForDebugger");
  }

  /** Lets the process run with a breakpoint in a source file, set before the file's code runs. */
  async runTo(place: SourcePlace): Promise<void> {
    const { breakpointId } = await this.send("Debugger.setInstrumentationBreakpoint", {
      instrumentation: "beforeScriptWithSourceMapExecution",
    });
    await this.run();
    for (;;) {
      await this.paused();
      const script = this.#scripts.findLast(({ sourceMapURL }) => sourceMapURL !== "");
      const position = script && positionOf(await readSourceMap(script), place);
      if (script !== undefined && position !== undefined) {
        await this.send("Debugger.setBreakpoint", { location: { scriptId: script.scriptId, ...position } });
        break;
      }
      await this.resume();
    }
    await this.send("Debugger.removeBreakpoint", { breakpointId });
    await this.resume();
  }

  /** Resolves with where the process stands, in its source, once it has stopped at a breakpoint. */
  async paused(): Promise<SourcePlace | undefined> {
    const { callFrames } = await this.#condition.until(() => this.#paused);
    const location = callFrames[0]?.location;
    const script = this.#scripts.find(({ scriptId }) => scriptId === location?.scriptId);
    if (location === undefined || script === undefined || script.sourceMapURL === "") return undefined;
    const entry = (await readSourceMap(script)).findEntry(location.lineNumber, location.columnNumber);
    return "originalSource" in entry
      ? {
          file: fileURLToPath(new URL(entry.originalSource, script.url)),
          line: entry.originalLine + 1,
        }
      : undefined;
  }

  async resume(): Promise<void> {
    this.#paused = undefined;
    await this.send("Debugger.resume");
  }

  /** What an expression is where the process stands. */
  async evaluate(expression: string): Promise<unknown> {
    const callFrameId = this.#paused?.callFrames[0]?.callFrameId;
    const answer = await this.send("Debugger.evaluateOnCallFrame", {
      callFrameId,
      expression,
      returnByValue: true,
    });
    return (answer["result"] as { value?: unknown }).value;
  }

  send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    this.#lastId += 1;
    const answer = Promise.withResolvers<Record<string, unknown>>();
    this.#answers.set(this.#lastId, answer);
    this.#socket.send(JSON.stringify({ id: this.#lastId, method, params }));
    return answer.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    this.#socket.close();
    await once(this.#socket, "close");
  }

  #take(message: {
    readonly id?: number;
    readonly method?: string;
    readonly params?: unknown;
    readonly result?: Record<string, unknown>;
    readonly error?: { readonly message: string };
  }): void {
    const { id, method, params, result, error } = message;
    if (id !== undefined) {
      if (error === undefined) this.#answers.get(id)?.resolve(result ?? {});
      else this.#answers.get(id)?.reject(new Error(error.message));
      this.#answers.delete(id);
    }
    if (method === "Debugger.scriptParsed") this.#scripts.push(params as Script);
    // Node.js waits for whoever is attached before it ends.
    if (method === "Runtime.executionContextDestroyed") this.#socket.close();
    if (method === "Debugger.paused") this.#paused = params as Paused;
    this.#condition.notify();
  }
}

async function readSourceMap({ url, sourceMapURL }: Script): Promise<SourceMap> {
  const payload: SourceMapPayload = JSON.parse(await readFile(new URL(sourceMapURL, url), "utf8"));
  return new SourceMap(payload);
}

/** Where the code of a source's line begins in what was made of it. */
function positionOf(
  map: SourceMap,
  { file, line }: SourcePlace,
): { readonly lineNumber: number; readonly columnNumber: number } | undefined {
  const lines = map.payload.mappings.split(";").length;
  for (let lineNumber = 0; lineNumber < lines; lineNumber++) {
    // Minified code has few lines, and long ones.
    for (let column = 0; column < 10_000; column++) {
      const entry = map.findEntry(lineNumber, column);
      if (!("originalSource" in entry) || entry.generatedLine !== lineNumber) continue;
      if (entry.originalLine === line - 1 && entry.originalSource.endsWith(file)) {
        return { lineNumber, columnNumber: entry.generatedColumn };
      }
    }
  }
  return undefined;
}
