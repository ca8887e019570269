import { get, isGiven, isMap, mapOf, type Value, type ValueMap } from "../value.ts";
import { invalidResource } from "./errors.ts";
import { generated, passedOnAttributes } from "./generated-resource.ts";
import { isIntrinsic } from "./intrinsic-forms.ts";
import { hashedId } from "./logical-id.ts";
import { resolveParameterRefs } from "./parameter-refs.ts";
import {
  boolean,
  checkedProperties,
  listOfStringsOrMaps,
  type PropertySchema,
  required,
  string,
  stringOrMap,
} from "./property-schema.ts";
import { codeLocation } from "./s3-location.ts";
import { type Expansion, layerType, type TransformContext } from "./types.ts";

/**
 * The properties of `AWS::Serverless::LayerVersion`.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-layerversion.html
 */
export const layerVersionSchema: PropertySchema = {
  LayerName: stringOrMap,
  Description: string,
  PublishLambdaVersion: boolean,
  ContentUri: required(stringOrMap),
  CompatibleArchitectures: listOfStringsOrMaps,
  CompatibleRuntimes: listOfStringsOrMaps,
  LicenseInfo: string,
  RetentionPolicy: string,
};

const retentionText = "['Retain', 'Delete']";

/**
 * What an `AWS::Serverless::LayerVersion` becomes: a layer version whose logical id carries a hash of its properties.
 *
 * Layer versions are immutable: a change makes a new one, and the old one stays unless its retention says otherwise.
 *
 * @throws {SamError} for the first mistake in it.
 */
export function expandLayerVersion(
  logicalId: string,
  source: ValueMap,
  context: TransformContext,
): Expansion {
  const checked = checkedProperties(logicalId, layerType, get(source, "Properties"), layerVersionSchema);
  const properties = mapOf(checked);
  for (const name of ["LayerName", "LicenseInfo", "Description", "RetentionPolicy"]) {
    const value = get(properties, name);
    if (isGiven(value)) properties[name] = resolvedString(logicalId, name, value, context);
  }
  const retention = retentionPolicy(logicalId, get(properties, "RetentionPolicy"));
  const attributes = { DeletionPolicy: "Retain", ...passedOnAttributes(source), ...retention };

  const id = hashedId(logicalId, { [logicalId]: hashedForm(source, properties) });
  const architectures = get(properties, "CompatibleArchitectures");
  const name = get(properties, "LayerName");
  const layer = generated(
    id,
    "AWS::Lambda::LayerVersion",
    {
      LayerName: isGiven(name) ? name : logicalId,
      Description: get(properties, "Description"),
      Content: codeLocation(get(properties, "ContentUri") ?? null, id, "ContentUri"),
      CompatibleArchitectures: architectures,
      CompatibleRuntimes: get(properties, "CompatibleRuntimes"),
      LicenseInfo: get(properties, "LicenseInfo"),
    },
    attributes,
    get(source, "DependsOn"),
  );
  checkArchitectures(id, architectures);
  return { resources: [layer], logicalId: id, referable: {} };
}

function hashedForm(source: ValueMap, properties: ValueMap): ValueMap {
  const form: ValueMap = { Type: layerType, Properties: properties };
  for (const name of ["DependsOn", "UpdatePolicy", "Condition"]) {
    const value = get(source, name);
    if (value !== undefined && (name !== "DependsOn" || isGiven(value))) form[name] = value;
  }
  return form;
}

function resolvedString(logicalId: string, name: string, value: Value, context: TransformContext): Value {
  const resolved = resolveParameterRefs(value, context.parameters);
  if (typeof resolved === "string" || isMap(resolved)) return resolved;
  throw invalidResource(logicalId, `Could not resolve parameter for '${name}' or parameter is not a String.`);
}

function retentionPolicy(logicalId: string, policy: Value | undefined): ValueMap {
  if (policy === undefined) return {};
  if (isIntrinsic(policy)) {
    throw invalidResource(
      logicalId,
      `'RetentionPolicy' does not accept intrinsic functions, please use one of the following options: ${retentionText}`,
    );
  }
  if (typeof policy !== "string") {
    throw invalidResource(
      logicalId,
      `Invalid 'RetentionPolicy' type, please use one of the following options: ${retentionText}`,
    );
  }
  const option = ["Retain", "Delete"].find((each) => each.toLowerCase() === policy.toLowerCase());
  if (option !== undefined) return { DeletionPolicy: option };
  throw invalidResource(
    logicalId,
    `'RetentionPolicy' must be one of the following options: ${retentionText}.`,
  );
}

function checkArchitectures(logicalId: string, architectures: Value | undefined): void {
  if (!Array.isArray(architectures)) return;
  if (architectures.every((each) => isIntrinsic(each) || each === "arm64" || each === "x86_64")) return;
  throw invalidResource(logicalId, "CompatibleArchitectures needs to be a list of 'x86_64' or 'arm64'");
}
