import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { BuildError } from "@sluice/packager";
import { compileTemplate, type Diagnostic, hasErrors } from "../cloudformation/index.ts";
import { CodeError, type PreparedCode, prepareCode } from "../lambda/code/code-preparation.ts";
import { InvalidZipError } from "../lambda/code/unpack-zip.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import { functionPolicy } from "../lambda/permissions.ts";
import { createStack, type StackCreation } from "./create-stack.ts";
import type { FunctionResource, StackModel } from "./stack-model.ts";

/** What a template is made into a running stack with. */
export interface DeploymentOptions extends StackCreation {
  /** Absolute path. */
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Where code is built and unpacked; a new folder for each deployment, so that running functions keep theirs. */
  readonly buildFolder: string;
}

/** A template that was taken as far as it goes. */
export interface Deployment {
  readonly diagnostics: readonly Diagnostic[];
  /** Nothing if a diagnostic is an error. */
  readonly stack: { readonly model: StackModel; readonly functions: readonly LambdaFunction[] } | undefined;
  /** Files and folders whose change asks for another deployment, absolute. */
  readonly inputs: readonly string[];
}

/**
 * Takes a template from its file to functions that can run: transform, resources, code.
 * @throws if the file can't be read.
 */
export async function deployTemplate(options: DeploymentOptions): Promise<Deployment> {
  const { template } = options;
  const folder = dirname(template);
  const text = await readFile(template, "utf8");
  const { compiled, diagnostics: compiling } = compileTemplate(
    text,
    relative(process.cwd(), template) || template,
    {
      stack: {
        region: options.region,
        accountId: options.accountId,
        stackName: options.stackName,
        stackId: `arn:aws:cloudformation:${options.region}:${options.accountId}:stack/${options.stackName}/local`,
        partition: "aws",
      },
      overrides: options.parameters,
      pathExists: (path) => existsSync(resolve(folder, path)),
    },
  );
  if (compiled === undefined || hasErrors(compiling)) {
    return { diagnostics: compiling, stack: undefined, inputs: [template] };
  }
  const { model, diagnostics: creating } = createStack(compiled, options);
  const diagnostics = [...compiling, ...creating];
  if (hasErrors(diagnostics)) return { diagnostics, stack: undefined, inputs: [template] };

  const functions: LambdaFunction[] = [];
  const inputs = [template];
  const prepared = await Promise.all(
    [...model.functions.values()].map(async (resource) => ({
      resource,
      code: await prepare(resource, folder, options),
    })),
  );
  for (const { resource, code } of prepared) {
    if ("problem" in code) {
      diagnostics.push(code.problem);
      inputs.push(...code.inputs);
      continue;
    }
    inputs.push(...code.inputs);
    const { configuration } = resource;
    const permissions = model.permissions.filter(({ FunctionName }) => FunctionName === configuration.name);
    functions.push({
      ...configuration,
      codeFolder: code.folder,
      policies: permissions.length === 0 ? [] : [functionPolicy(permissions, configuration.arn)],
    });
  }
  const stack = hasErrors(diagnostics) ? undefined : { model, functions };
  return { diagnostics, stack, inputs };
}

async function prepare(
  { configuration, code, metadata, position }: FunctionResource,
  templateFolder: string,
  options: DeploymentOptions,
): Promise<PreparedCode | { problem: Diagnostic; inputs: readonly string[] }> {
  const logicalId = configuration.logicalId ?? configuration.name;
  try {
    return await prepareCode({
      functionName: configuration.name,
      logicalId,
      runtime: configuration.runtime,
      handler: configuration.handler,
      code,
      metadata,
      templateFolder,
      outputFolder: join(options.buildFolder, configuration.name),
    });
  } catch (error) {
    if (!(error instanceof CodeError || error instanceof BuildError || error instanceof InvalidZipError))
      throw error;
    const problem: Diagnostic = {
      severity: "error",
      code: "code",
      message: error.message,
      logicalId,
      ...position,
    };
    // The sources with mistakes are watched, so that mending them is enough.
    const files =
      error instanceof BuildError ? error.problems.flatMap(({ file }) => (file ? [file] : [])) : [];
    return { problem, inputs: files.map((file) => resolve(templateFolder, file)) };
  }
}
