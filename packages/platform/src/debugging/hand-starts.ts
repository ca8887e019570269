import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { Attendance, Attended, HandStart } from "../lambda/attendance.ts";
import { KeptPort } from "../lambda/environment/index.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import type { PlatformEvent } from "../platform-options.ts";
import { encodeEnvironmentFile } from "./environment-file.ts";
import type { FunctionAttendance } from "./function-attendance.ts";

/** Where AWS's own emulator serves its Runtime API; other functions have the ports after it. */
const firstPort = 9001;

/** What processes that are started by hand need of the platform. */
export interface HandStartsOptions {
  /** Absolute; where the files with variables are. */
  readonly folder: string;
  readonly startByHand: (target: LambdaFunction, port: KeptPort) => Promise<HandStart>;
  readonly emit: (event: PlatformEvent) => void;
}

/**
 * Serves the Runtime API of each function at a port that stays the same, and writes what its process needs into a file.
 * The file is also where the port is remembered from one start of the platform to the next.
 */
export class HandStarts implements FunctionAttendance {
  readonly #options: HandStartsOptions;
  readonly #served = new Map<string, { readonly port: KeptPort; content: string }>();

  constructor(options: HandStartsOptions) {
    this.#options = options;
  }

  async prepare(functions: readonly LambdaFunction[]): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
    for (const [name, { port }] of this.#served) {
      if (functions.some((target) => target.name === name)) continue;
      this.#served.delete(name);
      port.close();
    }
    for (const target of functions) {
      const served = this.#served.get(target.name) ?? { port: await this.#open(target.name), content: "" };
      this.#served.set(target.name, served);
      const { environment, command } = await this.#options.startByHand(target, served.port);
      // Who is connected keeps the log stream that it was told of; there is nothing new in another one.
      const content = this.#encode(target.name, environment);
      const isNew = withoutLogStream(content) !== withoutLogStream(served.content);
      if (!isNew) continue;
      served.content = content;
      const environmentFile = this.#fileOf(target.name);
      await writeFile(environmentFile, content, { mode: 0o600 });
      const { address: runtimeApi } = served.port;
      this.#options.emit({
        kind: "by-hand",
        functionName: target.name,
        runtimeApi,
        environmentFile,
        command,
      });
    }
  }

  of(target: LambdaFunction): Attended | undefined {
    const served = this.#served.get(target.name);
    return served === undefined ? undefined : { kind: "by-hand", port: served.port };
  }

  readonly onAwaited: Attendance["onAwaited"] = (target) => {
    const address = this.#served.get(target.name)?.port.address ?? "";
    this.#options.emit({ kind: "waiting", functionName: target.name, awaits: "process", address });
  };

  async close(): Promise<void> {
    for (const { port } of this.#served.values()) port.close();
  }

  #encode(functionName: string, environment: Readonly<Record<string, string>>): string {
    let content = "";
    for (const [name, value] of Object.entries(environment)) {
      try {
        content += encodeEnvironmentFile({ [name]: value });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        this.#options.emit({
          kind: "warning",
          message: `${functionName}: ${error.message} Set it where you start it.`,
        });
      }
    }
    return content;
  }

  #fileOf(name: string): string {
    return join(this.#options.folder, `${name}.env`);
  }

  /** The port that it had, or the first that nobody has. */
  async #open(name: string): Promise<KeptPort> {
    const noted = await this.#notedPorts();
    const own = noted.get(name);
    const kept = own === undefined ? undefined : await openUnlessTaken(own);
    if (kept !== undefined) return kept;
    if (own !== undefined) {
      const message = `${name} can't be served at 127.0.0.1:${own} as before: another program has that port. It has another one now.`;
      this.#options.emit({ kind: "warning", message });
    }
    const taken = new Set(noted.values());
    for (let port = firstPort; port <= 65_535; port++) {
      const opened = taken.has(port) ? undefined : await openUnlessTaken(port);
      if (opened !== undefined) return opened;
    }
    return KeptPort.open(0);
  }

  /** By function. */
  async #notedPorts(): Promise<Map<string, number>> {
    const ports = new Map<string, number>();
    for (const file of await readdir(this.#options.folder)) {
      if (!file.endsWith(".env")) continue;
      const { AWS_LAMBDA_RUNTIME_API: address = "" } = parseEnv(
        await readFile(join(this.#options.folder, file), "utf8"),
      );
      const port = Number(address.split(":")[1]);
      if (port > 0 && port <= 65_535) ports.set(file.slice(0, -".env".length), port);
    }
    return ports;
  }
}

async function openUnlessTaken(port: number): Promise<KeptPort | undefined> {
  try {
    return await KeptPort.open(port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE" || code === "EACCES") return undefined;
    throw error;
  }
}

function withoutLogStream(content: string): string {
  return content.replace(/^AWS_LAMBDA_LOG_STREAM_NAME=.*$/m, "");
}
