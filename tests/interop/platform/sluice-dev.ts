import { cp, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, join, resolve } from "node:path";
import { RunningProcess } from "./running-process.ts";

const root = resolve(import.meta.dirname, "../../..");
const sluice = join(root, "packages/cli/bin/sluice.js");

/** How `sluice dev` is started. */
export interface SluiceDevOptions {
  /** Folder, as seen from this file's: `project` unless set. */
  readonly project?: string;
  /** Files and folders that are put into the copy, from where they are, by their places in the project. */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether it runs none of the project's templates, but what is deployed to it. */
  readonly withoutTemplate?: boolean;
  /** After `dev template.yaml --port 0`. */
  readonly parameters?: readonly string[];
  /** Folders that come first in `PATH`. */
  readonly path?: readonly string[];
}

/** A copy of a project, in a folder of its own, as a user would have it. */
export class Project implements AsyncDisposable {
  readonly folder: string;
  /** What every program here sees: nothing of the machine's own AWS configuration. */
  readonly environment: Readonly<Record<string, string>>;

  private constructor(folder: string, path: readonly string[]) {
    this.folder = folder;
    this.environment = {
      PATH: [...path, join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
      HOME: folder,
      LANG: "C.UTF-8",
      AWS_EC2_METADATA_DISABLED: "true",
    };
  }

  static async copy(
    name: string,
    path: readonly string[] = [],
    files: Readonly<Record<string, string>> = {},
  ): Promise<Project> {
    // Where the temporary folder is a link, esbuild tells the place behind it.
    const folder = await realpath(await mkdtemp(join(tmpdir(), "sluice-interop-")));
    // Neither what is installed there nor what ran there.
    const filter = (source: string) => !["node_modules", ".sluice"].includes(basename(source));
    await cp(join(import.meta.dirname, name), folder, { recursive: true, filter });
    for (const [place, source] of Object.entries(files)) {
      await cp(source, join(folder, place), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    return new Project(folder, path);
  }

  /** Runs the command line. */
  sluice(parameters: readonly string[], input?: string): RunningProcess {
    return this.run(process.execPath, [sluice, ...parameters], input === undefined ? {} : { input });
  }

  run(
    command: string,
    parameters: readonly string[],
    options: { readonly environment?: Readonly<Record<string, string>>; readonly input?: string } = {},
  ): RunningProcess {
    const environment = { ...this.environment, ...options.environment };
    return new RunningProcess(command, parameters, { folder: this.folder, ...options, environment });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** `sluice dev`, running a project in a process of its own. */
export class SluiceDev implements AsyncDisposable {
  readonly project: Project;
  readonly process: RunningProcess;
  /** What `eval "$(sluice credentials)"` sets in a shell. */
  #credentials: Readonly<Record<string, string>> = {};

  private constructor(project: Project, process: RunningProcess) {
    this.project = project;
    this.process = process;
  }

  static async start(options: SluiceDevOptions = {}): Promise<SluiceDev> {
    const project = await Project.copy(options.project ?? "project", options.path, options.files);
    const template = options.withoutTemplate === true ? "--no-template" : "template.yaml";
    const parameters = ["dev", template, "--port", "0", ...(options.parameters ?? [])];
    const dev = new SluiceDev(project, project.sluice(parameters));
    await dev.process.stderr.until(/ is up in /);
    dev.#credentials = await dev.#evaluateCredentials();
    return dev;
  }

  /** What a program sees after `eval "$(sluice credentials)"`. */
  get credentials(): Readonly<Record<string, string>> {
    return this.#credentials;
  }

  /** Runs a program in a shell that has evaluated `sluice credentials`. */
  run(
    command: string,
    parameters: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): RunningProcess {
    return this.project.run(command, parameters, { environment: { ...this.#credentials, ...environment } });
  }

  /** What `sluice dev` prints about an endpoint: its address, and shell lines to paste. */
  async endpoint(title: string): Promise<{ readonly url: string; readonly paste: string }> {
    const [, url = "", paste = ""] = await this.process.stderr.until(
      new RegExp(`^${title}\\n {2}(http\\S+)\\n\\n((?: {2}.*\\n)+)\\n`, "m"),
    );
    return { url, paste };
  }

  async #evaluateCredentials(): Promise<Record<string, string>> {
    const names = [
      "ACCESS_KEY_ID",
      "SECRET_ACCESS_KEY",
      "SESSION_TOKEN",
      "REGION",
      "DEFAULT_REGION",
      "ENDPOINT_URL",
    ];
    const script = `eval "$("$0" "$1" credentials)"; env`;
    await using shell = this.project.run("sh", ["-c", script, process.execPath, sluice]);
    if ((await shell.exit) !== 0) throw new Error(shell.stderr.text);
    return Object.fromEntries(
      names.map((name) => {
        const value = new RegExp(`^AWS_${name}=(.*)$`, "m").exec(shell.stdout.text)?.[1];
        if (value === undefined) throw new Error(`The shell has no AWS_${name}, but:\n${shell.stdout.text}`);
        return [`AWS_${name}`, value];
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGINT");
    await this.process.exit;
    await this.project[Symbol.asyncDispose]();
  }
}
