import { copy, get, getMap, getString, has, isGiven, isMap, type Value, type ValueMap } from "../value.ts";
import {
  distinctCauses,
  documentMessage,
  invalidDocument,
  type SamCause,
  SamDocumentError,
  SamError,
  unsupported,
} from "./errors.ts";
import { deploymentResources } from "./function/deployment-preference.ts";
import { expandFunction } from "./function/function.ts";
import { type GeneratedResource, templateForm } from "./generated-resource.ts";
import { applyGlobals } from "./globals.ts";
import { expandHttpApi } from "./http-api/http-api.ts";
import { addDefaultBodies, addImplicitApis, apiIdOf } from "./implicit-api.ts";
import { expandLayerVersion } from "./layer-version.ts";
import { checkOutline } from "./outline.ts";
import { type ParameterValues, resolveParameterRefs } from "./parameter-refs.ts";
import { type ReferableProperties, rewriteReferences } from "./reference-rewriting.ts";
import { expandRestApi } from "./rest-api/rest-api.ts";
import { emptySharedUsagePlan } from "./rest-api/usage-plan.ts";
import { shown } from "./text.ts";
import {
  type Expansion,
  functionType,
  httpApiType,
  layerType,
  refusedTypes,
  restApiType,
  supportedTypes,
  type TransformContext,
} from "./types.ts";

/** The name by which a template asks for this transform. */
export const samTransformName = "AWS::Serverless-2016-10-31";

export interface SamTransformOptions {
  /** The region of the stack; it decides the partition of ARNs. */
  readonly region: string;
  /** Values for template parameters; defaults fill in for the rest. */
  readonly parameters?: ParameterValues;
  /** ARNs of managed policies by name, asked before the built-in list of AWS's own. */
  readonly managedPolicyArn?: (name: string) => string | undefined;
  /** Unix time in milliseconds; only APIs with `AlwaysDeploy` make use of it. */
  readonly nowMs?: number;
}

/** What the transform made, or all that is wrong with the template. */
export type SamTransformResult =
  | {
      readonly ok: true;
      /** Plain CloudFormation. */
      readonly template: ValueMap;
      /** The template's own resource that each generated one comes from, by the generated logical id. */
      readonly origins: ReadonlyMap<string, string>;
    }
  | { readonly ok: false; readonly message: string; readonly causes: readonly SamCause[] };

/** Whether a template asks for the SAM transform. */
export function usesSam(template: ValueMap): boolean {
  const transform = get(template, "Transform");
  return Array.isArray(transform) ? transform.includes(samTransformName) : transform === samTransformName;
}

/**
 * Expands the SAM resources of a template into plain CloudFormation, as AWS does when a change set is created.
 *
 * @param template - Not changed.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-serverless.html
 */
export function transformSam(template: ValueMap, options: SamTransformOptions): SamTransformResult {
  try {
    return expandDocument(copy(template), options);
  } catch (error) {
    if (!(error instanceof SamDocumentError)) throw error;
    return failure(error.causes);
  }
}

/** The AWS partition that a region is in. @see https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
function partitionOf(region: string): string {
  const prefixes: readonly (readonly [string, string])[] = [
    ["cn-", "aws-cn"],
    ["us-iso-", "aws-iso"],
    ["us-isob", "aws-iso-b"],
    ["us-gov", "aws-us-gov"],
    ["eu-isoe", "aws-iso-e"],
    ["us-isof", "aws-iso-f"],
    ["eusc-", "aws-eusc"],
  ];
  return prefixes.find(([prefix]) => region.toLowerCase().startsWith(prefix))?.[1] ?? "aws";
}

function expandDocument(source: ValueMap, options: SamTransformOptions): SamTransformResult {
  checkOutline(source);
  const partition = partitionOf(options.region);
  const parameters = parameterValues(source, options, partition);
  addDefaultBodies(getMap(source, "Resources") ?? {});
  addImplicitApis(source);
  applyGlobals(source);

  if (has(source, "Mappings") && !isMap(get(source, "Mappings"))) {
    throw invalidDocument("'Mappings' or 'Parameters' is either null or not a valid dictionary.");
  }
  const causes: SamCause[] = refusals(source);
  const result = copy(source);
  const context: TransformContext = {
    resources: getMap(source, "Resources") ?? {},
    conditions: getMap(result, "Conditions"),
    mappings: get(source, "Mappings"),
    parameters,
    partition,
    managedPolicyArn: options.managedPolicyArn ?? (() => undefined),
    nowMs: options.nowMs ?? 0,
    deploymentPreferences: new Map(),
    sharedUsagePlan: emptySharedUsagePlan(),
    recordSetGroups: new Map(),
    changedResources: new Map(),
    functionNames: functionNames(source, parameters),
  };
  const output = new Output(result, context.resources);
  for (const [logicalId, type] of inOrder(context.resources)) {
    try {
      output.replace(logicalId, expand(logicalId, type, context));
    } catch (error) {
      if (!(error instanceof SamError)) throw error;
      causes.push(error.cause);
    }
  }
  output.change(context.changedResources);
  output.addDeployments(context);
  causes.push(...output.causes);
  if (causes.length > 0) return failure(causes);
  delete result["Transform"];
  return {
    ok: true,
    template: rewriteReferences(result, output.changedIds, output.referable),
    origins: output.origins,
  };
}

function expand(logicalId: string, type: string, context: TransformContext): Expansion {
  const source = getMap(context.resources, logicalId) ?? {};
  switch (type) {
    case functionType:
      return expandFunction(logicalId, source, context);
    case restApiType:
      return expandRestApi(logicalId, source, context);
    case httpApiType:
      return expandHttpApi(logicalId, source, context);
    default:
      return expandLayerVersion(logicalId, source, context);
  }
}

/** The SAM resources in the order of expansion: functions first, since their events edit the bodies of the APIs. */
function inOrder(resources: ValueMap): [string, string][] {
  const rank = (type: string): number => (type === functionType ? 0 : type === layerType ? 2 : 1);
  const found = Object.entries(resources).flatMap(([logicalId, resource]): [string, string][] => {
    const type = getString(resource, "Type") ?? "";
    return supportedTypes.includes(type) ? [[logicalId, type]] : [];
  });
  return found.sort(([, a], [, b]) => rank(a) - rank(b));
}

/** The template as expansions replace its resources. */
class Output {
  readonly causes: SamCause[] = [];
  readonly changedIds = new Map<string, string>();
  readonly referable: ReferableProperties = new Map();
  readonly origins = new Map<string, string>();
  readonly #template: ValueMap;
  readonly #resources: ValueMap;
  readonly #source: ValueMap;

  constructor(template: ValueMap, source: ValueMap) {
    this.#template = template;
    this.#resources = getMap(template, "Resources") ?? {};
    this.#source = source;
  }

  replace(logicalId: string, expansion: Expansion): void {
    if (expansion.logicalId !== undefined) this.changedIds.set(logicalId, expansion.logicalId);
    delete this.#resources[logicalId];
    const idByType = new Map<string, string>();
    for (const resource of expansion.resources) {
      idByType.set(resource.type, resource.logicalId);
      this.#add(logicalId, resource);
    }
    const properties = new Map<string, string>();
    for (const [name, type] of Object.entries(expansion.referable)) {
      const id = idByType.get(type);
      if (id !== undefined) properties.set(name, id);
    }
    if (properties.size > 0) this.referable.set(logicalId, properties);
  }

  change(resources: ReadonlyMap<string, ValueMap>): void {
    for (const [logicalId, resource] of resources) this.#resources[logicalId] = resource;
  }

  addDeployments(context: TransformContext): void {
    const { deploymentPreferences, partition } = context;
    const { resources, conditions, causes } = deploymentResources(deploymentPreferences, partition);
    this.causes.push(...causes);
    for (const resource of resources) this.#resources[resource.logicalId] = templateForm(resource);
    if (isGiven(conditions)) {
      this.#template["Conditions"] = { ...getMap(this.#template, "Conditions"), ...conditions };
    }
  }

  #add(origin: string, resource: GeneratedResource): void {
    const { logicalId, type } = resource;
    if (isTaken(this.#source, logicalId, type)) {
      const message = `Transforming resource with id [${origin}] attempts to create a new resource with id [${logicalId}] and type "${type}". A resource with that id already exists within this template. Please use a different id for that resource.`;
      this.causes.push({ kind: "invalid", logicalId: origin, message });
      return;
    }
    this.#resources[logicalId] = templateForm(resource);
    this.origins.set(logicalId, origin);
  }
}

/** Whether the template has a resource of its own under a generated id, other than the one that is being expanded. */
function isTaken(resources: ValueMap, logicalId: string, type: string): boolean {
  const existing = get(resources, logicalId, "Type");
  if (!has(resources, logicalId)) return false;
  const allowed: Readonly<Record<string, string>> = {
    "AWS::Lambda::Function": functionType,
    "AWS::Lambda::LayerVersion": layerType,
    "AWS::ApiGateway::RestApi": restApiType,
    "AWS::ApiGatewayV2::Api": httpApiType,
    "AWS::SNS::Topic": "AWS::SNS::Topic",
    "AWS::ApiGateway::DomainName": "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::BasePathMapping": "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::DomainNameV2": "AWS::ApiGateway::DomainNameV2",
    "AWS::ApiGateway::BasePathMappingV2": "AWS::ApiGateway::BasePathMappingV2",
  };
  return !Object.hasOwn(allowed, type) || allowed[type] !== existing;
}

/** What AWS would expand and this transform does not. */
function refusals(template: ValueMap): SamCause[] {
  const causes: SamCause[] = [];
  for (const [logicalId, resource] of Object.entries(getMap(template, "Resources") ?? {})) {
    const type = getString(resource, "Type") ?? "";
    if (refusedTypes.includes(type)) {
      const known = supportedTypes.join(", ");
      const text = `The type '${type}' is not expanded; those that are: ${known}. Write plain CloudFormation resources instead.`;
      causes.push(unsupported(logicalId, text).cause);
    }
    if (has(resource, "Connectors")) {
      const text =
        "The attribute 'Connectors' is not expanded. Give the function the policies it needs instead.";
      causes.push(unsupported(logicalId, text).cause);
    }
  }
  return causes;
}

function parameterValues(
  template: ValueMap,
  options: SamTransformOptions,
  partition: string,
): ParameterValues {
  const values: Record<string, Value> = { ...options.parameters };
  for (const [name, definition] of Object.entries(getMap(template, "Parameters") ?? {})) {
    const byDefault = get(definition, "Default");
    if (!Object.hasOwn(values, name) && byDefault !== undefined && !isMap(byDefault))
      values[name] = byDefault;
  }
  return { "AWS::Region": options.region, "AWS::Partition": partition, ...values };
}

/** The names of the functions behind each API, joined. */
function functionNames(template: ValueMap, parameters: ParameterValues): Map<string, string> {
  const names = new Map<string, string>();
  for (const resource of Object.values(getMap(template, "Resources") ?? {})) {
    if (get(resource, "Type") !== functionType) continue;
    const name = resolveParameterRefs(get(resource, "Properties", "FunctionName") ?? null, parameters);
    if (!isGiven(name)) continue;
    for (const event of Object.values(getMap(resource, "Properties", "Events") ?? {})) {
      const api = apiIdOf(get(event, "Properties", "RestApiId"));
      if (get(event, "Type") !== "Api" || typeof api !== "string") continue;
      names.set(api, (names.get(api) ?? "") + shown(name));
    }
  }
  return names;
}

function failure(causes: readonly SamCause[]): SamTransformResult {
  const distinct = distinctCauses(causes);
  return { ok: false, message: documentMessage(distinct), causes: distinct };
}
