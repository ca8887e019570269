import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { type PackageMarker, readPackageMarker } from "@sluice/packager";
import { type ExecutableFile, inspectExecutable } from "./executable-file.ts";

/** What runs a function. */
export interface RuntimeCommand {
  readonly kind: "command";
  /** Absolute path of an executable, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** `AWS_EXECUTION_ENV`; OS-only runtimes have none. */
  readonly executionEnvironment: string | undefined;
  /** `LAMBDA_RUNTIME_DIR`: where the runtime itself is. */
  readonly runtimeDirectory: string;
  /** Variables of this runtime. */
  readonly defaults: Readonly<Record<string, string>>;
  /** For INIT_START: `nodejs:24.21.0`. */
  readonly version: string;
  /**
   * Whether it can be told to send a response and the call for the next event at once, and to take the answers to both at
   * once: our own bootstrap can. `AWS_LAMBDA_RUNTIME_API` is all that any other runtime is told.
   */
  readonly pipelines?: boolean;
}

/** Why a function can't run here. */
export interface RuntimeRefusal {
  readonly kind: "refused";
  /** As AWS has it where AWS refuses as well; `Runtime.InvalidEntrypoint` otherwise. */
  readonly errorType: string;
  /** For the invoker, as AWS words it where AWS refuses as well. */
  readonly errorMessage: string;
  /** For whoever starts the platform: what is wrong, and what to do. */
  readonly advice: string;
  /** For INIT_START. */
  readonly version: string;
}

/** A function, as far as its runtime is concerned. */
export interface RuntimeRequest {
  /** `provided.al2023`, `nodejs24.x` and so on. */
  readonly runtime: string;
  readonly handler: string;
  /** The folder with the function's code. */
  readonly taskRoot: string;
  /** The folder with the content of the layers. */
  readonly layersDirectory: string;
  /** The function's own variables. */
  readonly variables: Readonly<Record<string, string>>;
  readonly memoryMb?: number;
  /** Whether the function may not use more memory than `memoryMb`: Node.js is told. */
  readonly enforceMemory?: boolean;
}

/** What a {@link RuntimeFinder} looks at. */
export interface RuntimeFinderOptions {
  /** `PATH` of this machine. */
  readonly hostPath: string;
  /** Told once about each runtime that runs on another version than its name says. */
  readonly warn: (message: string) => void;
  /** Folders from which the `node` package is looked for, upwards, besides the function's own. */
  readonly searchFrom: readonly string[];
  /** The module that starts a Node.js function; the one of `@sluice/runtime` unless given. */
  readonly nodeBootstrap?: string;
}

/**
 * Finds what runs a function on this machine.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */
export class RuntimeFinder {
  readonly #options: RuntimeFinderOptions;
  readonly #warned = new Set<string>();
  readonly #pythons = new Map<string, Promise<Python | undefined>>();

  constructor(options: RuntimeFinderOptions) {
    this.#options = options;
  }

  async find(request: RuntimeRequest): Promise<RuntimeCommand | RuntimeRefusal> {
    const { runtime } = request;
    if (runtime === "provided.al2" || runtime === "provided.al2023") return this.#findBootstrap(request);
    const node = /^nodejs(\d+)\.x$/.exec(runtime);
    if (node !== null && Number(node[1]) >= oldestNodeMajor) return this.#findNode(request, Number(node[1]));
    const python = /^python3\.(\d+)$/.exec(runtime);
    if (python !== null) return this.#findPython(request, `3.${python[1]}`);
    return refuse(
      runtime,
      `Runtime ${runtime} can't run on this machine.`,
      `Sluice runs nodejs${oldestNodeMajor}.x and newer, python3.*, and any executable named bootstrap as provided.al2023. Package the function as one of these to run it here.`,
    );
  }

  async #findNode(request: RuntimeRequest, major: number): Promise<RuntimeCommand> {
    const { executable, version } = await this.#nodeExecutable(request, major);
    const { layersDirectory, taskRoot } = request;
    const bootstrap =
      this.#options.nodeBootstrap ?? createRequire(import.meta.url).resolve("@sluice/runtime/bootstrap");
    const runtimeDirectory = dirname(bootstrap);
    return {
      kind: "command",
      command: withWrapper([executable, ...heapFlags(request), bootstrap], request),
      executionEnvironment: `AWS_Lambda_${request.runtime}`,
      runtimeDirectory,
      defaults: {
        NODE_PATH: [
          `${layersDirectory}/nodejs/node${major}/node_modules`,
          `${layersDirectory}/nodejs/node_modules`,
          `${runtimeDirectory}/node_modules`,
          runtimeDirectory,
          taskRoot,
        ].join(":"),
        // What the function starts as `node` is the same Node.js.
        PATH: `${dirname(executable)}:${this.#options.hostPath}:${layersDirectory}/bin`,
      },
      version: `nodejs:${version}`,
      pipelines: true,
    };
  }

  async #nodeExecutable(
    request: RuntimeRequest,
    major: number,
  ): Promise<{ executable: string; version: string }> {
    const found = await this.#nodeOfMajor(request, major);
    if (found !== undefined) return found;
    const own = process.versions.node;
    this.#warnOnce(
      request.runtime,
      `${request.runtime} runs on Node.js ${own}, because there is no Node.js ${major} here. \`npm install --save-dev node@${major}\` brings one.`,
    );
    return { executable: process.execPath, version: own };
  }

  /** Node.js of a major version: the one in use, or one from npm. */
  async #nodeOfMajor(
    request: RuntimeRequest,
    major: number,
  ): Promise<{ executable: string; version: string } | undefined> {
    const own = process.versions.node;
    if (majorOf(own) === major) return { executable: process.execPath, version: own };
    for (const folder of [request.taskRoot, ...this.#options.searchFrom]) {
      const found = await findNodePackage(folder, major);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /**
   * `bootstrap` in the function's code, or else in a layer. One that Sluice made for another machine is passed by: its
   * bundle runs on Node.js of the same version.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
   */
  async #findBootstrap(request: RuntimeRequest): Promise<RuntimeCommand | RuntimeRefusal> {
    const version = request.runtime.replace(".", ":");
    for (const [folder, awsFolder] of [
      [request.taskRoot, "/var/task"],
      [request.layersDirectory, "/opt"],
    ] as const) {
      const path = join(folder, "bootstrap");
      const file = await inspectExecutable(path);
      if (file.kind === "missing") continue;
      const runtimeDirectory = join(folder, "runtime");
      const marker = await readPackageMarker(folder);
      if (marker !== undefined && !runsHere(marker)) {
        const node = await this.#nodeOfMajor(request, majorOf(marker.node));
        if (node === undefined) return refuseMarked(marker, path, version);
        return bootstrapCommand([node.executable, join(folder, marker.entry)], runtimeDirectory, version);
      }
      if (file.kind !== "executable") return refuseFile(file, path, awsFolder, version);
      return bootstrapCommand([path], runtimeDirectory, version);
    }
    return {
      kind: "refused",
      errorType: "Runtime.InvalidEntrypoint",
      errorMessage: "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
      advice: `There is no file named bootstrap in ${request.taskRoot}: ${request.runtime} runs an executable of that name from the root of the deployment package.`,
      version,
    };
  }

  async #findPython(request: RuntimeRequest, version: string): Promise<RuntimeCommand | RuntimeRefusal> {
    const python = await this.#pythonFor(request, version);
    if (python === undefined) {
      return refuse(
        request.runtime,
        `Runtime ${request.runtime} can't run on this machine: no python3 with awslambdaric was found.`,
        `\`pip install awslambdaric\` into the Python that comes first in PATH, or into a virtual environment that is active.`,
      );
    }
    if (!python.version.startsWith(`${version}.`)) {
      this.#warnOnce(
        request.runtime,
        `${request.runtime} runs on Python ${python.version}: no Python ${version} with awslambdaric was found.`,
      );
    }
    const { layersDirectory } = request;
    return {
      kind: "command",
      command: withWrapper([python.executable, "-m", "awslambdaric", request.handler], request),
      executionEnvironment: `AWS_Lambda_${request.runtime}`,
      runtimeDirectory: python.packages,
      defaults: {
        PYTHONPATH: `${layersDirectory}/python/lib/python${version}/site-packages:${layersDirectory}/python`,
        LC_CTYPE: "C.UTF-8",
      },
      version: `python:${python.version}`,
    };
  }

  async #pythonFor({ taskRoot }: RuntimeRequest, version: string): Promise<Python | undefined> {
    const candidates = await executablesIn(this.#options.hostPath, [`python${version}`, "python3"]);
    for (const candidate of candidates) {
      // The function may bring its own copy of the client.
      const key = `${candidate}\n${taskRoot}`;
      let probe = this.#pythons.get(key);
      if (probe === undefined) {
        probe = probePython(candidate, taskRoot, this.#options.hostPath);
        this.#pythons.set(key, probe);
      }
      const python = await probe;
      if (python !== undefined) return python;
      // It may be installed by the next time.
      this.#pythons.delete(key);
    }
    return undefined;
  }

  #warnOnce(runtime: string, message: string): void {
    if (this.#warned.has(runtime)) return;
    this.#warned.add(runtime);
    this.#options.warn(message);
  }
}

/**
 * The flags that fit the heap into the function's memory: a tenth for the young generation, of which a semi-space is one
 * half. They stand in `/var/runtime/bootstrap` of AWS's image `public.ecr.aws/lambda/nodejs`.
 */
function heapFlags({ memoryMb, enforceMemory }: RuntimeRequest): readonly string[] {
  if (enforceMemory !== true || memoryMb === undefined) return [];
  const newSpaceMb = Math.floor(memoryMb / 10);
  return [
    `--max-semi-space-size=${Math.floor(newSpaceMb / 2)}`,
    `--max-old-space-size=${memoryMb - newSpaceMb}`,
  ];
}

/** Older ones are gone from AWS, and `@sluice/runtime` does not run on them. */
const oldestNodeMajor = 22;

/** A Python that can import the Runtime Interface Client. */
interface Python {
  readonly executable: string;
  /** `3.13.1` */
  readonly version: string;
  /** Where the client is installed. */
  readonly packages: string;
}

/** OS-only runtimes set no variables of their own. */
function bootstrapCommand(
  command: readonly [string, ...string[]],
  runtimeDirectory: string,
  version: string,
): RuntimeCommand {
  return {
    kind: "command",
    command,
    executionEnvironment: undefined,
    runtimeDirectory,
    defaults: {},
    version,
  };
}

/** Such a package's `bootstrap` is a script, which runs anywhere; the Node.js that it starts does not. */
function runsHere({ architecture }: PackageMarker): boolean {
  return process.platform === "linux" && process.arch === (architecture === "arm64" ? "arm64" : "x64");
}

function refuseMarked({ node, architecture }: PackageMarker, path: string, version: string): RuntimeRefusal {
  const major = majorOf(node);
  const problem = `${path} is made for ${architecture}, and there is no Node.js ${major} here that could run its bundle.`;
  return {
    kind: "refused",
    errorType: "Runtime.InvalidEntrypoint",
    errorMessage: `fork/exec /var/task/bootstrap: exec format error. ${problem}`,
    advice: `${problem} \`npm install --save-dev node@${major}\` brings one.`,
    version,
  };
}

function refuseFile(
  file: Extract<ExecutableFile, { kind: "broken" | "foreign" }>,
  path: string,
  awsFolder: string,
  version: string,
): RuntimeRefusal {
  const errorType = "Runtime.InvalidEntrypoint";
  if (file.kind === "broken") {
    const errorMessage = `fork/exec ${awsFolder}/bootstrap: ${file.reason}`;
    return {
      kind: "refused",
      errorType,
      errorMessage,
      advice: `${path} can't be executed: ${file.cause}.`,
      version,
    };
  }
  const problem = `${path} is made for ${file.madeFor}, and this machine is ${process.platform} on ${process.arch}.`;
  return {
    kind: "refused",
    errorType,
    errorMessage: `fork/exec ${awsFolder}/bootstrap: exec format error. ${problem}`,
    advice: `${problem} Build the function for ${process.arch} to run it here, for instance with Architectures: [${process.arch === "x64" ? "x86_64" : "arm64"}].`,
    version,
  };
}

function refuse(runtime: string, problem: string, cure: string): RuntimeRefusal {
  return {
    kind: "refused",
    errorType: "Runtime.InvalidEntrypoint",
    errorMessage: problem,
    advice: `${problem} ${cure}`,
    version: runtime,
  };
}

/**
 * Managed runtimes let a script start them.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
 */
function withWrapper(
  command: readonly [string, ...string[]],
  request: RuntimeRequest,
): readonly [string, ...string[]] {
  const wrapper = request.variables["AWS_LAMBDA_EXEC_WRAPPER"];
  if (wrapper === undefined || wrapper === "") return command;
  const path = wrapper
    .replace(/^\/var\/task\//, `${request.taskRoot}/`)
    .replace(/^\/opt\//, `${request.layersDirectory}/`);
  return [path, ...command];
}

/** The npm package `node`, under its own name or installed as `node22`, `node-22` and the like. */
async function findNodePackage(
  from: string,
  major: number,
): Promise<{ executable: string; version: string } | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    for (const name of ["node", `node${major}`, `node-${major}`, `node@${major}`]) {
      const found = await readNodePackage(join(folder, "node_modules", name), major);
      if (found !== undefined) return found;
    }
    if (dirname(folder) === folder) return undefined;
  }
}

async function readNodePackage(
  folder: string,
  major: number,
): Promise<{ executable: string; version: string } | undefined> {
  const executable = join(folder, "bin", "node");
  try {
    const { name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    if (name !== "node" || typeof version !== "string" || majorOf(version) !== major) return undefined;
    await access(executable, constants.X_OK);
    return { executable, version };
  } catch {
    return undefined; // not installed here, or without its binary
  }
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

/** Executables of these names, in the order of the names and then of the path. */
async function executablesIn(path: string, names: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of names) {
    for (const folder of path.split(delimiter)) {
      if (folder === "") continue;
      const file = join(folder, name);
      try {
        await access(file, constants.X_OK);
        found.push(file);
      } catch {
        // not there
      }
    }
  }
  return found;
}

const probeScript =
  "import awslambdaric, os, platform, sys; print(sys.executable); print(platform.python_version()); print(os.path.dirname(os.path.dirname(awslambdaric.__file__)))";

function probePython(executable: string, taskRoot: string, hostPath: string): Promise<Python | undefined> {
  return new Promise((resolve) => {
    const options = { cwd: taskRoot, env: { PATH: hostPath }, timeout: 20_000 };
    execFile(executable, ["-c", probeScript], options, (error, stdout) => {
      const [path, version, packages] = stdout.split("\n");
      if (error !== null || path === undefined || version === undefined || packages === undefined)
        resolve(undefined);
      // What the name resolves to, past the shims of version managers.
      else resolve({ executable: path, version, packages });
    });
  });
}
