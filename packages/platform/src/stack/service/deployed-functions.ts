import type { PackageStore } from "../../lambda/code/package-store.ts";
import type { LambdaFunction, Publication } from "../../lambda/lambda-function.ts";
import { policiesOf, publicationOf } from "../function-publication.ts";
import type { FunctionResource, StackModel } from "../stack-model.ts";

/** Functions whose code is in the store, with what is published of them. */
export interface DeployedFunction {
  readonly target: LambdaFunction;
  readonly publication: Publication;
}

/** The functions of a model that can run from the store. */
export function deployedFunctions(model: StackModel, packages: PackageStore): DeployedFunction[] {
  return [...model.functions.values()].flatMap((resource) => {
    const latest = runnable(resource, model, packages);
    if (latest === undefined) return [];
    const { name } = resource.configuration;
    const target = { ...latest, policies: policiesOf(model, name, latest.arn, undefined) };
    const versions = model.versions.flatMap(({ functionName, number, published }) => {
      const found =
        functionName === name && published !== undefined ? runnable(published, model, packages) : undefined;
      return found === undefined ? [] : [{ ...found, version: number }];
    });
    versions.sort((one, other) => Number(one.version) - Number(other.version));
    return [{ target, publication: publicationOf(target, model, versions) }];
  });
}

/** The packages of a function's layers, as far as they are in the store. */
export function layerPackages({ layers }: Pick<FunctionResource, "layers">, model: StackModel): string[] {
  return layers.flatMap((arn) => {
    const content = model.layers.get(arn)?.content;
    return content?.kind === "package" ? [content.id] : [];
  });
}

function runnable(
  resource: FunctionResource,
  model: StackModel,
  packages: PackageStore,
): LambdaFunction | undefined {
  const { configuration, code } = resource;
  if (code.kind !== "package") return undefined;
  return {
    ...configuration,
    codeFolder: packages.codeFolder(code.id),
    layersFolder: packages.layersFolder(layerPackages(resource, model)),
    policies: [],
  };
}
