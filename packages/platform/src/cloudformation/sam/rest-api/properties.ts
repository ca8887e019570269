import {
  boolean,
  integer,
  list,
  literalBoolean,
  map,
  type PropertySchema,
  required,
  string,
  stringOrMap,
} from "../property-schema.ts";

/**
 * The properties of `AWS::Serverless::Api`. There is none for streaming: events and the API's own body say it.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html
 */
export const restApiSchema: PropertySchema = {
  __MANAGE_SWAGGER: boolean,
  Name: stringOrMap,
  StageName: required(stringOrMap),
  Tags: map,
  PropagateTags: boolean,
  DefinitionBody: map,
  DefinitionUri: stringOrMap,
  MergeDefinitions: literalBoolean,
  CacheClusterEnabled: boolean,
  CacheClusterSize: string,
  Variables: map,
  EndpointConfiguration: stringOrMap,
  MethodSettings: list,
  BinaryMediaTypes: list,
  MinimumCompressionSize: integer,
  Cors: stringOrMap,
  Auth: map,
  GatewayResponses: map,
  AccessLogSetting: map,
  CanarySetting: map,
  TracingEnabled: boolean,
  OpenApiVersion: string,
  Models: map,
  Domain: map,
  FailOnWarnings: boolean,
  Description: string,
  Mode: string,
  DisableExecuteApiEndpoint: boolean,
  ApiKeySourceType: string,
  AlwaysDeploy: literalBoolean,
  Policy: stringOrMap,
  SecurityPolicy: string,
  EndpointAccessMode: string,
};
