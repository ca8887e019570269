import { dirname, relative, resolve } from "node:path";
import {
  type ArchiveRequest,
  archiveFunction,
  BuildError,
  type BuildProblem,
  cacheFolderOf,
  type FunctionArchive,
  packageLimits,
  readSluiceMetadata,
  TypeChecker,
} from "@sluice/packager";
import { compileTemplateFile, hasErrors, type LocalFunction, localFunctions } from "@sluice/platform";
import {
  type Command,
  CommandError,
  type CommandInput,
  type Terminal,
  textOption,
  UsageError,
} from "../command.ts";
import { countDiagnostics, formatDiagnostic } from "../diagnostics.ts";
import { parameterValues, templatePath } from "../template-path.ts";

/** Writes deployment packages. */
export const archive: Command = {
  usage: "[template | entry.ts] [--function NAME] [--node VERSION] [--check-types] [--json]",
  summary: "Writes a ZIP for each function, ready for Lambda, the same bytes on every machine.",
  details: `Each function with Metadata: BuildMethod: esbuild is built as its BuildProperties say. Its ZIP goes where CodeUri
names one, so that sam deploy ships it; otherwise it goes to .sluice/<logical id>.zip.
For provided.al2023 the ZIP carries a Node.js and a bootstrap that starts it.

  --function NAME           only the function of that logical id
  --parameter Name=value    a value for one of the template's parameters
  --node VERSION            the Node.js that goes along for provided.al2023, such as 24.21.0
  --compile-cache           take along what V8 compiles at the start, for provided.al2023; the bytes change each time
  --check-types             check types first, with the project's own TypeScript
  --json                    print what was written as JSON

Without a template, name a source file:

  --runtime RUNTIME         provided.al2023 unless given, or nodejs24.x and the like
  --architecture NAME       arm64 unless given, or x86_64
  --output FILE             .sluice/<name of the entry>.zip unless given

In the template, Metadata can say more:

  Metadata:
    BuildMethod: esbuild
    Sluice:
      NodeVersion: 24.21.0    # as --node
      CompileCache: true      # as --compile-cache
      Include: [assets/]      # files and folders that go along as they are
`,
  options: {
    function: { type: "string" },
    parameter: { type: "string", multiple: true },
    node: { type: "string" },
    "compile-cache": { type: "boolean" },
    "check-types": { type: "boolean" },
    json: { type: "boolean" },
    runtime: { type: "string" },
    architecture: { type: "string" },
    output: { type: "string" },
  },
  async run(input, terminal) {
    const requests = await readRequests(input, terminal);
    const archives: FunctionArchive[] = [];
    for (const each of requests) archives.push(await make(each, terminal));
    refuseContradictions(archives, terminal);
    if (input.values["json"] === true) {
      terminal.out(
        `${JSON.stringify(
          archives.map((each) => toJson(each, terminal)),
          undefined,
          2,
        )}\n`,
      );
    } else {
      for (const each of archives) terminal.out(describeArchive(each, terminal));
    }
    return 0;
  },
};

/**
 * Writes the deployment packages of a template's functions, for whoever ships them himself: wherever CodeUri leads.
 * @param input - the template, and values of its parameters.
 * @returns none where nothing is to be built.
 */
export async function archiveTemplate(
  input: CommandInput,
  terminal: Terminal,
): Promise<readonly FunctionArchive[]> {
  const onStep = (step: string): void => terminal.talk(`▸ ${step}\n`);
  const common = { nodeVersion: undefined, compileCache: false, typeChecker: undefined, onStep };
  const cacheFolder = cacheFolderOf(terminal.environment);
  const requests = await templateRequests(input, terminal, { ...common, cacheFolder }, true);
  const archives: FunctionArchive[] = [];
  for (const each of requests) archives.push(await make(each, terminal));
  refuseContradictions(archives, terminal);
  return archives;
}

type CommonRequest = Pick<
  ArchiveRequest,
  "cacheFolder" | "typeChecker" | "onStep" | "nodeVersion" | "compileCache"
>;

/** What is asked for, and where. */
interface PlacedRequest {
  readonly request: ArchiveRequest;
  /** `template.yaml:5:3`; nothing where there is no template. */
  readonly place: string | undefined;
}

async function readRequests(input: CommandInput, terminal: Terminal): Promise<PlacedRequest[]> {
  const onStep = (step: string): void => terminal.talk(`▸ ${step}\n`);
  const common: CommonRequest = {
    nodeVersion: textOption(input, "node"),
    compileCache: input.values["compile-cache"] === true,
    typeChecker: input.values["check-types"] === true ? new TypeChecker(onStep) : undefined,
    cacheFolder: cacheFolderOf(terminal.environment),
    onStep,
  };
  const [entry] = input.positionals;
  if (entry !== undefined && /\.[cm]?[jt]sx?$/.test(entry))
    return [{ request: bareRequest(entry, input, terminal, common), place: undefined }];
  for (const name of ["runtime", "architecture", "output"]) {
    if (input.values[name] !== undefined)
      throw new UsageError(`--${name} goes with a source file; a template says it itself.`);
  }
  return templateRequests(input, terminal, common);
}

function bareRequest(
  entry: string,
  input: CommandInput,
  terminal: Terminal,
  common: CommonRequest,
): ArchiveRequest {
  if (input.positionals.length > 1) throw new UsageError("one source file at a time.");
  const runtime = textOption(input, "runtime") ?? "provided.al2023";
  const architecture = textOption(input, "architecture") ?? "arm64";
  if (architecture !== "arm64" && architecture !== "x86_64")
    throw new UsageError(`--architecture is "${architecture}"; give arm64 or x86_64.`);
  const name = entry.replace(/^.*[\\/]/, "").replace(/\.[^.]*$/, "");
  return {
    ...common,
    source: {
      logicalId: name,
      runtime,
      handler: `${name}.handler`,
      templateFolder: terminal.folder,
      codeUri: undefined,
      buildProperties: {
        EntryPoints: [entry],
        Format: "esm",
        OutExtension: [".js=.mjs"],
        Target: `node${/^nodejs(\d+)/.exec(runtime)?.[1] ?? "24"}`,
      },
    },
    architecture,
    file: resolve(terminal.folder, textOption(input, "output") ?? `.sluice/${name}.zip`),
  };
}

async function templateRequests(
  input: CommandInput,
  terminal: Terminal,
  common: CommonRequest,
  isShipped = false,
): Promise<PlacedRequest[]> {
  const template = templatePath(input, terminal);
  const folder = dirname(template);
  const name = relative(terminal.folder, template);
  const region = terminal.environment["AWS_REGION"] ?? "us-east-1";
  const { compiled, diagnostics } = await compileTemplateFile({
    template: resolve(template),
    name,
    parameters: parameterValues(input),
    region,
  });
  for (const diagnostic of diagnostics) terminal.talk(formatDiagnostic(diagnostic));
  if (compiled === undefined || hasErrors(diagnostics))
    throw new CommandError(`${name}: ${countDiagnostics(diagnostics)}.`);
  const all = localFunctions(compiled);
  const wanted = textOption(input, "function");
  const chosen = wanted === undefined ? all : all.filter(({ logicalId }) => logicalId === wanted);
  if (wanted !== undefined && chosen.length === 0) {
    const has = all.map(({ logicalId }) => logicalId).join(", ") || "none";
    throw new CommandError(`${name} has no function "${wanted}" whose code is here. It has ${has}.`);
  }
  const built = chosen.filter(({ metadata }) => metadata["BuildMethod"] === "esbuild");
  for (const each of isShipped ? [] : chosen.filter((other) => !built.includes(other))) {
    const { logicalId, codeUri, metadata } = each;
    const method = metadata["BuildMethod"];
    terminal.talk(
      method === undefined
        ? `${logicalId}: nothing to build, sam deploy ships ${codeUri} as it is.\n`
        : `WARNING: ${placeOf(each)}: ${logicalId} has BuildMethod: ${String(method)}, and only esbuild is built here. It has no archive.\n`,
    );
  }
  if (built.length === 0 && !isShipped) {
    throw new CommandError(
      `${name} has no function to build. Add Metadata: BuildMethod: esbuild to one, and BuildProperties with its EntryPoints.`,
    );
  }
  return built.map((each) => ({
    request: templateRequest(each, folder, terminal, common, isShipped),
    place: placeOf(each),
  }));
}

function templateRequest(
  target: LocalFunction,
  templateFolder: string,
  terminal: Terminal,
  common: CommonRequest,
  isShipped: boolean,
): ArchiveRequest {
  const { logicalId, runtime, handler, codeUri, metadata } = target;
  const place = `${placeOf(target)}: ${logicalId}`;
  if (runtime === undefined) {
    throw new CommandError(
      `${place} has a Runtime that only a stack knows. Write it out, or make it a parameter.`,
    );
  }
  const own = ownMetadata(target);
  const archiveName = /\.(?:zip|jar)$/i.test(codeUri) ? codeUri : `.sluice/${logicalId}.zip`;
  if (archiveName !== codeUri && !isShipped) {
    terminal.talk(
      `WARNING: ${place} has CodeUri ${codeUri}, which sam deploy ships as it is. Write CodeUri: ${archiveName} to ship the archive; entry points are then relative to the template.\n`,
    );
  }
  return {
    ...common,
    nodeVersion: common.nodeVersion ?? own.nodeVersion,
    compileCache: common.compileCache === true || own.compileCache,
    source: {
      logicalId,
      runtime,
      handler,
      templateFolder,
      codeUri,
      buildProperties: map(metadata["BuildProperties"]),
      nodeOptions: target.nodeOptions,
      include: own.include,
    },
    architecture: target.architecture,
    hasLayers: target.hasLayers,
    file: resolve(templateFolder, archiveName),
  };
}

function ownMetadata(target: LocalFunction): ReturnType<typeof readSluiceMetadata> {
  try {
    return readSluiceMetadata(target.logicalId, target.metadata);
  } catch (error) {
    return mendable(error, placeOf(target));
  }
}

function placeOf({ position: { file, line, column } }: LocalFunction): string {
  return `${file}:${line}:${column}`;
}

async function make({ request, place }: PlacedRequest, terminal: Terminal): Promise<FunctionArchive> {
  const made = await archiveFunction(request).catch((error: unknown) => mendable(error, place));
  for (const warning of made.warnings) terminal.talk(`WARNING: ${describeProblem(warning, terminal)}\n`);
  if (made.bytes > packageLimits.directUploadBytes) {
    terminal.talk(
      `WARNING: ${relative(terminal.folder, made.file)} has more than the 50 MB that Lambda takes directly. sam deploy goes through S3, where that does not matter.\n`,
    );
  }
  return made;
}

function mendable(error: unknown, place?: string): never {
  if (!(error instanceof BuildError)) throw error;
  throw new CommandError(place === undefined ? error.message : `${place}: ${error.message}`);
}

/** Functions may share an archive if it is the same. */
function refuseContradictions(archives: readonly FunctionArchive[], terminal: Terminal): void {
  const byFile = new Map<string, FunctionArchive>();
  for (const each of archives) {
    const other = byFile.get(each.file);
    if (other !== undefined && other.codeSha256 !== each.codeSha256) {
      throw new CommandError(
        `${other.logicalId} and ${each.logicalId} both name ${relative(terminal.folder, each.file)} in CodeUri, and are not the same code. Give each its own.`,
      );
    }
    byFile.set(each.file, each);
  }
}

/** Modules and files that are told without `--json`. */
const shownModules = 8;
const shownFiles = 12;

function describeArchive(made: FunctionArchive, terminal: Terminal): string {
  const target =
    made.nodeVersion === undefined ? made.runtime : `${made.runtime} with Node.js ${made.nodeVersion}`;
  const lines = [
    `${relative(terminal.folder, made.file)}  ${size(made.bytes)}, ${size(made.unpackedBytes)} unpacked (${percent(made.unpackedBytes, packageLimits.unpackedBytes)} of what Lambda takes)`,
    `  ${made.logicalId}: ${target}, ${made.architecture}`,
    `  CodeSha256 ${made.codeSha256}`,
    ...entryRows(made),
  ];
  if (made.modules.length > 0) {
    lines.push(
      "  bundled:",
      ...made.modules.slice(0, shownModules).map(({ name, bytes }) => row(bytes, name)),
    );
    const rest = made.modules.slice(shownModules);
    if (rest.length > 0) lines.push(row(sum(rest), `${rest.length} more`));
  }
  return `${lines.join("\n")}\n`;
}

/** Files one by one, packages as a whole. */
function entryRows({ entries }: FunctionArchive): string[] {
  const sizes = new Map<string, { bytes: number; files: number }>();
  for (const { name, bytes } of entries) {
    const [folder] = /^node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(name) ?? [name];
    const seen = sizes.get(folder) ?? { bytes: 0, files: 0 };
    sizes.set(folder, { bytes: seen.bytes + bytes, files: seen.files + 1 });
  }
  const rows = [...sizes].map(([name, { bytes, files }]) => ({
    bytes,
    name: name.endsWith("/") ? `${name} (${files} ${files === 1 ? "file" : "files"})` : name,
  }));
  if (rows.length <= shownFiles) return rows.map(({ bytes, name }) => row(bytes, name));
  const largest = rows.sort((a, b) => b.bytes - a.bytes).slice(0, shownFiles);
  const rest = rows.slice(shownFiles);
  return [...largest.map(({ bytes, name }) => row(bytes, name)), row(sum(rest), `${rest.length} more`)];
}

function row(bytes: number, name: string): string {
  return `  ${size(bytes).padStart(10)}  ${name}`;
}

function toJson(made: FunctionArchive, terminal: Terminal): unknown {
  return {
    ...made,
    file: relative(terminal.folder, made.file),
    limits: packageLimits,
    warnings: made.warnings.map((warning) => ({ ...warning, file: shortFile(warning, terminal) })),
  };
}

function describeProblem(problem: BuildProblem, terminal: Terminal): string {
  const file = shortFile(problem, terminal);
  const place = [file, problem.line, problem.column].filter((part) => part !== undefined).join(":");
  const text = place === "" ? problem.message : `${place}: ${problem.message}`;
  return problem.hint === undefined ? text : `${text}\n  ${problem.hint}`;
}

function shortFile({ file }: BuildProblem, terminal: Terminal): string | undefined {
  return file === undefined ? undefined : relative(terminal.folder, file);
}

function sum(modules: readonly { readonly bytes: number }[]): number {
  return modules.reduce((total, { bytes }) => total + bytes, 0);
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function percent(part: number, whole: number): string {
  const value = (part / whole) * 100;
  return value < 1 ? "less than 1 %" : `${Math.round(value)} %`;
}

function map(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
