import { get, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource } from "../errors.ts";
import {
  type GeneratedResource,
  generated,
  keptAttributes,
  passedOnAttributes,
} from "../generated-resource.ts";
import { toOpenApi3 } from "../openapi/openapi3.ts";
import { resolveParameterRefs } from "../parameter-refs.ts";
import { checkedProperties } from "../property-schema.ts";
import { bodyLocation } from "../s3-location.ts";
import { propagateTags } from "../tags.ts";
import { type Expansion, restApiType, type TransformContext } from "../types.ts";
import { addRestAuth, authorizerPermissions } from "./auth.ts";
import { editRestBody } from "./body.ts";
import { deployment } from "./deployment.ts";
import { restDomain } from "./domain.ts";
import { restApiSchema } from "./properties.ts";
import { usagePlan } from "./usage-plan.ts";

/** Names of properties that references may use, and the types of the generated resources that they stand for. */
const referable = {
  Stage: "AWS::ApiGateway::Stage",
  Deployment: "AWS::ApiGateway::Deployment",
  DomainName: "AWS::ApiGateway::DomainName",
  DomainNameV2: "AWS::ApiGateway::DomainNameV2",
  UsagePlan: "AWS::ApiGateway::UsagePlan",
  UsagePlanKey: "AWS::ApiGateway::UsagePlanKey",
  ApiKey: "AWS::ApiGateway::ApiKey",
};

/** Properties of the REST API that go over when they are given. */
const same = [
  "Name",
  "Description",
  "Mode",
  "ApiKeySourceType",
  "Policy",
  "SecurityPolicy",
  "EndpointAccessMode",
];

/** A SAM API while it is being expanded. */
export interface RestApiSource {
  readonly logicalId: string;
  readonly properties: ValueMap;
  /** The condition and the policies that go over to what the API makes. */
  readonly attributes: ValueMap;
  readonly context: TransformContext;
}

/**
 * What an `AWS::Serverless::Api` becomes: REST API, deployment, stage, and what its properties ask for.
 *
 * @throws {SamError} for the first mistake in it.
 */
export function expandRestApi(logicalId: string, source: ValueMap, context: TransformContext): Expansion {
  const checked = checkedProperties(logicalId, restApiType, get(source, "Properties"), restApiSchema);
  const properties = { ...checked };
  for (const name of ["BinaryMediaTypes", "Domain", "Auth"]) {
    const value = get(properties, name);
    if (value !== undefined) properties[name] = resolveParameterRefs(value, context.parameters);
  }
  const api: RestApiSource = { logicalId, properties, attributes: passedOnAttributes(source), context };
  const restApi = restApiResource(api, source);
  const domain = restDomain(api);
  const { deployment: deploymentResource, stage } = deployment(api, restApi);
  const resources = [
    restApi,
    deploymentResource,
    stage,
    ...authorizerPermissions(api),
    ...domain,
    ...usagePlan(api, stage.logicalId),
  ];
  propagateTags(resources, get(properties, "Tags"), get(properties, "PropagateTags"));
  return { resources, referable };
}

function restApiResource(api: RestApiSource, source: ValueMap): GeneratedResource {
  const { logicalId, properties } = api;
  checkCombination(logicalId, properties);
  const result: Record<string, Value | undefined> = {
    BinaryMediaTypes: get(properties, "BinaryMediaTypes"),
    MinimumCompressionSize: get(properties, "MinimumCompressionSize"),
    ...endpointConfiguration(api),
  };
  const given = get(properties, "DefinitionBody");
  const body = editRestBody(api, isMap(given) && isGiven(given) ? given : undefined, addRestAuth);
  const uri = get(properties, "DefinitionUri");
  const failOnWarnings = get(properties, "FailOnWarnings");
  if (isGiven(failOnWarnings)) result["FailOnWarnings"] = failOnWarnings;
  if (isGiven(uri)) result["BodyS3Location"] = bodyLocation(uri, logicalId);
  else if (body !== undefined) result["Body"] = toOpenApi3(body, get(properties, "OpenApiVersion"));
  for (const name of same) {
    const value = get(properties, name);
    if (isGiven(value)) result[name] = value;
  }
  return generated(
    logicalId,
    "AWS::ApiGateway::RestApi",
    result,
    keptAttributes(source),
    get(source, "DependsOn"),
  );
}

function checkCombination(logicalId: string, properties: ValueMap): void {
  const isSet = (name: string): boolean => isGiven(get(properties, name));
  if (isSet("DefinitionUri") && isSet("DefinitionBody")) {
    throw invalidResource(
      logicalId,
      "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.",
    );
  }
  if (isSet("DefinitionUri") && isSet("MergeDefinitions")) {
    throw invalidResource(logicalId, "Cannot set 'MergeDefinitions' to True when using `DefinitionUri`.");
  }
  const version = get(properties, "OpenApiVersion");
  if (isGiven(version) && !/^[2-3](\.\d)(\.\d)?$/.test(String(version))) {
    throw invalidResource(logicalId, "The OpenApiVersion value must be of the format '3.0.0'.");
  }
}

/** Where edge-optimized endpoints do not exist, an API without a setting is regional. */
function endpointConfiguration({ logicalId, properties, context }: RestApiSource): Record<string, Value> {
  const given = get(properties, "EndpointConfiguration");
  if (!isGiven(given)) return hasEdgeEndpoints(context.partition) ? {} : endpointOfType("REGIONAL");
  const type = get(given, "Type");
  if (!isGiven(type)) return endpointOfType(given);
  const configuration: ValueMap = { Types: [type] };
  const [upper, lower] = [get(given, "VPCEndpointIds"), get(given, "VpcEndpointIds")];
  if (upper !== undefined && lower !== undefined) {
    throw invalidResource(
      logicalId,
      "'VPCEndpointIds' and 'VpcEndpointIds' cannot be used together in EndpointConfiguration.",
    );
  }
  const endpoints = isGiven(upper) ? upper : lower;
  if (endpoints !== undefined) configuration["VpcEndpointIds"] = endpoints;
  const addressType = get(given, "IpAddressType");
  if (addressType !== undefined) configuration["IpAddressType"] = addressType;
  return { Parameters: { endpointConfigurationTypes: type }, EndpointConfiguration: configuration };
}

function endpointOfType(type: Value): Record<string, Value> {
  return { EndpointConfiguration: { Types: [type] }, Parameters: { endpointConfigurationTypes: type } };
}

function hasEdgeEndpoints(partition: string): boolean {
  return !partition.startsWith("aws-iso") && !["aws-us-gov", "aws-cn", "aws-eusc"].includes(partition);
}
