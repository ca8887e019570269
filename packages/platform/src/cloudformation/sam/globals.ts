import { get, has, isGiven, isMap, type Value, type ValueMap } from "../value.ts";
import { SamDocumentError } from "./errors.ts";
import { isIntrinsic } from "./intrinsic-forms.ts";
import { isOpenApi3 } from "./openapi/paths.ts";
import { shown } from "./text.ts";
import { functionType, httpApiType, layerType, refusedTypes, restApiType, supportedTypes } from "./types.ts";

/** Set on an API whose body the transform writes itself; never part of what a template says. */
export const managedBodyKey = "__MANAGE_SWAGGER";

const prefix = "AWS::Serverless::";

/**
 * The properties that `Globals` may set, by resource type.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
 */
const globalProperties: Readonly<Record<string, readonly string[]>> = {
  [functionType]:
    words(`Handler Runtime CodeUri DeadLetterQueue Description MemorySize Timeout VpcConfig Environment
    Tags PropagateTags Tracing KmsKeyArn AutoPublishAlias AutoPublishAliasAllProperties Layers DeploymentPreference
    RolePath PermissionsBoundary ReservedConcurrentExecutions ProvisionedConcurrencyConfig AssumeRolePolicyDocument
    EventInvokeConfig FileSystemConfigs CodeSigningConfigArn Architectures SnapStart EphemeralStorage FunctionUrlConfig
    RuntimeManagementConfig LoggingConfig RecursiveLoop SourceKMSKeyArn TenancyConfig DurableConfig
    CapacityProviderConfig FunctionScalingConfig PublishToLatestPublished VersionDeletionPolicy`),
  [restApiType]:
    words(`Auth Name DefinitionUri CacheClusterEnabled CacheClusterSize MergeDefinitions Variables
    EndpointConfiguration MethodSettings BinaryMediaTypes MinimumCompressionSize Cors GatewayResponses AccessLogSetting
    CanarySetting TracingEnabled OpenApiVersion Domain AlwaysDeploy PropagateTags SecurityPolicy EndpointAccessMode`),
  [httpApiType]:
    words(`Auth AccessLogSettings StageVariables Tags CorsConfiguration DefaultRouteSettings Domain
    RouteSettings FailOnWarnings PropagateTags`),
  [layerType]: ["PublishLambdaVersion"],
};

/** Sections that AWS knows for types that the transform refuses; harmless as long as no such resource is there. */
const otherSections = words("CapacityProvider SimpleTable StateMachine WebSocketApi");

/**
 * Merges `Globals` into the resources, in place, and removes the section.
 *
 * A resource's own primitive wins, maps are merged, lists are joined with the global one first.
 *
 * @throws {SamDocumentError} for a section or property that `Globals` does not take.
 */
export function applyGlobals(template: ValueMap): void {
  const sections = has(template, "Globals")
    ? checkedSections(get(template, "Globals"))
    : new Map<string, ValueMap>();
  const resources = get(template, "Resources");
  for (const [logicalId, resource] of Object.entries(isMap(resources) ? resources : {})) {
    if (!isMap(resource)) continue;
    const type = get(resource, "Type");
    if (typeof type !== "string" || !isExpanded(type)) continue;
    const section = sections.get(type);
    const own = get(resource, "Properties") ?? {};
    resource["Properties"] =
      section === undefined ? own : merged(sectionFor(logicalId, resource, section), own);
  }
  delete template["Globals"];
  applyOpenApiVersion(resources);
}

/** APIs with `OpenApiVersion: 3.x` whose body the transform writes get an OpenAPI document instead of a Swagger one. */
function applyOpenApiVersion(resources: Value | undefined): void {
  for (const resource of Object.values(isMap(resources) ? resources : {})) {
    if (get(resource, "Type") !== restApiType) continue;
    const properties = get(resource, "Properties");
    if (!isMap(properties) || !has(properties, "OpenApiVersion") || !has(properties, managedBodyKey))
      continue;
    const version = versionText(get(properties, "OpenApiVersion"));
    if (!isOpenApi3(version)) continue;
    const body = get(properties, "DefinitionBody");
    properties["OpenApiVersion"] = version;
    if (!isMap(body)) continue;
    body["openapi"] = version;
    if (isGiven(get(body, "swagger"))) delete body["swagger"];
  }
}

/** An unquoted `3.0` arrives as the number 3. */
function versionText(version: Value | undefined): string {
  return typeof version === "number" && Number.isInteger(version) ? `${version}.0` : shown(version);
}

function checkedSections(globals: Value | undefined): Map<string, ValueMap> {
  if (!isMap(globals)) throw invalidGlobals("It must be a non-empty dictionary");
  const sections = new Map<string, ValueMap>();
  for (const [name, properties] of Object.entries(globals)) {
    const supported = globalProperties[prefix + name];
    if (supported === undefined && !otherSections.includes(name)) {
      const names = [
        ...Object.keys(globalProperties).map((type) => type.slice(prefix.length)),
        ...otherSections,
      ];
      throw invalidGlobals(
        `'${name}' is not supported. Must be one of the following values - ${shown(names.sort())}`,
      );
    }
    if (!isMap(properties)) throw invalidGlobals(`Value of \${section} must be a dictionary`);
    for (const key of Object.keys(properties)) {
      if (supported === undefined || supported.includes(key)) continue;
      throw invalidGlobals(
        `'${key}' is not a supported property of '${name}'. Must be one of the following values - ${shown([...supported])}`,
      );
    }
    sections.set(prefix + name, properties);
  }
  return sections;
}

/** The section without what the resource's `IgnoreGlobals` names. */
function sectionFor(logicalId: string, resource: ValueMap, section: ValueMap): ValueMap {
  const ignored = get(resource, "IgnoreGlobals");
  if (!isGiven(ignored)) return section;
  if (ignored === "*") return {};
  const blame = `Resource ${logicalId} has invalid resource attribute 'IgnoreGlobals'`;
  if (!Array.isArray(ignored)) throw invalidAttribute(logicalId, `${blame}.`);
  const rest = { ...section };
  for (const key of ignored) {
    if (typeof key !== "string" || !has(rest, key)) {
      throw invalidAttribute(logicalId, `${blame} on item '${shown(key)}'.`);
    }
    delete rest[key];
  }
  return rest;
}

function merged(global: Value, own: Value): Value {
  if (Array.isArray(global) && Array.isArray(own)) return [...global, ...own];
  if (!isPlainMap(global) || !isPlainMap(own)) return own;
  const result = { ...global };
  for (const [key, value] of Object.entries(own)) {
    const base = get(global, key);
    result[key] = base === undefined ? value : merged(base, value);
  }
  return result;
}

function isPlainMap(value: Value): value is ValueMap {
  return isMap(value) && !isIntrinsic(value);
}

function isExpanded(type: string): boolean {
  return supportedTypes.includes(type) || refusedTypes.includes(type);
}

function invalidGlobals(text: string): SamDocumentError {
  return new SamDocumentError([{ kind: "invalid", message: `'Globals' section is invalid. ${text}` }]);
}

function invalidAttribute(logicalId: string, text: string): SamDocumentError {
  const message = `Resource with id [${logicalId}] is invalid. ${text}`;
  return new SamDocumentError([{ kind: "invalid", logicalId, message }]);
}

function words(text: string): string[] {
  return text.split(/\s+/);
}
