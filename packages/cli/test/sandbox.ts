import { mkdir, mkdtemp, realpath, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { RunningProcess } from "../../../tests/interop/platform/running-process.ts";
import type { BuiltProgram } from "./built-program.ts";
import type { Finished } from "./recording-terminal.ts";

/** A user's folder, in which the command line runs. */
export class Sandbox implements AsyncDisposable {
  readonly folder: string;
  readonly #processes: RunningProcess[] = [];
  readonly #program: BuiltProgram;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(folder: string, program: BuiltProgram, environment: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.#program = program;
    this.#environment = environment;
  }

  /** @param environment - what the command line sees besides `PATH` and `HOME`. */
  static async create(
    program: BuiltProgram,
    files: Readonly<Record<string, string>> = {},
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Sandbox> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "sluice-cli-")));
    const sandbox = new Sandbox(folder, program, environment);
    for (const [name, content] of Object.entries(files)) await sandbox.write(name, content);
    return sandbox;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Saves a file in one step, so that nobody sees half of it. */
  async write(name: string, content: string): Promise<void> {
    const beside = `${this.folder}.saving`;
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(beside, content);
    await rename(beside, this.path(name));
  }

  /** Starts the command line as a user would; what still runs at the end of the test is killed. */
  start(parameters: readonly string[], input?: string): RunningProcess {
    const process_ = new RunningProcess(process.execPath, [this.#program.path, ...parameters], {
      folder: this.folder,
      environment: { PATH: process.env["PATH"] ?? "", HOME: this.folder, ...this.#environment },
      ...(input === undefined ? {} : { input }),
    });
    this.#processes.push(process_);
    return process_;
  }

  /** Runs a command to its end. */
  async run(parameters: readonly string[], input?: string): Promise<Finished> {
    const { exit, stdout, stderr } = this.start(parameters, input);
    return { code: await exit, out: stdout.text, talk: stderr.text };
  }

  /** Starts `sluice dev` on any free port, and waits until it is up. */
  async dev(parameters: readonly string[] = []): Promise<{ process: RunningProcess; port: number }> {
    const started = this.start(["dev", "--port", "0", ...parameters]);
    const [, port] = await started.stderr.until(
      / is up in \d+ ms\. It listens on http:\/\/127\.0\.0\.1:(\d+)/,
    );
    return { process: started, port: Number(port) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((started) => started[Symbol.asyncDispose]()));
    await rm(this.folder, { recursive: true, force: true });
  }
}
