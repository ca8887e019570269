import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { BuildError, type BuildProblem } from "@sluice/packager";
import {
  type CompiledTemplate,
  type Diagnostic,
  hasErrors,
  type Position,
  sortedDiagnostics,
} from "../cloudformation/index.ts";
import { CodeError } from "../lambda/code/code-error.ts";
import { prepareCode, prepareLayers } from "../lambda/code/code-preparation.ts";
import { findForeignAddon } from "../lambda/code/native-addons.ts";
import type { RuntimeFinder } from "../lambda/environment/index.ts";
import type { LambdaFunction, Publication } from "../lambda/lambda-function.ts";
import { PublishedVersions, type VersionDraft } from "../lambda/published-versions.ts";
import { localAccountId, localStackName } from "../platform-options.ts";
import { createStack, type StackCreation } from "./create-stack.ts";
import { DefinitionFiles } from "./definition-files.ts";
import { policiesOf, publicationOf } from "./function-publication.ts";
import type { FunctionResource, StackModel } from "./stack-model.ts";
import { compileTemplateFile, type TemplateFile } from "./template-file.ts";

/** What a template is made into a running stack with. */
export interface DeploymentOptions extends Omit<StackCreation, "definitions"> {
  /** Absolute path. */
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Where code is built and unpacked; a new folder for each deployment, so that running functions keep theirs. */
  readonly buildFolder: string;
  /** Says what can't run here; nobody is asked where no function is started. */
  readonly runtimes: RuntimeFinder | undefined;
}

/** A template that was taken as far as it goes. */
export interface Deployment {
  readonly diagnostics: readonly Diagnostic[];
  /** Nothing if a diagnostic is an error. */
  readonly stack: DeployableStack | undefined;
  /** Files and folders whose change asks for another deployment, absolute. */
  readonly inputs: readonly string[];
}

/** Everything of a template that can run. */
export interface DeployableStack {
  readonly model: StackModel;
  readonly functions: readonly LambdaFunction[];
  /** Everything that is published of each function, by its name. */
  readonly publications: ReadonlyMap<string, Publication>;
  /** Folders that may go when nothing runs any more of what was there before. */
  readonly leftFolders: readonly string[];
}

/**
 * Takes a template from its file to functions that can run: transform, resources, code. A mistake in one of them keeps
 * no other from being told.
 * @throws if the file can't be read.
 */
export async function deployTemplate(options: DeploymentOptions): Promise<Deployment> {
  const { template } = options;
  const name = relative(process.cwd(), template) || template;
  const { compiled, diagnostics: compiling } = await compileTemplateFile({
    ...options,
    name,
    isToBeBuilt: true,
  });
  if (compiled === undefined) return { diagnostics: compiling, stack: undefined, inputs: [template] };
  const templateFolder = dirname(template);
  const definitions = new DefinitionFiles(compiled, templateFolder);
  const { model, diagnostics: creating } = createStack(compiled, { ...options, definitions });

  await mkdir(options.buildFolder, { recursive: true });
  // Packages stand below the project here, and on AWS do not: its package.json has no say in what is a module.
  await writeFile(join(options.buildFolder, "package.json"), "{}\n");
  const prepared = await Promise.all(
    [...model.functions.values()].map((resource) => prepare(resource, model, compiled, options)),
  );
  const preparing = prepared.flatMap((each) => each.diagnostics);
  const diagnostics = [...compiling, ...withoutTold([...creating, ...preparing], compiling)];
  const functions = prepared.flatMap(({ target }) => (target === undefined ? [] : [target]));
  const included = compiled.includes.map((path) => resolve(templateFolder, path));
  const inputs = [template, ...definitions.paths, ...included, ...prepared.flatMap((each) => each.inputs)];
  if (hasErrors(diagnostics)) {
    return { diagnostics: sortedDiagnostics(diagnostics), stack: undefined, inputs };
  }
  diagnostics.push(...fixedAliases(model, compiled, options.versions));
  await Promise.all(functions.map((target) => options.versions.publish(target)));
  const names = functions.map(({ name }) => name);
  const { versions, folders } = options.versions.commit(names, (name, version) =>
    model.aliases.some(
      (alias) =>
        alias.functionName === name && (alias.version === version || alias.additional?.version === version),
    ),
  );
  const publications = new Map(
    functions.map((target) => [target.name, publicationOf(target, model, versions.get(target.name) ?? [])]),
  );
  return {
    diagnostics: sortedDiagnostics(diagnostics),
    stack: { model, functions, publications, leftFolders: folders },
    inputs,
  };
}

/**
 * Tells the mistakes of a template and its resources, without a look at the code.
 * @throws if the file can't be read.
 */
export async function checkTemplate(file: TemplateFile): Promise<readonly Diagnostic[]> {
  const { template, region } = file;
  const { compiled, diagnostics } = await compileTemplateFile(file);
  if (compiled === undefined) return diagnostics;
  let ids = 0;
  const { diagnostics: creating } = createStack(compiled, {
    region,
    accountId: localAccountId,
    stackName: localStackName,
    idOf: (_kind, _name, length) => String(ids++).padStart(length, "0"),
    queueUrl: (queueName) => `http://127.0.0.1:7000/${localAccountId}/${queueName}`,
    versions: new PublishedVersions(dirname(template)).begin(dirname(template)),
    definitions: new DefinitionFiles(compiled, dirname(template)),
  });
  return sortedDiagnostics([...diagnostics, ...withoutTold(creating, diagnostics)]);
}

/** What is found later, without what an error of the template's checks has told in more detail. */
function withoutTold(found: readonly Diagnostic[], checks: readonly Diagnostic[]): Diagnostic[] {
  const errors = checks.filter(({ severity }) => severity === "error");
  const openApis = new Set(checks.map(openApiOf));
  return found.filter(
    (each) =>
      !(each.code === "open-api" && openApis.has(openApiOf(each))) &&
      !errors.some((error) => {
        if (error.logicalId !== each.logicalId || error.file !== each.file) return false;
        if (each.code === "left-out") return error.code === "unknown-resource-type";
        if (each.code === "code") return error.code === "code-not-found";
        const isMissing = error.code === "missing-runtime" && each.message.endsWith(" needs Runtime.");
        if (error.message === each.message) return true;
        if (integrationCodes.includes(error.code) && isOfIntegration(each, error)) return true;
        return isMissing || (laterCodes[each.code]?.includes(error.code) && error.line === each.line);
      }),
  );
}

/** Which API's open methods a diagnostic names; that of a function's event stands at the function. */
function openApiOf({ code, message }: Diagnostic): string | undefined {
  return code === "open-api" ? /of the API `([^`]+)`/.exec(message)?.[1] : undefined;
}

/** Whether something is told of the integration that a check has told of: a method of its own, or one in a document. */
function isOfIntegration({ message }: Diagnostic, error: Diagnostic): boolean {
  if (message.startsWith("Integration is ")) return true;
  const [, path, key = ""] = /^paths\.(\/\S*)\.([\w-]+): /.exec(message) ?? [];
  if (path === undefined) return false;
  const method = key === "x-amazon-apigateway-any-method" ? "ANY" : key.toUpperCase();
  return `${error.message} `.includes(`${method} ${path} `);
}

/** Codes of checks of what a method calls, wherever in the integration the mistake stands. */
const integrationCodes = [
  "integration-method",
  "integration-timeout",
  "streaming-mode-missing",
  "streaming-needs-proxy",
  "streaming-uri-missing",
  "transfer-mode",
];

/** Codes of checks, by the code of what would be told of the same property. */
const laterCodes: Readonly<Record<string, readonly string[]>> = {
  build: ["build-properties"],
  resource: ["function-timeout", "function-memory", "integration-timeout"],
  "runs-differently": ["unknown-runtime"],
};

/** Tells of aliases that don't follow what is being developed, which whoever saved a file may wonder about. */
function fixedAliases(
  { aliases }: StackModel,
  { source: { positions } }: CompiledTemplate,
  versions: VersionDraft,
): Diagnostic[] {
  return aliases.flatMap(({ logicalId, functionName, name, version, additional }): Diagnostic[] => {
    const targets = additional === undefined ? [version] : [version, additional.version];
    if (!targets.every((target) => versions.wasPublished(functionName, target))) return [];
    return [
      {
        severity: "info",
        code: "runs-differently",
        message: `The alias ${name} stays at version ${targets.join(" and ")} of ${functionName}, as on AWS: what was saved since then is in $LATEST.`,
        hint: "Give the AWS::Lambda::Version another logical id to publish again, or use AutoPublishAlias: its alias follows here.",
        logicalId,
        ...positions.key(["Resources", logicalId]),
      },
    ];
  });
}

interface PreparedFunction {
  readonly target?: LambdaFunction;
  readonly diagnostics: readonly Diagnostic[];
  readonly inputs: readonly string[];
}

async function prepare(
  resource: FunctionResource,
  model: StackModel,
  { source: { positions } }: CompiledTemplate,
  options: DeploymentOptions,
): Promise<PreparedFunction> {
  const { configuration, metadata, code } = resource;
  const logicalId = configuration.logicalId ?? configuration.name;
  const templateFolder = dirname(options.template);
  const outputFolder = join(options.buildFolder, configuration.name);
  const layersFolder = `${outputFolder}.layers`;
  const at = (...place: readonly string[]) => positions.key(["Resources", logicalId, ...place]);
  const buildPlace = at("Metadata", "BuildProperties");
  const inputs: string[] = [];
  // Only stacks of CloudFormation have their code in the store.
  if (code.kind === "package") return { diagnostics: [], inputs };
  try {
    const made = await prepareCode({
      ...configuration,
      logicalId,
      code,
      metadata,
      templateFolder,
      outputFolder,
    });
    inputs.push(...made.inputs);
    const { known, unknown } = layersOf(resource, model);
    inputs.push(...(await prepareLayers(known, { templateFolder, outputFolder: layersFolder })).inputs);
    const target: LambdaFunction = {
      ...configuration,
      handler: made.handler,
      environment: made.environment,
      codeFolder: made.folder,
      layersFolder,
      policies: policiesOf(model, configuration.name, configuration.arn, undefined),
    };
    const warnings = await Promise.all([runtimeWarning(target, options.runtimes), addonWarning(target)]);
    const told = [
      ...unknown.map((arn) => ({ place: ["Properties", "Layers"], message: unknownLayer(logicalId, arn) })),
      ...warnings.flatMap((message) =>
        message === undefined ? [] : [{ place: ["Properties", "Runtime"], message }],
      ),
    ];
    const diagnostics = told.map(
      ({ place, message }): Diagnostic => ({
        severity: "warning",
        code: "runs-differently",
        message,
        logicalId,
        ...at(...place),
      }),
    );
    diagnostics.push(...made.warnings.map((problem) => ofBuild("warning", problem, logicalId, buildPlace)));
    return { target, diagnostics, inputs };
  } catch (error) {
    if (error instanceof BuildError) {
      const nowhere = { message: error.message, file: undefined, line: undefined, column: undefined };
      const problems = error.problems.length === 0 ? [nowhere] : error.problems;
      const diagnostics = problems.map((problem) => ofBuild("error", problem, logicalId, buildPlace));
      return { diagnostics, inputs: [...inputs, ...error.files] };
    }
    if (!(error instanceof CodeError)) throw error;
    const { message, hint, place } = error;
    const problem: Diagnostic = { severity: "error", code: "code", message, logicalId, ...at(...place) };
    const path = code.kind === "path" ? [resolve(templateFolder, code.path)] : [];
    return {
      diagnostics: [hint === undefined ? problem : { ...problem, hint }],
      inputs: [...inputs, ...path],
    };
  }
}

/** A problem at its place in the sources, or in the template if it has none there. */
function ofBuild(
  severity: "error" | "warning",
  { message, hint, file, line = 1, column = 1 }: BuildProblem,
  logicalId: string,
  fallback: Position,
): Diagnostic {
  const place = file === undefined ? fallback : { file: relative(process.cwd(), file), line, column };
  return { severity, code: "build", message, ...(hint === undefined ? {} : { hint }), logicalId, ...place };
}

function layersOf({ layers }: FunctionResource, model: StackModel) {
  const known = layers.flatMap((arn) => {
    const layer = model.layers.get(arn);
    return layer?.content.kind === "path" ? [{ logicalId: layer.logicalId, path: layer.content.path }] : [];
  });
  return { known, unknown: layers.filter((arn) => !model.layers.has(arn)) };
}

function unknownLayer(logicalId: string, arn: string): string {
  return `The layer ${arn} of ${logicalId} is not in the template, so that its content is missing from /opt here. AWS adds it.`;
}

/** Says that a function can't run here, and why. It can on AWS, so that the rest of the template may. */
async function runtimeWarning(
  target: LambdaFunction,
  runtimes: RuntimeFinder | undefined,
): Promise<string | undefined> {
  const found = await runtimes?.find({
    runtime: target.runtime,
    handler: target.handler,
    taskRoot: target.codeFolder,
    layersDirectory: target.layersFolder,
    variables: target.environment,
  });
  return found?.kind === "refused" ? `${found.advice} Until then its invocations fail.` : undefined;
}

/** What is JavaScript runs on every processor; native addons do not. */
async function addonWarning({ runtime, codeFolder }: LambdaFunction): Promise<string | undefined> {
  if (!runtime.startsWith("nodejs")) return undefined;
  const foreign = await findForeignAddon(codeFolder);
  return foreign === undefined
    ? undefined
    : `Its native addon ${foreign.file} is made for ${foreign.madeFor}, and this machine is ${process.platform} on ${process.arch}: loading it fails. Install the package for this machine to run the function here.`;
}
