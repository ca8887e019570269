import { get, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource } from "../errors.ts";
import { type GeneratedResource, generated, passedOnAttributes } from "../generated-resource.ts";
import { getAtt, ref, referencedId } from "../intrinsic-forms.ts";
import { hashedId, idWithHash } from "../logical-id.ts";
import { resolveParameterRefs } from "../parameter-refs.ts";
import type { TransformContext } from "../types.ts";

/** What `AutoPublishAlias` adds. */
export interface PublishedAlias {
  readonly name: string;
  readonly version: GeneratedResource;
  readonly alias: GeneratedResource;
}

/**
 * The version and the alias of a function with `AutoPublishAlias`, or `undefined` without it.
 *
 * A version is immutable, so its logical id carries a hash of the code and of some settings: when they change, a new
 * version is published and the alias moves to it.
 *
 * @param lambda - Changed: parameter references in its code are resolved, and its description carries the code's hash.
 */
export function publishAlias(
  logicalId: string,
  source: ValueMap,
  properties: ValueMap,
  lambda: GeneratedResource,
  context: TransformContext,
): PublishedAlias | undefined {
  const wanted = get(properties, "AutoPublishAlias");
  if (!isGiven(wanted)) {
    if (!isGiven(get(properties, "ProvisionedConcurrencyConfig"))) return undefined;
    throw invalidResource(
      logicalId,
      "To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the function",
    );
  }
  const name = resolveParameterRefs(wanted, context.parameters);
  if (typeof name !== "string") {
    throw invalidResource(logicalId, "'AutoPublishAlias' must be a string or a Ref to a template parameter");
  }
  const codeSha256 = codeHash(logicalId, properties, lambda, context);
  lambda.properties["Code"] = resolveParameterRefs(lambda.properties["Code"] ?? {}, context.parameters);
  const version = lambdaVersion(logicalId, source, properties, lambda, codeSha256, context);
  return { name, version, alias: lambdaAlias(logicalId, source, properties, name, version) };
}

function codeHash(
  logicalId: string,
  properties: ValueMap,
  lambda: GeneratedResource,
  context: TransformContext,
): string | undefined {
  const given = get(properties, "AutoPublishCodeSha256");
  if (!isGiven(given)) return undefined;
  const hash = resolveParameterRefs(given, context.parameters);
  if (typeof hash !== "string") throw invalidResource(logicalId, "AutoPublishCodeSha256 must be a string");
  // Lambda publishes no version while function and code are unchanged; the description makes a difference it sees.
  const description = resolveParameterRefs(get(properties, "Description") ?? null, context.parameters);
  if (!isGiven(description)) lambda.properties["Description"] = hash;
  else if (typeof description === "string") lambda.properties["Description"] = `${description} ${hash}`;
  else lambda.properties["Description"] = { "Fn::Join": [" ", [description, hash]] };
  return hash;
}

function lambdaVersion(
  logicalId: string,
  source: ValueMap,
  properties: ValueMap,
  lambda: GeneratedResource,
  codeSha256: string | undefined,
  context: TransformContext,
): GeneratedResource {
  const prefix = `${logicalId}Version`;
  const id = codeSha256
    ? idWithHash(prefix, codeSha256)
    : hashedId(prefix, hashedSettings(properties, lambda, context.resources));
  const hasCapacityProvider = (get(properties, "CapacityProviderConfig") ?? null) !== null;
  const attributes = {
    DeletionPolicy: get(properties, "VersionDeletionPolicy") ?? (hasCapacityProvider ? "Delete" : "Retain"),
    ...passedOnAttributes(source),
  };
  return generated(
    id,
    "AWS::Lambda::Version",
    {
      FunctionName: ref(logicalId),
      Description: get(properties, "VersionDescription"),
      FunctionScalingConfig: hasCapacityProvider ? get(properties, "FunctionScalingConfig") : undefined,
    },
    attributes,
  );
}

/** What a version's logical id is a hash of. */
function hashedSettings(properties: ValueMap, lambda: GeneratedResource, resources: ValueMap): ValueMap {
  const settings = lambda.properties;
  if (isGiven(get(properties, "AutoPublishAliasAllProperties"))) {
    return { ...settings, ...publishingLayers(settings, resources) };
  }
  const hashed: ValueMap = {};
  const merge = (part: Value | undefined): void => {
    if (isMap(part)) Object.assign(hashed, part);
  };
  merge(settings["Code"]);
  merge(settings["Environment"]);
  const memorySize = settings["MemorySize"];
  if (isGiven(memorySize)) hashed["MemorySize"] = memorySize;
  const snapStart = settings["SnapStart"];
  if (isGiven(snapStart) && (get(snapStart, "ApplyOn") ?? "None") !== "None") hashed["SnapStart"] = snapStart;
  return hashed;
}

/** Layers of the template whose changes are to publish a version of the functions that have them. */
function publishingLayers(settings: ValueMap, resources: ValueMap): ValueMap {
  const layers = settings["Layers"];
  const result: ValueMap = {};
  for (const layer of Array.isArray(layers) ? layers : []) {
    const id = referencedId(layer);
    const properties = id === undefined ? undefined : get(resources, id, "Properties");
    if (id !== undefined && isMap(properties) && isGiven(get(properties, "PublishLambdaVersion"))) {
      result[id] = properties;
    }
  }
  return result;
}

function lambdaAlias(
  logicalId: string,
  source: ValueMap,
  properties: ValueMap,
  name: string,
  version: GeneratedResource,
): GeneratedResource {
  if (name === "") throw invalidResource(logicalId, "Alias name is required to create an alias");
  if (!/^(?!^[0-9]+$)[a-zA-Z0-9\-_]+$/.test(name)) {
    throw invalidResource(
      logicalId,
      `AutoPublishAlias name ('${name}') must contain only alphanumeric characters, hyphens, or underscores matching (?!^[0-9]+$)([a-zA-Z0-9-_]+) pattern.`,
    );
  }
  const provisioned = get(properties, "ProvisionedConcurrencyConfig");
  return generated(
    `${logicalId}Alias${name.replaceAll("-", "D").replaceAll("_", "U")}`,
    "AWS::Lambda::Alias",
    {
      Name: name,
      FunctionName: ref(logicalId),
      FunctionVersion: getAtt(version.logicalId, "Version"),
      ProvisionedConcurrencyConfig: isGiven(provisioned) ? provisioned : undefined,
    },
    passedOnAttributes(source),
  );
}
