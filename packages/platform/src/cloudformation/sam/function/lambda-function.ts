import { get, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource } from "../errors.ts";
import { type GeneratedResource, generated, keptAttributes } from "../generated-resource.ts";
import { resolveParameterRefs } from "../parameter-refs.ts";
import { codeLocation } from "../s3-location.ts";
import { tagsWithOrigin } from "../tags.ts";
import { shown } from "../text.ts";
import type { TransformContext } from "../types.ts";
import { capacityProviderConfig } from "./properties.ts";

/** Properties that go over unchanged. */
const same = `Handler Runtime Description MemorySize Timeout VpcConfig Role Environment KmsKeyArn
  ReservedConcurrentExecutions Layers FileSystemConfigs ImageConfig PackageType Architectures SnapStart EphemeralStorage
  CodeSigningConfigArn RuntimeManagementConfig LoggingConfig TenancyConfig RecursiveLoop DurableConfig
  PublishToLatestPublished`.split(/\s+/);

/**
 * The `AWS::Lambda::Function` that a SAM function becomes, without the role that is made for it.
 *
 * @throws {SamError} if the code, the package type, or what they require is missing or contradictory.
 */
export function lambdaFunction(
  logicalId: string,
  source: ValueMap,
  properties: ValueMap,
  context: TransformContext,
): GeneratedResource {
  const code = codeOf(logicalId, properties);
  const result: Record<string, Value | undefined> = {
    Code: code,
    Tags: tagsWithOrigin(logicalId, get(properties, "Tags")),
  };
  for (const name of same) result[name] = get(properties, name);
  const functionName = get(properties, "FunctionName");
  if (isGiven(functionName)) result["FunctionName"] = functionName;
  if (isTraced(properties, context)) result["TracingConfig"] = { Mode: get(properties, "Tracing") ?? null };
  const deadLetterQueue = get(properties, "DeadLetterQueue");
  if (isGiven(deadLetterQueue)) {
    result["DeadLetterConfig"] = { TargetArn: get(deadLetterQueue, "TargetArn") ?? null };
  }
  const capacityProvider = get(properties, "CapacityProviderConfig");
  if (isMap(capacityProvider) && isGiven(capacityProvider)) {
    result["CapacityProviderConfig"] = capacityProviderConfig(logicalId, capacityProvider);
  }
  const scaling = get(properties, "FunctionScalingConfig");
  if (isGiven(scaling)) result["FunctionScalingConfig"] = scaling;
  checkPackageType(logicalId, properties, code);
  const dependsOn = get(source, "DependsOn");
  return generated(logicalId, "AWS::Lambda::Function", result, keptAttributes(source), dependsOn);
}

/** Whether X-Ray tracing is on, which the role must then allow. */
export function isTraced(properties: ValueMap, context: TransformContext): boolean {
  const tracing = get(properties, "Tracing");
  return isGiven(tracing) && resolveParameterRefs(tracing, context.parameters) !== "Disabled";
}

function codeOf(logicalId: string, properties: ValueMap): ValueMap {
  const packageType = packageTypeOf(properties);
  const given = (name: string): Value | undefined => get(properties, name) ?? undefined;
  if (packageType === "Image") {
    const image = given("ImageUri");
    if (image === undefined) throw invalidResource(logicalId, "'ImageUri' must be set.");
    if (isGiven(image)) return { ImageUri: image };
    throw invalidResource(logicalId, "'ImageUri' requires that a image hosted at a registry be specified.");
  }
  if (packageType !== "Zip")
    throw invalidResource(logicalId, `invalid 'PackageType' : ${shown(packageType)}`);
  const inline = given("InlineCode");
  const uri = given("CodeUri");
  if (inline === undefined && uri === undefined) {
    throw invalidResource(logicalId, "Only one of 'InlineCode' or 'CodeUri' can be set.");
  }
  const code = inline === undefined ? codeLocation(uri ?? null, logicalId, "CodeUri") : { ZipFile: inline };
  const key = given("SourceKMSKeyArn");
  return isGiven(key) ? { ...code, SourceKMSKeyArn: key } : code;
}

function checkPackageType(logicalId: string, properties: ValueMap, code: ValueMap): void {
  const isSet = (name: string): boolean => isGiven(get(properties, name));
  if (packageTypeOf(properties) === "Image") {
    if (isSet("Handler") || isSet("Runtime") || isSet("Layers")) {
      throw invalidResource(
        logicalId,
        "Runtime, Handler, Layers cannot be present when PackageType is of type `Image`",
      );
    }
    return;
  }
  if (!isSet("Runtime") || !isSet("Handler")) {
    throw invalidResource(
      logicalId,
      "Runtime and Handler needs to be present when PackageType is of type `Zip`",
    );
  }
  if (isGiven(get(code, "ImageUri")) || isSet("ImageConfig")) {
    throw invalidResource(
      logicalId,
      "ImageUri or ImageConfig cannot be present when PackageType is of type `Zip`",
    );
  }
}

function packageTypeOf(properties: ValueMap): Value {
  const type = get(properties, "PackageType");
  return isGiven(type) ? type : "Zip";
}
