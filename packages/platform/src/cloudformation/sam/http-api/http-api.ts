import { get, has, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource } from "../errors.ts";
import {
  type GeneratedResource,
  generated,
  keptAttributes,
  passedOnAttributes,
} from "../generated-resource.ts";
import { ref } from "../intrinsic-forms.ts";
import { hashedId } from "../logical-id.ts";
import { defaultPath } from "../openapi/http-body.ts";
import { resolveParameterRefs } from "../parameter-refs.ts";
import {
  anything,
  boolean,
  booleanOrMap,
  checkedProperties,
  map,
  type PropertySchema,
  string,
  stringOrMap,
} from "../property-schema.ts";
import { bodyLocation } from "../s3-location.ts";
import { propagateTags } from "../tags.ts";
import { isAlphanumeric } from "../text.ts";
import { type Expansion, httpApiType, type TransformContext } from "../types.ts";
import { httpAuthorizerPermissions } from "./auth.ts";
import { editHttpBody } from "./body.ts";
import { httpDomain } from "./domain.ts";

/**
 * The properties of `AWS::Serverless::HttpApi`.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html
 */
export const httpApiSchema: PropertySchema = {
  __MANAGE_SWAGGER: boolean,
  Name: anything,
  StageName: stringOrMap,
  Tags: map,
  PropagateTags: boolean,
  DefinitionBody: map,
  DefinitionUri: stringOrMap,
  StageVariables: map,
  CorsConfiguration: booleanOrMap,
  AccessLogSettings: map,
  DefaultRouteSettings: map,
  Auth: map,
  RouteSettings: map,
  Domain: map,
  FailOnWarnings: boolean,
  Description: string,
  DisableExecuteApiEndpoint: boolean,
};

/** Names of properties that references may use, and the types of the generated resources that they stand for. */
const referable = { Stage: "AWS::ApiGatewayV2::Stage", DomainName: "AWS::ApiGatewayV2::DomainName" };

/** A SAM HTTP API while it is being expanded. */
export interface HttpApiSource {
  readonly logicalId: string;
  readonly properties: ValueMap;
  /** The condition and the policies that go over to what the API makes. */
  readonly attributes: ValueMap;
  readonly context: TransformContext;
}

/**
 * What an `AWS::Serverless::HttpApi` becomes: HTTP API, stage, and what its properties ask for.
 *
 * @throws {SamError} for the first mistake in it.
 */
export function expandHttpApi(logicalId: string, source: ValueMap, context: TransformContext): Expansion {
  const checked = checkedProperties(logicalId, httpApiType, get(source, "Properties"), httpApiSchema);
  const properties = { ...checked };
  for (const name of ["CorsConfiguration", "Domain"]) {
    const value = get(properties, name);
    if (value !== undefined) properties[name] = resolveParameterRefs(value, context.parameters);
  }
  const api: HttpApiSource = { logicalId, properties, attributes: passedOnAttributes(source), context };
  const httpApi = httpApiResource(api, source);
  const domain = httpDomain(api);
  const resources = [httpApi, ...httpAuthorizerPermissions(api), ...domain, stage(api)];
  // Tags of an API with its own body go to stage and domain name, whatever PropagateTags says.
  propagateTags(resources, get(properties, "Tags"), (get(properties, "DefinitionBody") ?? null) !== null);
  return { resources, referable };
}

function httpApiResource(api: HttpApiSource, source: ValueMap): GeneratedResource {
  const { logicalId, properties } = api;
  const uri = get(properties, "DefinitionUri");
  const given = get(properties, "DefinitionBody");
  if (isGiven(uri) && isGiven(given)) {
    throw invalidResource(
      logicalId,
      "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.",
    );
  }
  const body = editHttpBody(api, isMap(given) && isGiven(given) ? given : undefined);
  const failOnWarnings = get(properties, "FailOnWarnings");
  const result: Record<string, Value | undefined> = {
    FailOnWarnings: isGiven(failOnWarnings) ? failOnWarnings : undefined,
  };
  if (isGiven(uri)) result["BodyS3Location"] = bodyLocation(uri, logicalId);
  else if (body !== undefined) result["Body"] = isGiven(failOnWarnings) ? withSlashedDefault(body) : body;
  else {
    throw invalidResource(
      logicalId,
      "'DefinitionUri' or 'DefinitionBody' are required properties of an 'AWS::Serverless::HttpApi'. Add a value for one of these properties or add a 'HttpApi' event to an 'AWS::Serverless::Function'.",
    );
  }
  return generated(
    logicalId,
    "AWS::ApiGatewayV2::Api",
    result,
    keptAttributes(source),
    get(source, "DependsOn"),
  );
}

/** `$default` alone is a warning to the import, so an API that fails on warnings has it with a slash. */
function withSlashedDefault(body: ValueMap): ValueMap {
  const paths = get(body, "paths");
  if (!isMap(paths) || !has(paths, defaultPath)) return body;
  const { [defaultPath]: route, ...others } = paths;
  return { ...body, paths: { ...others, [`/${defaultPath}`]: route ?? null } };
}

function stage({ logicalId, properties, attributes }: HttpApiSource): GeneratedResource {
  const given = get(properties, "StageName");
  const name = isGiven(given) ? given : "$default";
  const same = ["StageVariables", "AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "Tags"];
  return generated(
    stageId(logicalId, name),
    "AWS::ApiGatewayV2::Stage",
    {
      ApiId: ref(logicalId),
      StageName: name,
      AutoDeploy: true,
      ...Object.fromEntries(same.map((each) => [each, get(properties, each)])),
    },
    attributes,
  );
}

function stageId(logicalId: string, name: Value): string {
  const text = typeof name === "string" ? name : "";
  if (text === "$default") return `${logicalId}ApiGatewayDefaultStage`;
  return isAlphanumeric(text) ? `${logicalId}${text}Stage` : hashedId(`${logicalId}Stage`, text);
}
